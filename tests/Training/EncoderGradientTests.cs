using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Tests.Training;

/// <summary>Whole networks, forward and backward, against <see cref="ReferenceNetwork{T}"/> in double.</summary>
public class EncoderGradientTests
{
    private const int Images = TestNetwork.Images;

    /// <summary>In exact arithmetic the batch norm behind this bias takes its gradient away: what remains is rounding.</summary>
    private const string WithoutGradient = "projection_head.0.bias";

    /// <summary>Each block, each stem, odd sizes; narrow, so that the plain loops are quick; the last has all layers of a ResNet-18.</summary>
    public static TheoryData<string> Networks => ["convnet", "basic, cifar", "basic, paper", "bottleneck, imagenet", "ResNet-18, half as wide"];

    /// <summary>The measure is the root mean square over a tensor. All of a network's errors come from the same first layers, so they are held
    /// against the worst that the naive network makes in any tensor of the kind. Winograd's form may err four times as much, as in its own tests.</summary>
    /// <remarks>A unit whose input is within rounding of zero can fall on the other side of its ReLU; then every gradient before it differs, and
    /// neither is wrong. That is chance, so another draw decides; a wrong gradient fails in every draw.</remarks>
    [Theory, MemberData(nameof(Networks))]
    public void TrainingErrsNoMoreThanTwiceANaiveFloatNetwork(string name)
    {
        foreach (bool winograd in new[] { false, true })
        {
            string? fault = "";
            for (ulong seed = 1; fault is not null && seed <= 3; seed++) fault = FaultOf(TestNetwork.Of(name), winograd, seed);
            Assert.Null(fault);
        }
    }

    [Theory]
    [InlineData("convnet")]
    [InlineData("basic, cifar")]
    [InlineData("basic, paper")]
    [InlineData("bottleneck, imagenet")]
    public void InferenceUsesTheRunningStatisticsAndErrsNoMoreThanTwiceANaiveFloatNetwork(string name)
    {
        TestNetwork network = TestNetwork.Of(name);
        using ModelRig rig = network.Open();
        rig.Ops.AllowWinograd = false;
        for (int pass = 0; pass < 3; pass++) rig.Forward(training: true);
        float[] statistics = rig.Model.Statistics.Floats.ToArray();

        const int fewer = Images - 2;
        rig.Model.Prepare(Images, training: false);
        Tensor features = rig.Model.Encode(rig.Views.Slice(0, fewer), training: false);
        Tensor y = rig.Model.Project(features, training: false);
        Assert.Equal(fewer, y[0]);
        Assert.Equal(statistics, rig.Model.Statistics.Floats.ToArray());
        double[] z = network.Run<double>(rig, fewer, training: false).Z.Data;
        float[] naive = network.Run<float>(rig, fewer, training: false).Z.Data;
        Assert.InRange(Difference(y.Floats, z), 0, (2 * Difference(naive, z)) + 1e-8);

        float[] largerBatch = rig.Model.Project(rig.Model.Encode(rig.Views, training: false), training: false).Slice(0, fewer).Floats.ToArray();
        Assert.InRange(Difference(largerBatch, z), 0, (2 * Difference(naive, z)) + 1e-8);
    }

    /// <summary>What both networks agree on is the slope of the loss.</summary>
    [Theory]
    [InlineData("convnet")]
    [InlineData("basic, cifar")]
    [InlineData("basic, paper")]
    [InlineData("bottleneck, imagenet")]
    public void TheGradientIsTheSlopeOfTheLoss(string name)
    {
        using ModelRig rig = TestNetwork.Of(name).Open();
        GradientCheck check = GradientCheck.Of(rig.Model, batches: 32);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"along {check.Parameters.Max(parameter => parameter.AlongGradient):E2}, across {check.Parameters.Max(parameter => parameter.AcrossGradient):E2}"));

        // A max pool changes sides within a step more often than a ReLU does: the slope has a bias of up to 0.8 %, which no number of batches takes away.
        check.Require(name == "convnet" ? 1e-2 : GradientCheck.MostAlong);
    }

    /// <summary>The first tensor that errs too much, in words; null when none does.</summary>
    private static string? FaultOf(TestNetwork network, bool winograd, ulong seed)
    {
        using ModelRig rig = network.Open(seed: seed);
        rig.Ops.AllowWinograd = winograd;
        int factor = winograd ? 4 : 2;
        (ReferenceNetwork<double> truth, ReferenceNetwork<double>.Node z) = network.Run<double>(rig, Images, training: true);
        (ReferenceNetwork<float> naive, ReferenceNetwork<float>.Node naiveZ) = network.Run<float>(rig, Images, training: true);
        truth.Backward(z, rig.Dz.Floats);
        naive.Backward(naiveZ, rig.Dz.Floats);
        Tensor y = rig.Forward(training: true);
        rig.Model.Backward(rig.Dz);

        double gradientLevel = 0, statisticLevel = 0;
        foreach (NamedTensor tensor in rig.Model.Tensors)
        {
            if (tensor.Name == WithoutGradient) continue;
            if (tensor.Trainable) gradientLevel = Math.Max(gradientLevel, Relative(naive[tensor.Name].Gradient, truth[tensor.Name].Gradient));
            else statisticLevel = Math.Max(statisticLevel, Relative(naive[tensor.Name].Data, truth[tensor.Name].Data));
        }

        if (gradientLevel > 1e-3) return $"The naive network itself errs by {gradientLevel:E2}: no measure.";
        double error = Relative(y.Floats, z.Data), allowed = factor * Relative(naiveZ.Data, z.Data);
        if (!(error <= allowed)) return $"z errs by {error:E2}; allowed are {allowed:E2}.";
        foreach (NamedTensor tensor in rig.Model.Tensors)
        {
            if (tensor.Name == WithoutGradient)
            {
                (error, allowed) = (Size(rig.Gradient(tensor)), factor * 2 * Size(naive[tensor.Name].Gradient));
            }
            else if (tensor.Trainable)
            {
                (error, allowed) = (Relative(rig.Gradient(tensor), truth[tensor.Name].Gradient), factor * gradientLevel);
            }
            else
            {
                (error, allowed) = (Relative(tensor.Value.Floats, truth[tensor.Name].Data), factor * statisticLevel);
            }

            if (!(error <= allowed)) return $"{tensor.Name} errs by {error:E2}; allowed are {allowed:E2}.";
        }

        return null;
    }

    private static double Size(ReadOnlySpan<float> values)
    {
        double squares = 0;
        foreach (float value in values) squares += (double)value * value;
        return Math.Sqrt(squares);
    }

    private static double Relative(ReadOnlySpan<float> values, double[] truth) => Difference(values, truth) / Math.Sqrt(truth.Sum(value => value * value));

    private static double Difference(ReadOnlySpan<float> values, double[] truth)
    {
        Assert.Equal(truth.Length, values.Length);
        double squares = 0;
        for (int i = 0; i < truth.Length; i++) squares += Math.Pow(values[i] - truth[i], 2);
        return Math.Sqrt(squares);
    }
}
