using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Tests.Files.Weights;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Cli;

/// <summary>Weights of other programs by the command line: train --init and eval --encoder.</summary>
public sealed class InitCommandTests : IDisposable
{
    private readonly TinyRun tiny = new();

    /// <summary>A ResNet-18 of torchvision, saved in half precision by a program that trained it on several GPUs, with its classifier.</summary>
    [Fact]
    public async Task ATorchvisionFileIsTrainedFromAndTheTableSaysWhatWasLeft()
    {
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10), file = tiny.Folder("resnet18.pth"), run = tiny.Folder("run");
        Write(file);
        string[] train = ["train", "--data", data, "--init", file, "--encoder", "resnet18", "--batch-size", "4", "--dim", "8", "--steps", "1", "--device", "cpu"];
        (int code, string output, string error) = await Commands.Run(
            [.. train, "--stem", "imagenet", "--pixel-mean", "0.485,0.456,0.406", "--pixel-deviation", "0.229,0.224,0.225", "--output", run]);
        Assert.True(code == ExitCode.Ok, error);
        string[] lines = [.. output.Split('\n').Select(line => string.Join(' ', line.Split([' ', '|', '│'], StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("taken layer4 25 Float16", lines);
        Assert.Contains("left module.fc 2 a head: module.fc.weight [10, 512]", lines);
        Assert.Contains("missing projection_head 7 drawn by the seed: the file has none", lines);
        Assert.Contains("names under 'module.'", output, StringComparison.Ordinal);
        Assert.DoesNotContain("note: the pixels are 0..1", error, StringComparison.Ordinal);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "config.json")));
        Assert.Equal("0.485,0.456,0.406", config.RootElement.GetProperty("pixelMean").GetString());
        Assert.Equal(64, config.RootElement.GetProperty("initSha256").GetString()!.Length);

        string other = tiny.Folder("other");
        (code, _, error) = await Commands.Run([.. train, "--output", other]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("[64, 3, 7, 7] in the file, [64, 3, 3, 3] here: the file has another stem (--stem imagenet fits it; or leave it out with --init-without conv1)", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(other));

        string[] eval = ["eval", "--encoder", file, "--data", data, "--encoder-name", "resnet18", "--linear-epochs", "1", "--device", "cpu"];
        (code, output, error) = await Commands.Run([.. eval, "--stem", "imagenet"]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("note: the pixels are 0..1", error, StringComparison.Ordinal);
        Assert.Contains("before head", output, StringComparison.Ordinal);
        Assert.DoesNotContain("after head", output[output.IndexOf("top-1", StringComparison.Ordinal)..output.IndexOf("What the features", StringComparison.Ordinal)], StringComparison.Ordinal);
        (code, _, error) = await Commands.Run([.. eval[..^6], "--encoder-name", "resnet34"]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("has the weights of a resnet18; --encoder-name is resnet34.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pixel-mean 0,485,0,456,0,406", ExitCode.Usage, "--pixel-mean is '0,485,0,456,0,406'; expected one number or three")]
    [InlineData("--pixel-scale 0,5", ExitCode.Usage, "--pixel-scale is '0,5', which is no number; write 0.5.")]
    [InlineData("--init-without conv1", ExitCode.Usage, "--init-without names conv1 without an --init")]
    [InlineData("--init-sha256 12", ExitCode.Usage, "--init-sha256 is '12'; expected 64 hexadecimal digits")]
    [InlineData("--init absent.pth", ExitCode.BadData, "--init is absent.pth, which does not exist")]
    [InlineData("--init EVIL", ExitCode.BadData, "it wants posix.system, which is not run")]
    [InlineData("--init CUT", ExitCode.BadData, "is a damaged archive")]
    [InlineData("--init HEADER", ExitCode.BadData, "the header is not valid JSON")]
    public async Task WhatCannotBeTrainedFromIsRefusedBeforeThereIsARun(string flags, int expected, string words)
    {
        byte[] evil = new TorchFile().BeginDictionary().Text("w").Global("posix", "system").Text("touch /tmp/x").Put(0x85).Put('R').EndDictionary().ToArray();
        File.WriteAllBytes(tiny.Folder("evil.pth"), evil);
        File.WriteAllBytes(tiny.Folder("cut.pth"), evil[..^30]);
        File.WriteAllBytes(tiny.Folder("header.safetensors"), [9, 0, 0, 0, 0, 0, 0, 0, .. "{\"w\":1e999"u8]);
        string[] given = [.. flags.Split(' ').Select(word => word switch { "EVIL" => tiny.Folder("evil.pth"), "CUT" => tiny.Folder("cut.pth"), "HEADER" => tiny.Folder("header.safetensors"), _ => word })];
        (int code, _, string error) = await Commands.Run(
            ["train", "--data", TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 4), .. given, "--batch-size", "4", "--epochs", "1", "--device", "cpu", "--output", tiny.Folder("run")]);
        Assert.Equal(expected, code);
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.Folder("run")));
    }

