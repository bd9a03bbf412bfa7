using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Onnx;

public class OnnxExportTests
{
    // A dozen layers of sums of up to 1152 products, whose roundings partly cancel: of the largest number.
    private const double Tolerance = 300 * 6e-8;

    /// <summary>ONNX Runtime, which knows nothing of this program, against float64, with batch norms of every sign.</summary>
    [Theory]
    [InlineData("convnet", 8)]
    [InlineData("basic, cifar", 9)]
    [InlineData("basic, paper", 8)]
    [InlineData("bottleneck, imagenet", 33)]
    public void OnnxRuntimeComputesWhatTheModelIs(string name, int side)
    {
        using TemporaryFolder folder = new();
        TestNetwork network = TestNetwork.Of(name);
        network = network with { Settings = network.Settings with { ImageHeight = side, ImageWidth = side, Pixels = PixelRange.Of(1, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]) } };
        using ModelRig rig = network.Open();
        Scatter(rig.Model);
        float[] plain = rig.Views.Floats.ToArray();
        PixelRange range = network.Settings.Pixels;
        Span<float> views = rig.Views.Floats;
        for (int i = 0; i < views.Length; i++) views[i] = (plain[i] * range.Factor(i % 3)) + range.Shift(i % 3);
        ReferenceNetwork<double> net = new(rig.Model, training: false);
        ReferenceNetwork<double>.Node features = net.Encoder(
            ReferenceNetwork<double>.Input(views, TestNetwork.Images, side, side, 3), network.Settings, network.Bottleneck, network.Blocks), unit = net.Head(features);
        plain.CopyTo(views);
        foreach (bool head in new[] { false, true })
        {
            double[] expected = head ? unit.Data : features.Data;
            double largest = expected.Max(Math.Abs);
            foreach (bool folds in new[] { false, true })
            {
                string path = folder.PathOf($"{head}-{folds}.onnx");
                OnnxExport.Write(path, rig.Model, head, folds, new Dictionary<string, string> { ["about"] = "ä test" });
                using OnnxEncoder encoder = OnnxEncoder.Open(path, new OnnxRequest { Batch = 4, Threads = 2 });
                Assert.Equal((side, expected.Length / TestNetwork.Images, head ? "embedding" : "features", "ä test"), (encoder.Side, encoder.FeatureDimension, encoder.Output, encoder.Metadata["about"]));
                Assert.Empty(encoder.Notes);
                Assert.Equal(PixelRange.Unit, encoder.Range);
                float[] rows = new float[expected.Length];
                encoder.Prepare(TestNetwork.Images);
                encoder.Embed(rig.Views, rows, [], []);
                for (int i = 0; i < rows.Length; i++) Assert.True(Math.Abs(rows[i] - expected[i]) <= Tolerance * largest, $"{path} at {i}: {rows[i]}, expected {expected[i]}");
            }
        }
    }

    [Fact]
    public void WeightsAreThoseOfTheStateDictionary()
    {
        using TemporaryFolder folder = new();
        TestNetwork network = TestNetwork.Of("basic, paper");
        using ModelRig rig = network.Open();
        Scatter(rig.Model);
        string path = folder.PathOf("model.onnx"), folded = folder.PathOf("folded.onnx");
        OnnxExport.Write(path, rig.Model, head: true, folds: false, new Dictionary<string, string>());
        OnnxExport.Write(folded, rig.Model, head: true, folds: true, new Dictionary<string, string>());
        Dictionary<string, (int[] Shape, float[] Values)> weights = OnnxModelFile.Weights(path);
        Dictionary<string, (int[] Shape, float[] Values)> expected = TorchState.Of(rig.Model).ToDictionary(entry => entry.Name, entry => (entry.Shape, entry.Values));
        Assert.Equal(expected.Keys.Append("unit_rows.floor").Order(), weights.Keys.Order());
        foreach ((string name, (int[] shape, float[] values)) in expected)
        {
            Assert.Equal(shape, weights[name].Shape);
            Assert.Equal(values, weights[name].Values);
        }

        Assert.Equal([8, 3, 3, 3], weights["conv1.weight"].Shape);

        Assert.DoesNotContain("BatchNormalization", OnnxModelFile.Operations(folded));
        Dictionary<string, (int[] Shape, float[] Values)> merged = OnnxModelFile.Weights(folded);
        Assert.Equal(expected.Keys.Where(name => name.EndsWith(".weight", StringComparison.Ordinal) && expected[name].Shape.Length > 1).Order(),
            merged.Keys.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).Order());
        Assert.Contains("layer1.0.conv2.bias", merged.Keys);
        ReadOnlyMemory<byte> file = File.ReadAllBytes(path);
        Assert.Equal((8ul, 17ul), (OnnxModelFile.Fields(file).Single(field => field.Field == 1).Number,
            OnnxModelFile.Fields(OnnxModelFile.Part(file, 8)).Single(field => field.Field == 2).Number));
    }

    /// <summary>Behind a max pool a batch norm may only become a part of the convolution where the largest number stays the largest.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 3)]
    public void ABatchNormBehindAPoolIsFoldedWhereItsFactorsAreNotNegative(int sign, int left)
    {
        using TemporaryFolder folder = new();
        using ModelRig rig = TestNetwork.Of("convnet").Open();
        foreach (NamedTensor tensor in rig.Model.Tensors.Where(tensor => tensor.Name.StartsWith("bn", StringComparison.Ordinal) && tensor.Name.EndsWith("weight", StringComparison.Ordinal)))
            tensor.Value.Floats[1] = sign;
        string path = folder.PathOf("model.onnx");
        OnnxExport.Write(path, rig.Model, head: false, folds: true, new Dictionary<string, string>());
        Assert.Equal(left, OnnxModelFile.Operations(path).Count(operation => operation == "BatchNormalization"));
    }

    [Theory]
    [InlineData(0.9e-4, 0.5, true)]
    [InlineData(1.1e-4, 0.5, false)]
    [InlineData(1.1e-4, 2, true)]
    [InlineData(3e-4, 2, false)]
    [InlineData(double.NaN, 1, false)]
    public void TheBarIsAbsoluteForSmallNumbersAndRelativeForLargeOnes(double difference, double largest, bool isSame) =>
        Assert.Equal(isSame, new ExportCheck(difference, largest, 1, 1, 1, 1).IsSame);

    [Fact]
    public void AMissingLibraryIsSaidInWords()
    {
        DeviceException fault = Assert.Throws<DeviceException>(() => OnnxLibrary.Require(() => throw new TypeInitializationException("NativeMethods", new DllNotFoundException("onnxruntime is not there"))));
        Assert.Contains("ONNX Runtime's native library cannot be loaded; expected it beside the program", fault.Message, StringComparison.Ordinal);
        Assert.Contains("onnxruntime is not there", fault.Message, StringComparison.Ordinal);
        OnnxLibrary.Require();
        Assert.Equal("1.32.0", OnnxLibrary.Version);
    }

    /// <summary>Batch norms as after a training: means, variances, shifts and factors of all sizes, some factors negative.</summary>
    private static void Scatter(Model model)
    {
        Random random = new(11);
        foreach (NamedTensor tensor in model.Tensors)
        {
            foreach (ref float value in tensor.Value.Floats)
            {
                if (tensor.Name.EndsWith("running_var", StringComparison.Ordinal)) value = (float)(0.3 + random.NextDouble());
                else if (tensor.Value.Rank == 1) value += (float)(random.NextDouble() - (tensor.Name.EndsWith(".weight", StringComparison.Ordinal) ? 1.1 : 0.5));
            }
        }
    }
}
