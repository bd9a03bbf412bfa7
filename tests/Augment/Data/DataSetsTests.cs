using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Data;

public sealed class DataSetsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ShapesAreBuiltIn()
    {
        using ImageData data = DataSets.Open("shapes", null, new() { Shapes = new ShapesSettings { TrainCount = 20, TestCount = 10, Size = 8 } });
        Assert.Equal(("shapes", 20, 10), (data.Kind, data.Train.Count, data.Test!.Count));
        Assert.Contains("shapes size is 3", Assert.Throws<BadDataException>(() => DataSets.Open("shapes", null, new() { Shapes = new ShapesSettings { Size = 3 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APathThatDoesNotExistIsNamed()
    {
        string path = folder.PathOf("nothing");
        Assert.Equal($"{path} does not exist; expected shapes, a folder, a .tar.gz or a .zip.", TemporaryFolder.Fault(path));
        Assert.EndsWith("does not exist; expected shapes, a folder, a .tar.gz or a .zip.", TemporaryFolder.Fault(""), StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownKindIsNamed()
    {
        Assert.Equal("The kind of data is mnist; expected shapes, cifar10, cifar100, stl10, stl10-unlabeled, medmnist, ag-news, webdataset, parquet, folder, mixed.", TemporaryFolder.Fault(folder.Root, "mnist"));
        Assert.Contains("the kind shapes expects the name shapes", TemporaryFolder.Fault(folder.Root, "shapes"), StringComparison.Ordinal);
    }

    [Fact]
    public void NothingRecognisedSaysWhatWasLookedFor()
    {
        folder.Write("set/notes.txt", [1, 2, 3]);
        foreach (string path in new[] { folder.PathOf("set"), folder.Zip("set"), folder.Tar("set") })
        {
            string message = TemporaryFolder.Fault(path);
            Assert.StartsWith($"{path} holds no data that are known; looked for cifar10 in its binary version (data_batch_1.bin", message, StringComparison.Ordinal);
            Assert.Contains("test.bin", message, StringComparison.Ordinal);
            Assert.Contains("train/<class>/", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AFileOfAnotherKindIsNamed()
    {
        string text = folder.Write("data.zip", "no archive"u8.ToArray());
        Assert.Equal($"{text} is neither a .tar.gz nor a .zip by its first bytes; expected one of them or a folder.", TemporaryFolder.Fault(text));
        Assert.Contains("neither", TemporaryFolder.Fault(folder.Write("empty.tar.gz", [])), StringComparison.Ordinal);
        folder.Write("set/a.png", TemporaryFolder.Png(2, 2, 1, 2, 3));
        string zip = folder.Zip("set"), tar = folder.Tar("set");
        Assert.Equal($"{zip} is a zip archive; cifar10 is read from a folder or a .tar.gz.", TemporaryFolder.Fault(zip, "cifar10"));
        Assert.Contains("data_batch_1.bin is missing", TemporaryFolder.Fault(tar, "cifar10"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheKindCanBeGiven()
    {
        folder.Write("set/a.png", TemporaryFolder.Png(2, 2, 1, 2, 3));
        folder.Write("set/test.bin", [1]);
        using ImageData data = DataSets.Open(folder.PathOf("set"), "folder");
        Assert.Equal(1, data.Train.Count);
        Assert.Contains("train.bin is missing", TemporaryFolder.Fault(folder.PathOf("set"), "cifar100"), StringComparison.Ordinal);
    }
}