    /// <summary>A run's own weights, evaluated as a file, have the run's numbers, head and all.</summary>
    [Fact]
    public async Task AFileHasTheNumbersOfItsRun()
    {
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), run = tiny.Folder("run");
        (int code, _, string error) = await Commands.Run("train", "--data", data, "--steps", "2", "--batch-size", "8", "--dim", "8", "--image-size", "8", "--pixel-mean", "0.5", "--device", "cpu", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        (code, string ofRun, _) = await Commands.Run("eval", run, "--linear-epochs", "1", "--json", "--device", "cpu");
        Assert.Equal(ExitCode.Ok, code);
        string file = Path.Combine(Checkpoint.Newest(Path.Combine(run, "checkpoints"))!, "model.safetensors");
        (code, string ofFile, error) = await Commands.Run("eval", "--encoder", file, "--data", data, "--image-size", "8", "--pixel-mean", "0.5", "--linear-epochs", "1", "--json", "--device", "cpu");
        Assert.True(code == ExitCode.Ok, error);
        using JsonDocument one = JsonDocument.Parse(ofRun), other = JsonDocument.Parse(ofFile);
        Assert.Equal(one.RootElement.GetProperty("rows").ToString(), other.RootElement.GetProperty("rows").ToString());
        Assert.Equal(64, other.RootElement.GetProperty("weightsSha256").GetString()!.Length);
        (code, _, error) = await Commands.Run("eval", run, "--stem", "cifar");
        Assert.Equal((ExitCode.Usage, true), (code, error.Contains("--stem needs --encoder FILE", StringComparison.Ordinal)));
        (code, _, error) = await Commands.Run("eval", run, "--encoder", file);
        Assert.Equal((ExitCode.Usage, true), (code, error.Contains("RUN and --encoder are both given", StringComparison.Ordinal)));
    }

    public void Dispose() => tiny.Dispose();

    private static void Write(string path)
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.ImageNet, 32, 32, 8), 3);
        List<(string, int[], float[])> tensors = [("module.fc.weight", [10, 512], new float[5120]), ("module.fc.bias", [10], new float[10])];
        foreach (NamedTensor tensor in model.Tensors.Where(tensor => !tensor.Name.StartsWith("projection_head.", StringComparison.Ordinal)))
        {
            Tensor value = tensor.Value;
            float[] values = value.Floats.ToArray();
            tensors.Add(tensor.Layout == TensorLayout.ConvolutionWeight
                ? ("module." + tensor.Name, [value[0], value[3], value[1], value[2]], ConvolutionLayout.ToOihw(values, value[0], value[1], value[2], value[3]))
                : ("module." + tensor.Name, [.. Enumerable.Range(0, value.Rank).Select(axis => value[axis])], values));
        }

        File.WriteAllBytes(path, TorchFile.Of(tensors, "HalfStorage"));
    }
}
