using System.Reflection;
using System.Text.Json;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Settings;

/// <summary>The file of settings: one flat object, whatever records the settings are in.</summary>
public class FlatSettingsTests
{
    private const string Defaults = """
        {
          "data": "shapes",
          "dataKind": "shapes",
          "testShare": 0,
          "validationShare": 0,
          "skipBad": 0,
          "jpegDecoder": "libjpeg-turbo",
          "cache": null,
          "neighbours": null,
          "encoder": "convnet",
          "stem": "cifar",
          "imageSize": 32,
          "pixelScale": 1,
          "pixelMean": "0",
          "pixelDeviation": "1",
          "embeddingDimension": 128,
          "init": null,
          "initSha256": null,
          "initWithout": "",
          "freezeEncoder": false,
          "batchSize": 256,
          "epochs": 100,
          "steps": 0,
          "loss": "nt-xent",
          "positivePrior": 0.1,
          "hardness": 1,
          "negatives": 0,
          "shards": 1,
          "microBatch": 0,
          "queue": 0,
          "keyMomentum": 0.999,
          "temperature": 0.5,
          "learnTemperature": false,
          "sigmoidBias": null,
          "optimizer": "larc",
          "learningRate": 1,
          "rateScaling": "linear",
          "momentum": 0.9,
          "weightDecay": 0.0001,
          "trust": 0.001,
          "warmupEpochs": 10,
          "restartEpochs": "",
          "jitterStrength": 0.5,
          "minimumCrop": 0.08,
          "textAugmentation": "erase",
          "maskRatio": 0.2,
          "seed": 7,
          "logEvery": 1,
          "checkpointEvery": 10,
          "monitorEvery": 0,
          "tensorboard": false,
          "threads": 0,
          "device": "auto",
          "precision": "auto"
        }
        """;

    private const string NoDefaults = """
        {
          "data": "\u00FCber \u0026 \u003Cunter\u003E",
          "dataKind": "folder",
          "testShare": 0.15,
          "validationShare": 0.2,
          "skipBad": 6,
          "jpegDecoder": "imagesharp",
          "cache": "disk",
          "neighbours": "near.tsv",
          "encoder": "resnet50",
          "stem": "paper",
          "imageSize": 48,
          "pixelScale": 255,
          "pixelMean": "0.485,0.456,0.406",
          "pixelDeviation": "0.5",
          "embeddingDimension": 64,
          "init": "resnet.pth",
          "initSha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "initWithout": "conv1",
          "freezeEncoder": true,
          "batchSize": 96,
          "epochs": 31,
          "steps": 9,
          "loss": "single-view",
          "views": 3,
          "positivePrior": 0.03,
          "hardness": 2.5,
          "negatives": 7,
          "shards": 3,
          "microBatch": 32,
          "queue": 5,
          "keyMomentum": 0.99,
          "temperature": 0.07,
          "learnTemperature": true,
          "sigmoidBias": -3.5,
          "optimizer": "adamw",
          "learningRate": 1E-05,
          "rateScaling": "sqrt",
          "momentum": 0.85,
          "weightDecay": 1E-06,
          "trust": 1E-30,
          "warmupEpochs": 2.5,
          "restartEpochs": "7,20",
          "jitterStrength": 0.25,
          "minimumCrop": 0.2,
          "textAugmentation": "replace",
          "maskRatio": 0.3,
          "seed": 18446744073709551615,
          "logEvery": 3,
          "checkpointEvery": 4,
          "monitorEvery": 5,
          "tensorboard": true,
          "threads": 2,
          "device": "cpu",
          "precision": "tf32",
          "kernels": "wgmma"
        }
        """;

