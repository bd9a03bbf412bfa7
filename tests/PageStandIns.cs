using System.IO.Compression;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Files.Weights;
using NegSamples.Tests.Augment.Data.Text;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Files.Weights;
using NegSamples.Tests.Onnx;

namespace NegSamples.Tests;

/// <summary>Small files and runs under the names that the commands of the pages have.</summary>
internal static class PageStandIns
{
    private const int Rows = 300, Dimension = 6, Classes = 3;

    /// <summary>Writes the files that a user would have brought.</summary>
    /// <param name="folder">Where the commands run.</param>
    public static void WriteFiles(TemporaryFolder folder)
    {
        TinyImages.WriteCifar10(folder.PathOf("cifar-10-binary"), recordsPerFile: 24);
        folder.Tar("cifar-10-binary");
        TinyTexts.Write(folder.PathOf("ag_news_csv"));
        folder.Tar("ag_news_csv");
        string[] words = ["goal", "match", "team", "coach", "stock", "market", "price", "bank"];
        File.WriteAllLines(folder.PathOf("crawl-300d-2M.vec"), words.Select((word, i) => $"{word} {i} {i * i} 1"));
        File.WriteAllText(folder.PathOf("counts.csv"), "class,count\nbirds,40\nplanes,60\n");
        foreach (string split in (string[])["train", "test"])
        {
            for (int i = 0; i < 16; i++)
                folder.Write($"photos/{split}/{(i % 2 == 0 ? "birds" : "planes")}/{i}.png", TemporaryFolder.Png(40, 48, (byte)(6 * i), (byte)(i % 2 * 200), 90));
        }

        foreach (string name in (string[])["ResNet18.onnx", "resnet.onnx"]) File.Copy(ForeignNetworkTests.Network, folder.PathOf(name));
        WriteArrays(folder);
        foreach (string name in (string[])["shared", "paper"]) Directory.CreateDirectory(folder.PathOf(name));
        foreach (string name in (string[])["cifar-10-binary.tar.gz", "photos", "runs", "ResNet18.onnx"]) File.CreateSymbolicLink(folder.PathOf("shared/" + name), "../" + name);
    }

    /// <summary>Names a run, a folder of features or exported weights as the pages do.</summary>
    /// <param name="folder">Where the commands run.</param>
    /// <param name="run">Runs a command there.</param>
    public static void WriteRuns(TemporaryFolder folder, Action<int, string[]> run)
    {
        string[] few = ["--data", "cifar-10-binary.tar.gz", "--batch-size", "16", "--steps", "2"];
        run(ExitCode.Ok, ["train", .. few, "--output", "runs/cifar"]);
        run(ExitCode.Ok, ["train", .. few, "--loss", "cross-entropy", "--output", "runs/supervised"]);
        run(ExitCode.Ok, ["eval", "runs/supervised", "--linear-epochs", "2"]);
        run(ExitCode.Ok, ["export", "runs/cifar", "--onnx", "encoder.onnx"]);
        run(ExitCode.Ok, ["embed", "--onnx", "encoder.onnx", "--data", "cifar-10-binary.tar.gz", "--views", "2", "--output", "features/clip"]);
        run(ExitCode.Ok, ["train", "--data", "photos", "--encoder", "resnet18", "--stem", "imagenet", "--image-size", "32", "--batch-size", "4", "--steps", "1", "--output", "photographed"]);
        run(ExitCode.NonFiniteLoss, ["train", .. few, "--optimizer", "sgd", "--learning-rate", "1e30", "--output", "diverged"]);
        run(ExitCode.Ok, ["export", "photographed", "--safetensors", "resnet18.safetensors"]);
        foreach (string name in (string[])["mine", "other", "a", "b"]) Copy("runs/cifar", "runs/" + name);
        foreach (string name in (string[])["7", "11"]) Copy("runs/supervised", "runs/supervised-" + name);
        Copy("features/clip", "features/dino");
        File.Copy(folder.PathOf("encoder.onnx"), folder.PathOf("model.onnx"));
        using WeightsFile weights = WeightsFile.Open(folder.PathOf("resnet18.safetensors"));
        folder.Write("resnet18.pth", TorchFile.Of(weights.Entries.Where(entry => entry.Shape.Count > 0)
            .Select(entry => (entry.Name, entry.Shape.Select(axis => (int)axis).ToArray(), weights.Read(entry)))));

        void Copy(string from, string to)
        {
            foreach (string file in Directory.EnumerateFiles(folder.PathOf(from), "*", SearchOption.AllDirectories))
                folder.Write(to + file[folder.PathOf(from).Length..], File.ReadAllBytes(file));
        }
    }

    private static void WriteArrays(TemporaryFolder folder)
    {
        foreach (string name in (string[])["train", "test", "view0", "view1", "v0", "v1", "images", "texts"]) Npy.Write(folder.PathOf(name + ".npy"), Features(name.Length), Rows, Dimension);
        Npy.Write(folder.PathOf("views.npy"), Features(9, views: 2), Rows, 2, Dimension);
        foreach (string name in (string[])["train-labels", "test-labels", "labels", "y", "z"]) Npy.Write(folder.PathOf(name + ".npy"), Labels(), Rows);
        Pack("f.npz", ("train", "train"), ("y", "y"), ("test", "test"), ("z", "z"));
        Pack("test.npz", ("views", "views"), ("labels", "z"));

        void Pack(string name, params (string Array, string File)[] arrays)
        {
            using ZipArchive archive = ZipFile.Open(folder.PathOf(name), ZipArchiveMode.Create);
            foreach ((string array, string file) in arrays) archive.CreateEntryFromFile(folder.PathOf(file + ".npy"), array + ".npy");
        }
    }

    /// <summary>Random rows about a centre for each class, the classes in turn.</summary>
    private static float[] Features(int seed, int views = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Rows * views * Dimension)
            .Select(i => (float)(random.NextDouble() - 0.5 + (i % Dimension % Classes == i / (views * Dimension) % Classes ? 1 : 0)))];
    }

    private static long[] Labels() => [.. Enumerable.Range(0, Rows).Select(i => (long)i % Classes)];
}
