using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cifar;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Augment.Data.Cifar;

public sealed class PickledCifarTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cifar10", true)]
    [InlineData("cifar100", true)]
    [InlineData("cifar10", false)]
    [InlineData("cifar100", false)]
    public void ThePythonVersionIsTheBinaryOne(string kind, bool withNames)
    {
        CifarLayout layout = Write(kind, records: 3, withNames);
        string python = $"py/{layout.PythonFolder}";
        using ImageData expected = DataSets.Open(folder.PathOf("bin"));
        foreach (string path in new[] { folder.PathOf("py"), folder.PathOf(python), folder.Tar("py"), folder.Tar(python) })
        {
            using ImageData data = DataSets.Open(path);
            Assert.Equal(kind, data.Kind);
            Assert.Equal(expected.Train.Fingerprint, data.Train.Fingerprint);
            Assert.Equal(expected.Test!.Fingerprint, data.Test!.Fingerprint);
            Assert.Equal(expected.Train.ClassNames, data.Train.ClassNames);
            Assert.Equal(expected.Train.Label(2), data.Train.Label(2));
            byte[] one = [], other = [];
            expected.Train.Read(2, ref one);
            data.Train.Read(2, ref other);
            Assert.Equal(one, other);
            Assert.True(HeldImages.Bytes(path) > data.Train.Count * 3072);
            DataSets.Open(path, kind).Dispose();
            Assert.Equal(Origin.Unknown, data.Origin);
        }
    }

    [Fact]
    public void AStepGivesTheSameWeights()
    {
        Write("cifar10", records: 4, withNames: true);
        using TinyRun tiny = new();
        byte[][] weights = [.. new[] { "bin", "py" }.Select(form =>
        {
            using ImageData data = DataSets.Open(folder.PathOf(form));
            TrainingSettings settings = TinyRun.Settings with { Data = new() { Path = folder.PathOf(form), Kind = "cifar10", ImageSize = 16 } };
            return TinyRun.Bytes(tiny.Train(form, stopAfter: 1, settings: settings, images: data.Train), "model.safetensors");
        })];
        Assert.Equal(weights[0], weights[1]);
    }

    [Fact]
    public void APublishedArchiveIsVerifiedByItsSum()
    {
        CifarFiles files = new("x", archive: true);
        Assert.True(files.AreOfficial(CifarLayout.Cifar10, CifarLayout.Cifar10.PythonArchiveSum));
        Assert.False(files.AreOfficial(CifarLayout.Cifar100, CifarLayout.Cifar10.PythonArchiveSum));
    }

    [Fact]
    public void WhatIsWrongIsNamed()
    {
        CifarLayout layout = Write("cifar10", records: 2, withNames: true);
        string batch = $"py/{layout.PythonFolder}/data_batch_2", path = folder.PathOf(batch);
        byte[] records = new byte[2 * 3073], sound = File.ReadAllBytes(path);
        records[3073] = 10;
        foreach ((byte[] bytes, string expected) in new (byte[], string)[]
        {
            (PickledCifar.Batch(records, ["labels"]), $"{path}: record 1 has label 10; expected 0 to 9."),
            (PickledCifar.Batch(records, ["fine_labels"]), $"{path} has no list 'labels'; expected a label for each image."),
            (PickledCifar.Batch(records, ["labels"], "f4"), $"{path} has 'data' of the type f4; expected u1, bytes."),
            (PickledCifar.Names("label_names", ["a"]), $"{path} is a pickle that has no array 'data'; expected images in rows of 3072 bytes."),
            ([0x80, 2, (byte)']', (byte)'.'], $"{path} is no dictionary; expected one of images and labels."),
            ([1, 2, 3], $"{path} cannot be read as a pickle: it has the opcode 0x01 at byte 0"),
            (sound[..^10], $"{path} cannot be read as a pickle: it ends early."),
            ([], $"{path} cannot be read as a pickle: it ends early."),
            (new byte[40_000_000], $"{path} has 40000000 bytes; expected at most"),
        })
        {
            folder.Write(batch, bytes);
            Assert.StartsWith(expected, TemporaryFolder.Fault(folder.PathOf("py")), StringComparison.Ordinal);
        }

        folder.Write(batch, sound);
        string names = folder.Write($"py/{layout.PythonFolder}/batches.meta", PickledCifar.Names("label_names", ["cat"]));
        Assert.Equal($"{names} has 1 class names; expected 10.", TemporaryFolder.Fault(folder.PathOf("py")));
        File.Delete(names);
        File.Delete(path);
        Assert.Equal(
            $"{path} is missing; cifar10 needs data_batch_1, data_batch_2, data_batch_3, data_batch_4, data_batch_5, test_batch (the Python version).",
            TemporaryFolder.Fault(folder.PathOf("py")));
    }

    /// <summary>Writes both versions of the same pictures, into bin/ and py/.</summary>
    private CifarLayout Write(string kind, int records, bool withNames)
    {
        CifarLayout layout = CifarLayout.All.Single(one => one.Kind == kind);
        Random random = new(5);
        foreach (string file in layout.ImageFiles)
        {
            byte[] bytes = new byte[records * layout.Record];
            random.NextBytes(bytes);
            for (int record = 0; record < records; record++)
                for (int label = 0; label < layout.Classes.Length; label++) bytes[(record * layout.Record) + label] = (byte)random.Next(layout.Classes[label]);
            folder.Write($"bin/{file}", bytes);
            folder.Write($"py/{layout.PythonFolder}/{layout.PythonNameOf(file)}", PickledCifar.Batch(bytes, layout.PythonLabels));
        }

        if (!withNames) return layout;
        folder.Write($"bin/{layout.NamesFile}", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', layout.Names)));
        folder.Write($"py/{layout.PythonFolder}/{layout.PythonNamesFile}", PickledCifar.Names(layout.PythonNamesKey, layout.Names));
        return layout;
    }
}
