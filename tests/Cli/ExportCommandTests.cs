using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>What goes out as ONNX comes in again, and is the run's.</summary>
public sealed class ExportCommandTests(ExportCommandTests.Places places) : IClassFixture<ExportCommandTests.Places>
{
    [Fact]
    public async Task AnExportedRunHasTheFeaturesOfTheRun()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 12), run = tiny.Folder("run"), model = tiny.Folder("model.onnx");
        (int code, string output, string error) = await Commands.Run("train", "--data", data, "--batch-size", "16", "--steps", "2", "--dim", "16", "--pixel-mean", "0.5,0.4,0.3",
            "--pixel-deviation", "0.2,0.3,0.4", "--output", run, "--device", "cpu", "--precision", "fp32");
        Assert.True(code == ExitCode.Ok, error);
        (code, output, error) = await Commands.Run("export", run, "--onnx", model, "--fold-batch-norm");
        Assert.True(code == ExitCode.Ok, error);
        foreach (string words in new[] { "input [batch, 3, 32, 32], features [batch, 256], opset 17", "ONNX Runtime 1.32.0: largest difference ", "on 12 images of cifar10 test", "images a second" })
            Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.False(File.Exists(model + ".unchecked"));
        string features = tiny.Folder("features"), of = tiny.Folder("of");
        (code, _, error) = await Commands.Run("features", run, "--head", "encoder", "--output", of);
        Assert.True(code == ExitCode.Ok, error);
        (code, output, error) = await Commands.Run("embed", "--onnx", model, "--data", data, "--views", "2", "--output", features);
        Assert.True(code == ExitCode.Ok, error);
        Assert.DoesNotContain("note:", error, StringComparison.Ordinal);
        Assert.Equal(Directory.GetFiles(of).Select(Path.GetFileName).Order(), Directory.GetFiles(features).Select(Path.GetFileName).Order());
        foreach (string file in Directory.GetFiles(of, "*feature*.npy"))
        {
            (float[] expected, int[] shape) = Npy.ReadFloats(file);
            (float[] found, int[] itsShape) = Npy.ReadFloats(Path.Combine(features, Path.GetFileName(file)));
            Assert.Equal(shape, itsShape);
            for (int i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-5f);
        }

        JsonElement about = JsonDocument.Parse(File.ReadAllText(Path.Combine(features, "features.json"))).RootElement;
        Assert.Equal(("model.onnx", 60, 12, 2), (about.GetProperty("checkpoint").GetString(), about.GetProperty("trainImages").GetInt32(), about.GetProperty("testImages").GetInt32(),
            about.GetProperty("network").GetProperty("views").GetInt32()));

        // The folder is of those images under those views: others are refused, and it stays as it is.
        (code, _, error) = await Commands.Run("embed", "--onnx", model, "--data", data, "--limit", "5", "--output", features);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("holds features of other images: all images, not 5 training images and all test images, drawn with seed 7. Name another folder with --output, or remove that one.", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run("bound", "--features", Of("feature.train"), "--labels", Of("label.train"), "--test-features", $"{Of("feature.0.val")},{Of("feature.1.val")}",
            "--test-labels", Of("label.val"), "--negatives", "3", "--temperature", "0.5", "--device", "cpu");
        Assert.True(code == ExitCode.Ok, error);

        string Of(string file) => Path.Combine(features, $"encoder.{file}.npy");
    }

    [Fact]
    public async Task SomeImagesOfOneSplitAreEmbedded()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 1);
        string model = tiny.Folder("model.onnx");
        (int code, string output, string error) = await Commands.Run("export", tiny.Folder("run"), "--onnx", model, "--head", "--data", "shapes");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("embedding [batch, 16]", output, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run("embed", "--onnx", model, "--data", "shapes", "--split", "test", "--test-limit", "7", "--output", tiny.Folder("drawn"));
        Assert.True(code == ExitCode.Ok, error);
        (code, _, error) = await Commands.Run("embed", "--onnx", model, "--data", "shapes", "--split", "test", "--test-limit", "7", "--choose", "first", "--output", tiny.Folder("first"));
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(["encoder.feature.val.npy", "encoder.label.val.npy", "features.json"], Directory.GetFiles(tiny.Folder("first")).Select(Path.GetFileName).Order(StringComparer.Ordinal)!);
        (float[] drawn, int[] shape) = Npy.ReadFloats(Path.Combine(tiny.Folder("drawn"), "encoder.feature.val.npy"));
        Assert.Equal([7, 16], shape);
        Assert.NotEqual(Npy.ReadFloats(Path.Combine(tiny.Folder("first"), "encoder.feature.val.npy")).Values, drawn);
        for (int i = 0; i < 7; i++) Assert.Equal(1, drawn.AsSpan(16 * i, 16).ToArray().Sum(value => value * value), 1e-5f);
    }

    /// <summary>A running mean of which float32 keeps too few digits: the file computes other numbers than the run, and is refused.</summary>
    [Fact]
    public async Task AFileThatDiffersIsRefusedAndNothingIsLeft()
    {
        using TinyRun tiny = new();
        string checkpoint = tiny.Train("run", stopAfter: 1).Checkpoint, weights = Path.Combine(checkpoint, "model.safetensors"), model = tiny.Folder("model.onnx");
        SafetensorsFile file = SafetensorsFile.Read(weights);
        Dictionary<string, float[]> state = file.Names.Where(name => file.Type(name) == SafetensorsType.F32).ToDictionary(name => name, file.Floats);
        for (int c = 0; c < state["bn2.bias"].Length; c++)
        {
            state["bn2.running_mean"][c] = 1e6f + (0.37f * c);
            state["bn2.bias"][c] = (float)(state["bn2.weight"][c] * state["bn2.running_mean"][c] / Math.Sqrt(state["bn2.running_var"][c] + 1e-5));
        }

        Safetensors.Write(weights, state.Select(entry => SafetensorsEntry.Of(entry.Key, entry.Value, file.Shape(entry.Key))), new Dictionary<string, string>());
        TinyRun.StoreAsFormat(checkpoint, 1);
        (int code, _, string error) = await Commands.Run("export", tiny.Folder("run"), "--onnx", model, "--data", "shapes");
        Assert.Contains($"{model} is not written: ONNX Runtime 1.32.0 makes other numbers of ", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failure, code);
        Assert.Empty(Directory.GetFiles(tiny.Root, "model.onnx*"));
    }

    [Fact]
    public async Task WeightsAreThePlainStateDictionary()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = TinyRun.Settings with { Encoder = new() { Kind = EncoderKind.ResNet18, Stem = StemKind.ImageNet, EmbeddingDimension = 16 }, Data = TinyRun.Settings.Data with { ImageSize = 32 } };
        string checkpoint = tiny.Train("run", stopAfter: 1, settings: settings).Checkpoint, path = tiny.Folder("resnet18.safetensors");
        (int code, string output, string error) = await Commands.Run("export", tiny.Folder("run"), "--safetensors", path);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("model = resnet18(); model.fc = torch.nn.Identity()", output, StringComparison.Ordinal);
        Assert.Contains($"model.load_state_dict(load_file(\"{path}\"))", output, StringComparison.Ordinal);
        SafetensorsFile plain = SafetensorsFile.Read(path), whole = SafetensorsFile.Read(Path.Combine(checkpoint, "model.safetensors"));

        // torchvision's ResNet-18 has 20 convolutions, and 20 batch norms of five tensors.
        Assert.Equal(120, plain.Names.Count);
        Assert.Equal([64, 3, 7, 7], plain.Shape("conv1.weight").ToArray());
        Assert.Equal([512, 256, 1, 1], plain.Shape("layer4.0.downsample.0.weight").ToArray());
        Assert.Equal(whole.Names.Where(name => !name.StartsWith("projection_head.", StringComparison.Ordinal)).Order(), plain.Names.Order());
        Assert.Equal(whole.Floats("layer3.1.conv2.weight"), plain.Floats("layer3.1.conv2.weight"));
        Assert.Equal([1], plain.Longs("bn1.num_batches_tracked"));
    }

    [Fact]
    public async Task ASupervisedRunTakesItsClassifierAlong()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = (TinyRun.Settings with
        {
            Encoder = new() { Kind = EncoderKind.ResNet18, EmbeddingDimension = 10 }, Loss = new() { Kind = LossKind.CrossEntropy },
        }).Resolve("shapes");
        tiny.Train("run", stopAfter: 1, settings: settings);
        string path = tiny.Folder("fc.safetensors"), model = tiny.Folder("logits.onnx");
        (int code, string output, string error) = await Commands.Run("export", tiny.Folder("run"), "--safetensors", path, "--onnx", model, "--head", "--data", "shapes");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("logits [batch, 10]", output, StringComparison.Ordinal);
        Assert.Contains("model = resnet18(num_classes=10); model.conv1, model.maxpool = torch.nn.Conv2d(3, 64, 3, 1, 1, bias=False), torch.nn.Identity()", output, StringComparison.Ordinal);
        SafetensorsFile plain = SafetensorsFile.Read(path);
        Assert.Equal(122, plain.Names.Count);
        Assert.Equal([10, 512], plain.Shape("fc.weight").ToArray());
    }

    [Theory]
    [InlineData("export RUN", ExitCode.Usage, "Nothing is asked for; expected --onnx FILE, --safetensors FILE, or both.")]
    [InlineData("export RUN --safetensors OUT --head", ExitCode.Usage, "--head has no meaning without --onnx.")]
    [InlineData("export RUN --onnx /dev/null/model.onnx", ExitCode.Usage, "which cannot be written")]
    [InlineData("export RUN --onnx RUN", ExitCode.Usage, "a folder; expected a file")]
    [InlineData("export RUN --onnx OUT --data nowhere", ExitCode.BadData, "nowhere")]
    [InlineData("export EMPTY --onnx OUT", ExitCode.BadData, "EMPTY has no checkpoint")]
    [InlineData("export EMPTY --safetensors OUT", ExitCode.BadData, "EMPTY has no checkpoint")]
    [InlineData("export nowhere --onnx OUT", ExitCode.BadData, "nowhere")]
    [InlineData("embed --onnx nowhere.onnx --data shapes --output OUT", ExitCode.BadData, "nowhere.onnx does not exist")]
    [InlineData("embed --onnx MODEL --data shapes --output OUT --size 15", ExitCode.Usage, "--size is 15; MODEL takes 16 x 16 pixels")]
    [InlineData("embed --onnx MODEL --data shapes --output OUT --pixel-mean 1,2", ExitCode.Usage, "--pixel-mean is '1,2'; expected one number or three")]
    [InlineData("embed --onnx MODEL --data shapes --output OUT --limit 0", ExitCode.Usage, "--limit is 0; expected at least 1")]
    [InlineData("embed --onnx MODEL --data shapes --output OUT --onnx-output z", ExitCode.Usage, "--onnx-output is z; MODEL has features.")]
    [InlineData("embed --onnx MODEL --data FLAT --output OUT", ExitCode.BadData, "has no test split; hold one out with --test-share, or embed the training split alone: --split train")]
    [InlineData("embed --onnx MODEL --data shapes --output RUN", ExitCode.BadData, "RUN is not empty and has no features.json")]
    public async Task WhatCannotBeDoneIsRefusedBeforeAnythingIsWritten(string arguments, int expected, string words)
    {
        TinyRun tiny = places.Tiny;
        string[] before = Directory.GetFileSystemEntries(tiny.Root);
        (int code, _, string error) = await Commands.Run([.. arguments.Split(' ').Select(word => word.All(char.IsAsciiLetterUpper) ? tiny.Folder(word) : word)]);
        Assert.Contains(words, error.Replace(tiny.Root + "/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(expected, code);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(tiny.Root).Order());
    }

    /// <summary>A run, its model, a run folder without a checkpoint, and images without a test split.</summary>
    public sealed class Places : IAsyncLifetime
    {
        internal TinyRun Tiny { get; } = new();

        public async ValueTask InitializeAsync()
        {
            Tiny.Train("RUN", stopAfter: 1);
            Assert.Equal(ExitCode.Ok, (await Commands.Run("export", Tiny.Folder("RUN"), "--onnx", Tiny.Folder("MODEL"), "--data", "shapes")).Code);
            Directory.CreateDirectory(Tiny.Folder("EMPTY"));
            File.Copy(Path.Combine(Tiny.Folder("RUN"), "config.json"), Path.Combine(Tiny.Folder("EMPTY"), "config.json"));
            for (int i = 0; i < 2; i++)
            {
                Directory.CreateDirectory(Tiny.Folder($"FLAT/class{i}"));
                File.WriteAllBytes(Tiny.Folder($"FLAT/class{i}/a.png"), TemporaryFolder.Png(8, 8, (byte)i, 1, 2));
            }
        }

        public ValueTask DisposeAsync()
        {
            Tiny.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
