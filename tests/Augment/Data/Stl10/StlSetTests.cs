using NegSamples.Augment.Data;

namespace NegSamples.Tests.Augment.Data.Stl10;

public sealed class StlSetTests : IDisposable
{
    private const int Plane = 96 * 96, Record = 3 * Plane;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("stl10_binary/")]
    public void PlanesAreReadColumnByColumnAndLabelsFromOne(string below)
    {
        byte[] train = Write(below);
        using ImageData data = DataSets.Open(folder.Root);
        Assert.Equal(("stl10", 3, 2), (data.Kind, data.Train.Count, data.Test!.Count));
        Assert.Equal([0, 2, 1], Enumerable.Range(0, 3).Select(data.Train.Label));
        Assert.Equal([1, 2], Enumerable.Range(0, 2).Select(data.Test!.Label));
        Assert.Equal(["airplane", "deer", "truck"], data.Train.ClassNames); // of the labels 1, 5 and 10
        Assert.Contains(data.Warnings, text => text.Contains("3 of the 10 classes", StringComparison.Ordinal));
        Assert.Equal(Origin.Unknown, data.Origin);
        byte[] pixels = [];
        Assert.Equal((96, 96), data.Train.Read(2, ref pixels));
        foreach ((int y, int x, int channel) in new[] { (0, 0, 0), (5, 0, 0), (0, 5, 1), (95, 3, 2), (17, 95, 1) })
            Assert.Equal(train[(2 * Record) + (channel * Plane) + (x * 96) + y], pixels[(3 * ((y * 96) + x)) + channel]);
        Assert.Contains(data.Warnings, text => text.Contains("unlabeled_X.bin is left out", StringComparison.Ordinal));
        using ImageData all = DataSets.Open(folder.Root, "stl10-unlabeled");
        Assert.Equal((3 + 4, 0), (all.Train.Count, all.Train.ClassNames.Count));
        all.Train.Read(6, ref pixels);
        Assert.Equal(File.ReadAllBytes(folder.PathOf(below + "unlabeled_X.bin"))[(3 * Record) + 1], pixels[3 * 96]);
        Assert.NotEqual(all.Train.Fingerprint, data.Train.Fingerprint);
    }

    [Theory]
    [InlineData("train_X.bin", 100, "expected whole images of 27648 bytes")]
    [InlineData("train_y.bin", 2, "has 2 bytes; expected a label for each of 3 images")]
    [InlineData("test_y.bin", 2, "image 0 has label 0; expected 1 to 10")]
    [InlineData("class_names.txt", 2, "class names; expected 10")]
    public void AWrongFileIsNamed(string file, int length, string expected)
    {
        Write("");
        folder.Write(file, new byte[length]);
        string message = TemporaryFolder.Fault(folder.Root);
        Assert.StartsWith(folder.PathOf(file), message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    private byte[] Write(string below)
    {
        Random random = new(5);
        byte[] train = new byte[3 * Record], other = new byte[4 * Record];
        random.NextBytes(train);
        random.NextBytes(other);
        folder.Write(below + "train_X.bin", train);
        folder.Write(below + "train_y.bin", [1, 10, 5]);
        folder.Write(below + "test_X.bin", other[..(2 * Record)]);
        folder.Write(below + "test_y.bin", [5, 10]);
        folder.Write(below + "unlabeled_X.bin", other);
        return train;
    }
}