    private static TrainingSettings Other => new()
    {
        Data = new() { Path = "\u00FCber & <unter>", Kind = "folder", TestShare = 0.15, ValidationShare = 0.2, SkipBad = 6, JpegDecoder = "imagesharp", Cache = "disk", Neighbours = "near.tsv", ImageSize = 48 },
        Encoder = new()
        {
            Kind = EncoderKind.ResNet50, Stem = StemKind.Paper, EmbeddingDimension = 64, PixelScale = 255, PixelMean = "0.485,0.456,0.406", PixelDeviation = "0.5",
            Init = "resnet.pth", InitSha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", InitWithout = "conv1", FreezeEncoder = true,
        },
        Batch = new() { Size = 96, MicroBatch = 32 },
        Loss = new()
        {
            Kind = LossKind.SingleView, Views = 3, PositivePrior = 0.03, Hardness = 2.5, Negatives = 7, Shards = 3, Queue = 5, KeyMomentum = 0.99, Temperature = 0.07,
            LearnTemperature = true, SigmoidBias = -3.5,
        },
        Optimizer = new() { Epochs = 31, Steps = 9, RateScaling = RateScaling.Sqrt, Kind = OptimizerKind.AdamW, LearningRate = 1e-5, Momentum = 0.85, WeightDecay = 1e-6, Trust = 1e-30, WarmupEpochs = 2.5, RestartEpochs = "7,20" },
        Views = new() { JitterStrength = 0.25, MinimumCrop = 0.2, TextAugmentation = TextAugmentation.Replace, MaskRatio = 0.3 },
        Run = new() { Seed = ulong.MaxValue, LogEvery = 3, CheckpointEvery = 4, MonitorEvery = 5, TensorBoard = true },
        Place = new() { Threads = 2, Device = "cpu", Precision = "tf32", Kernels = "wgmma" },
    };

    /// <summary>A run folder outlives the program that wrote it, so the bytes of the file are given here.</summary>
    [Fact]
    public void AFileHasTheseBytes()
    {
        Assert.Equal(Defaults, Written(new TrainingSettings().Resolve("shapes")));
        Assert.Equal(NoDefaults, Written(Other));
        Assert.Equal(Other, Read(NoDefaults));
        Assert.Equal(new TrainingSettings().Resolve("shapes"), Read(Defaults));
    }

    /// <summary>The file of a run of two views, and of mma, is one that a version without those settings reads; told to have two, it is the same run.</summary>
    [Fact]
    public void TheDefaultsOfLaterSettingsAreLeftOut()
    {
        Assert.DoesNotContain("\"views\"", Written(new TrainingSettings()), StringComparison.Ordinal);
        Assert.DoesNotContain("\"kernels\"", Written(new TrainingSettings()), StringComparison.Ordinal);
        Assert.Equal(new TrainingSettings(), Read("""{ "views": 2 }"""));
        Assert.Contains("\"views\": 5", Written(new TrainingSettings { Loss = new() { Views = 5 } }), StringComparison.Ordinal);
        Assert.Equal(FlatSettings.Names, FlatSettings.Of(new TrainingSettings()).Select(setting => setting.Key));
    }

    [Fact]
    public void WhatAFileLacksTakesItsDefault()
    {
        Assert.Equal(new TrainingSettings(), Read("{}"));
        Assert.Equal(new TrainingSettings(), Read("""{ "lossMethod": "materialised" }""")); // of a run of version 0.1
        Assert.Equal(new TrainingSettings { Loss = new() { Temperature = 0.1 }, Place = new() { Device = "cpu" } }, Read("""{ "device": "cpu", "temperature": 0.1 }"""));
    }

    [Theory]
    [InlineData("""{ "epoch": 3 }""", "$.epoch")]
    [InlineData("""{ "loss": { "temperature": 1 } }""", "$.loss")]
    [InlineData("""{ "epochs": 1.5 }""", "$.epochs")]
    [InlineData("""{ "encoder": "resnet" }""", "$.encoder")]
    [InlineData("""{ "temperature": null }""", "$.temperature")]
    public void WhatNobodyKnowsIsRefusedByItsName(string json, string path) => Assert.Equal(path, Assert.Throws<JsonException>(() => Read(json)).Path);

    /// <summary>A property that is added to a record, or a record to the settings, is a setting of the file without more.</summary>
    [Fact]
    public void EveryPropertyOfEveryRecordStandsInTheFile()
    {
        PropertyInfo[] properties = [.. typeof(TrainingSettings).GetProperties().Where(record => record.CanWrite).SelectMany(record => record.PropertyType.GetProperties()).Where(property => property.CanWrite)];
        Assert.Equal(properties.Length, FlatSettings.Names.Distinct().Count());
        TrainingSettings defaults = new();
        foreach (PropertyInfo record in typeof(TrainingSettings).GetProperties().Where(record => record.CanWrite))
        {
            // A record of which every property differs from its default comes back whole.
            Assert.All(record.PropertyType.GetProperties().Where(property => property.CanWrite), property =>
                Assert.NotEqual(property.GetValue(record.GetValue(defaults)), property.GetValue(record.GetValue(Other))));
        }
    }

    private static string Written(TrainingSettings settings) => JsonSerializer.Serialize(settings, SettingsJson.Default.TrainingSettings);

    private static TrainingSettings Read(string json) => JsonSerializer.Deserialize(json, SettingsJson.Default.TrainingSettings)!;
}
