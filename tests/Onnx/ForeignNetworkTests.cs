using System.Reflection;
using System.Text.Json;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Recipes;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Tests.Cli;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Onnx;

/// <summary>A ResNet-18 that others trained on ImageNet and exported; the registry of packages has it.</summary>
public class ForeignNetworkTests
{
    internal static readonly string Network = typeof(ForeignNetworkTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(value => value.Key == "ForeignNetwork").Value!;

    /// <summary>Shapes that a network of photographs tells apart: by class means alone far more often than chance, 10 %.</summary>
    [Fact]
    public void ItTellsPicturesApart()
    {
        Assert.SkipUnless(File.Exists(Network), "The network was not restored.");
        using CpuOps ops = new(2);
        using OnnxEncoder encoder = OnnxEncoder.Open(Network, new() { Threads = 2, Pixels = new() { Channels = "bgr", Scale = 255, Mean = [123.675, 116.28, 103.53], Deviation = [1, 1, 1] } });
        Assert.Equal((224, 512, 1, "CNTK"), (encoder.Side, encoder.FeatureDimension, encoder.Batch, encoder.Producer));
        FeatureSet train = Embed(true, 40), test = Embed(false, 20);
        Assert.InRange(MeanClassifier.Evaluate(train, test).Top1, 0.3, 1);

        FeatureSet Embed(bool isTraining, int count)
        {
            ShapesSet images = new(new ShapesSettings { Seed = 1, Size = 32, TrainCount = 40, TestCount = 20 }, isTraining);
            List<float> rows = [];
            FeatureExtractor.Stream(ops, encoder, images, new PlainRecipe(), 1, 0, 0, batch => rows.AddRange(batch.Encoder(0)));
            return new FeatureSet([.. rows], count, 512, [.. Enumerable.Range(0, count).Select(images.Label)], 10);
        }
    }

    /// <summary>On 500 + 200 images of CIFAR-10, whose binary files NEGSAMPLES_CIFAR10 names: the right pixels give 60 % and more, and much more than wrong ones.</summary>
    [Fact(Explicit = true)]
    public async Task TheRightPixelsAreWorthTwentyPoints()
    {
        string? data = Environment.GetEnvironmentVariable("NEGSAMPLES_CIFAR10");
        Assert.SkipUnless(data is not null && File.Exists(Network), "NEGSAMPLES_CIFAR10 names no data, or the network was not restored.");
        using TemporaryFolder folder = new();
        double right = await Measure("right", "--channels", "bgr", "--pixel-scale", "255", "--pixel-mean", "123.675,116.28,103.53");
        double wrong = await Measure("wrong", "--channels", "rgb", "--pixel-scale", "255", "--pixel-mean", "123.675,116.28,103.53", "--pixel-deviation", "58.395,57.12,57.375");
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"nearest neighbours: {right:P1} with the right pixels, {wrong:P1} with wrong ones"));
        Assert.InRange(right, 0.6, 1);
        Assert.InRange(right - wrong, 0.2, 1);

        async Task<double> Measure(string name, params string[] pixels)
        {
            string output = folder.PathOf(name);
            (int code, _, string error) = await Commands.Run(["embed", "--onnx", Network, "--data", data, "--limit", "500", "--test-limit", "200", "--choose", "first", "--output", output, .. pixels]);
            Assert.True(code == ExitCode.Ok, error);
            (code, string report, error) = await Commands.Run("eval", "--features", Path.Combine(output, "encoder.feature.train.npy"), "--labels", Path.Combine(output, "encoder.label.train.npy"),
                "--test-features", Path.Combine(output, "encoder.feature.val.npy"), "--test-labels", Path.Combine(output, "encoder.label.val.npy"), "--json", "--device", "cpu");
            Assert.True(code == ExitCode.Ok, error);
            return JsonDocument.Parse(report).RootElement.GetProperty("rows").EnumerateArray().Single(row => row.GetProperty("classifier").GetString() == "knn").GetProperty("top1").GetDouble();
        }
    }
}
