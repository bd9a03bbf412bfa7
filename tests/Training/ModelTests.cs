using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Tests.Training;

public class ModelTests
{
    private static readonly ModelSettings SmallConvNet = new(EncoderKind.ConvNet, StemKind.Cifar, 8, 8, 16);

    /// <summary>torchvision's numbers without its classifier; the CIFAR stem has 64·3·(49 − 9) weights less.</summary>
    [Theory]
    [InlineData("resnet18", StemKind.ImageNet, 11_176_512, 512, 120)]
    [InlineData("resnet18", StemKind.Cifar, 11_168_832, 512, 120)]
    [InlineData("resnet34", StemKind.ImageNet, 21_284_672, 512, 216)]
    [InlineData("resnet50", StemKind.ImageNet, 23_508_032, 2048, 318)]
    public void ParametersNamesAndShapesAreTorchvisions(string name, StemKind stem, int parameters, int features, int entries)
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new ModelSettings(EncoderKind.Find(name)!, stem, 64, 64), 1);
        NamedTensor[] encoder = [.. model.Tensors.Where(tensor => !tensor.Name.StartsWith("projection_head.", StringComparison.Ordinal))];
        Assert.Equal(parameters, encoder.Where(tensor => tensor.Trainable).Sum(tensor => tensor.Value.Count));
        Assert.Equal(features, model.FeatureDimension);

        // torchvision's dictionary also counts the batches of each norm, which this program does not keep.
        int norms = encoder.Count(tensor => tensor.Name.EndsWith("running_mean", StringComparison.Ordinal));
        Assert.Equal(entries, encoder.Length + norms);
        Assert.Equal(encoder.Length, encoder.Select(tensor => tensor.Name).Distinct().Count());

        (string Name, string Shape)[] expected = (name, stem) switch
        {
            ("resnet18", StemKind.Cifar) => [("conv1.weight", "[64, 3, 3, 3]"), ("bn1.weight", "[64]"), ("bn1.bias", "[64]"), ("bn1.running_mean", "[64]")],
            ("resnet18", _) =>
            [
                ("conv1.weight", "[64, 7, 7, 3]"), ("layer1.0.conv1.weight", "[64, 3, 3, 64]"), ("layer2.0.downsample.0.weight", "[128, 1, 1, 64]"),
                ("layer2.0.downsample.1.weight", "[128]"), ("layer4.1.bn2.running_var", "[512]"), ("projection_head.0.weight", "[512, 512]"),
                ("projection_head.0.bias", "[512]"), ("projection_head.1.weight", "[512]"), ("projection_head.3.weight", "[128, 512]"),
            ],
            ("resnet34", _) => [("layer3.5.conv2.weight", "[256, 3, 3, 256]"), ("layer4.0.conv1.weight", "[512, 3, 3, 256]")],
            _ =>
            [
                ("layer1.0.downsample.0.weight", "[256, 1, 1, 64]"), ("layer3.5.conv3.weight", "[1024, 1, 1, 256]"), ("layer4.0.conv2.weight", "[512, 3, 3, 512]"),
                ("projection_head.0.weight", "[2048, 2048]"), ("projection_head.1.running_mean", "[2048]"), ("projection_head.3.weight", "[128, 2048]"),
            ],
        };
        foreach ((string tensorName, string shape) in expected)
        {
            NamedTensor tensor = Assert.Single(model.Tensors, tensor => tensor.Name == tensorName);
            Assert.Equal(shape, tensor.Value.ShapeText);
            Assert.Equal(tensor.Value.Rank == 4 ? TensorLayout.ConvolutionWeight : TensorLayout.Plain, tensor.Layout);
            Assert.Equal(!tensorName.Contains("running", StringComparison.Ordinal), tensor.Trainable);
        }
    }

    [Fact]
    public void SegmentsCoverTheParametersAndSpareBiasesAndNormsFromDecay()
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 8, 8, 10), 1);
        NamedTensor[] parameters = [.. model.Tensors.Where(tensor => tensor.Trainable)];
        Assert.Equal(parameters.Length, model.Segments.Length);
        for (int i = 0; i < parameters.Length; i++)
        {
            ParameterSegment segment = model.Segments[i];
            Assert.Equal(parameters[i].Value.ByteOffset, segment.Offset * (long)sizeof(float));
            Assert.Equal(parameters[i].Value.Count, segment.Length);
            Assert.Equal(parameters[i].Value.Rank > 1, segment.Decay);
            Assert.True(model.Parameters.Floats.Slice(segment.Offset, segment.Length).SequenceEqual(parameters[i].Value.Floats));
        }
    }

    [Fact]
    public void TheFirstWeightsAreAFunctionOfTheSeedAndHaveTorchvisionsSpread()
    {
        using CpuOps ops = new(1);
        ModelSettings settings = new(EncoderKind.ResNet18, StemKind.Cifar, 8, 8);
        using Model one = Model.Create(ops, SmallConvNet, 1), same = Model.Create(ops, SmallConvNet, 1), other = Model.Create(ops, SmallConvNet, 2);
        Assert.True(one.Parameters.Floats.SequenceEqual(same.Parameters.Floats));
        Assert.False(one.Parameters.Floats.SequenceEqual(other.Parameters.Floats));
        using Model model = Model.Create(ops, settings, 1);
        Tensor first = model.Tensors.Single(tensor => tensor.Name == "layer1.0.conv1.weight").Value;
        Tensor second = model.Tensors.Single(tensor => tensor.Name == "layer1.0.conv2.weight").Value;
        Assert.NotEqual(first.Floats[0], second.Floats[0]); // The same shape and spread: only the place differs.
        foreach (NamedTensor tensor in model.Tensors)
        {
            ReadOnlySpan<float> values = tensor.Value.Floats;
            double mean = 0, squares = 0, most = 0;
            foreach (float value in values)
            {
                mean += value / (double)values.Length;
                squares += value * (double)value / values.Length;
                most = Math.Max(most, Math.Abs(value));
            }

            double deviation = Math.Sqrt(squares), six = 6 / Math.Sqrt(values.Length); // Six standard errors.
            if (tensor.Value.Rank == 4)
            {
                double expected = Math.Sqrt(2.0 / (tensor.Value[0] * tensor.Value[1] * tensor.Value[2]));
                Assert.InRange(deviation, expected * (1 - (six * 0.71)), expected * (1 + (six * 0.71)));
                Assert.InRange(mean, -expected * six, expected * six);
                Assert.True(values.Length < 10_000 || most > 3 * expected, "A normal distribution has tails.");
            }
            else if (tensor.Value.Rank == 2 || tensor.Name == "projection_head.0.bias")
            {
                double bound = 1 / Math.Sqrt(512);
                Assert.InRange(most, 0.98 * bound, bound);
                Assert.InRange(deviation, bound / Math.Sqrt(3) * (1 - six), bound / Math.Sqrt(3) * (1 + six));
            }
            else
            {
                float expected = tensor.Name.EndsWith("running_var", StringComparison.Ordinal) || tensor.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1 : 0;
                Assert.True(values.IndexOfAnyExcept(expected) < 0, tensor.Name);
            }
        }
    }

    [Theory]
    [InlineData("convnet", 40)]
    [InlineData("basic, cifar", 20)]
    [InlineData("bottleneck, imagenet", 8)]
    public void TheBitsOfAStepDoNotDependOnTheNumberOfThreads(string name, int images)
    {
        float[]? parameters = null, statistics = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using ModelRig rig = TestNetwork.Of(name).Open(images, threads);
            rig.Step();
            rig.Step();
            parameters ??= rig.Model.Parameters.Floats.ToArray();
            statistics ??= rig.Model.Statistics.Floats.ToArray();
            Assert.True(rig.Model.Parameters.Floats.SequenceEqual(parameters), $"{threads} threads");
            Assert.True(rig.Model.Statistics.Floats.SequenceEqual(statistics), $"{threads} threads");
        }
    }

    [Theory]
    [InlineData("convnet")]
    [InlineData("basic, cifar")]
    [InlineData("bottleneck, imagenet")]
    public void NothingIsAllocatedAfterTheFirstStep(string name)
    {
        using ModelRig rig = TestNetwork.Of(name).Open();
        rig.Step();
        rig.Forward(training: false);
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            rig.Step();
            rig.Forward(training: false);
            rig.Step();
        }));
    }

    [Fact]
    public void GradientsAddUpAndStepsLowerTheLoss()
    {
        using ModelRig rig = new(SmallConvNet, images: 12);
        rig.Forward(training: true);
        rig.Model.Backward(rig.Dz);
        float[] once = rig.Model.Gradients.Floats.ToArray();
        rig.Forward(training: true);
        rig.Model.Backward(rig.Dz);
        for (int i = 0; i < once.Length; i++) Assert.Equal(2 * once[i], rig.Model.Gradients.Floats[i], 1e-5f * Math.Max(1, Math.Abs(once[i])));

        double first = Loss();
        for (int step = 0; step < 10; step++) rig.Step();
        Assert.InRange(Loss(), double.NegativeInfinity, first - 0.5);

        double Loss()
        {
            ReadOnlySpan<float> z = rig.Forward(training: true).Floats, dz = rig.Dz.Floats;
            double loss = 0;
            for (int i = 0; i < z.Length; i++) loss += z[i] * dz[i];
            return loss;
        }
    }

    [Fact]
    public void UnitRowsAreTheEmbeddingScaled()
    {
        using ModelRig rig = new(SmallConvNet, images: 3);
        Tensor z = rig.Forward(training: true);
        for (int row = 0; row < 3; row++)
        {
            double square = 0, product = 0, length = 0;
            for (int i = 0; i < 16; i++)
            {
                square += z.Row(row)[i] * (double)z.Row(row)[i];
                product += z.Row(row)[i] * (double)rig.Model.Embedding.Row(row)[i];
                length += rig.Model.Embedding.Row(row)[i] * (double)rig.Model.Embedding.Row(row)[i];
            }

            Assert.Equal(1, square, 1e-5);
            Assert.Equal(Math.Sqrt(length), product, 1e-5 * Math.Sqrt(length));
        }
    }

    [Theory]
    [InlineData("resnet18", StemKind.ImageNet, 31, 64, "The images are 31 x 64; ResNet18 with the ImageNet stem needs at least 32 x 32.")]
    [InlineData("resnet50", StemKind.Cifar, 8, 7, "The images are 8 x 7; ResNet50 with the Cifar stem needs at least 8 x 8.")]
    [InlineData("convnet", StemKind.Cifar, 4, 8, "The images are 4 x 8; ConvNet needs at least 8 x 8.")]
    public void ImagesTooSmallAreRefused(string name, StemKind stem, int height, int width, string message)
    {
        using CpuOps ops = new(1);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Model.Create(ops, new ModelSettings(EncoderKind.Find(name)!, stem, height, width), 1));
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongUseIsRefusedByName()
    {
        using ModelRig rig = new(SmallConvNet, images: 4);
        Model model = rig.Model;
        Refused<ArgumentException>("views is a batch of 1; training needs at least 2 images", () => model.Encode(rig.Views.Slice(0, 1), training: true));
        Refused<ArgumentException>("images is a batch of 1; training needs at least 2 images", () => model.Prepare(1, training: true));
        Refused<ArgumentException>("expected [n, 8, 8, 3]", () => model.Encode(rig.Views.Reshape(4, 4, 16, 3), training: true));
        Refused<ArgumentException>("expected [n, 256]", () => model.Project(rig.Dz, training: true));
        Refused<InvalidOperationException>("Backward needs Encode and Project", () => model.Backward(rig.Dz));
        rig.Forward(training: true);
        Refused<ArgumentException>("dz is Float32[3, 16]; expected [4, 16].", () => model.Backward(rig.Dz.Slice(0, 3)));
        model.Encode(rig.Views, training: false);
        Refused<InvalidOperationException>("Backward needs Encode and Project", () => model.Backward(rig.Dz));
        model.Prepare(3, training: false);
        Refused<ArgumentException>("the model is prepared for up to 3 images", () => model.Encode(rig.Views, training: false));
        Refused<InvalidOperationException>("prepared for inference only", () => model.Encode(rig.Views.Slice(0, 3), training: true));
        using Model bare = Model.Create(rig.Ops, SmallConvNet, 1);
        Refused<InvalidOperationException>("call Prepare first", () => bare.Encode(rig.Views, training: false));
        Refused<ArgumentException>("The embedding dimension is 0", () => Model.Create(rig.Ops, SmallConvNet with { EmbeddingDimension = 0 }, 1));

        static void Refused<TException>(string words, Action action)
            where TException : Exception =>
            Assert.Contains(words, Assert.Throws<TException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingKeepsTwoMapsPerConvolutionAndInferenceNone()
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 32, 32), 1);

        // Floats of the maps of one image: five each (the downsample included) of 64 x 32 x 32, a half, a quarter and an eighth of it.
        long maps = 5 * (65536 + 32768 + 16384 + 8192), training = model.ActivationBytes(100, training: true);
        long expected = 4L * 100 * ((2 * maps) + (3 * 65536));
        Assert.InRange(training, expected * 0.98, expected * 1.02);
        Assert.InRange(model.ActivationBytes(100, training: false), 4L * 100 * 3 * 65536, 4L * 100 * 3.1 * 65536);
    }
}
