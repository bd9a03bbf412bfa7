using System.IO.Compression;
using System.Text;
using NegSamples.Augment.Data;

namespace NegSamples.Tests.Augment.Data.MedMnist;

public sealed class MedMnistSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void PicturesAndLabelsAreRead(int channels)
    {
        byte[] train = Bytes(5 * 4 * 3 * channels, 1), test = Bytes(2 * 4 * 3 * channels, 2);
        int[] more = channels == 1 ? [] : [3];
        string path = Npz(
            ("train_images", "|u1", [5, 4, 3, .. more], train), ("train_labels", "|u1", [5, 1], [2, 0, 7, 0, 2]),
            ("val_images", "|u1", [5, 4, 3, .. more], train), ("val_labels", "|u1", [5, 1], [2, 0, 7, 0, 2]),
            ("test_images", "|u1", [2, 4, 3, .. more], test), ("test_labels", "|u1", [2, 1], [7, 2]));
        using ImageData data = DataSets.Open(path);
        Assert.Equal("medmnist", data.Kind);
        Assert.Equal(["0", "2", "7"], data.Train.ClassNames);
        Assert.Equal([1, 0, 2, 0, 1], Enumerable.Range(0, 5).Select(data.Train.Label));
        Assert.Equal([2, 1], Enumerable.Range(0, 2).Select(data.Test!.Label));
        byte[] pixels = [];
        foreach ((IImageSet set, byte[] stored) in new[] { (data.Train, train), (data.Test!, test) })
        {
            for (int i = 0; i < set.Count; i++)
            {
                Assert.Equal((4, 3), set.Read(i, ref pixels));
                byte[] expected = [.. stored.AsSpan(i * 12 * channels, 12 * channels).ToArray().SelectMany(value => Enumerable.Repeat(value, 3 / channels))];
                Assert.Equal(expected, pixels.AsSpan(0, 36).ToArray());
            }
        }

        byte[] longer = new byte[50], exact = pixels[..36];
        data.Test!.Read(1, ref longer);
        Assert.Equal(exact, longer[..36]);
        Assert.Contains("val_images are left out", Assert.Single(data.Warnings), StringComparison.Ordinal);
        Assert.Equal(36, data.Train.MaximumBytes);
        Assert.True(HeldImages.Bytes(path) is var held && held >= train.Length + test.Length && held < train.Length + test.Length + 300);
        Assert.Throws<DataRequestException>(() => DataSets.Open(path, request: new() { TestShare = 0.5 }));
        string fingerprint = data.Train.Fingerprint;
        train[7] ^= 1;
        using ImageData other = DataSets.Open(Npz(("train_images", "|u1", [5, 4, 3, .. more], train), ("train_labels", "<i8", [5], Longs(2, 0, 7, 0, 2))));
        Assert.NotEqual(fingerprint, other.Train.Fingerprint);
        Assert.Contains("has no test_images", Assert.Single(other.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsWrongIsNamed()
    {
        byte[] images = Bytes(24, 3);
        foreach ((string type, int[] shape, byte[] bytes, string labelType, int[] labelShape, byte[] labels, string expected) in new (string, int[], byte[], string, int[], byte[], string)[]
        {
            ("|u1", [2, 12], images, "|u1", [2, 1], [0, 1], "(train_images) has the shape (2, 12); expected (images, height, width) or (images, height, width, 3)."),
            ("|u1", [1, 2, 3, 4], images, "|u1", [1, 1], [0], "(train_images) has the shape (1, 2, 3, 4); expected"),
            ("|u1", [0, 4, 3], [], "|u1", [0, 1], [], "(train_images) has the shape (0, 4, 3); expected"),
            ("<f4", [2, 3, 1], images, "|u1", [2, 1], [0, 1], "(train_images) holds Float32; expected UInt8."),
            ("|u1", [2, 4, 3], images, "|u1", [2, 2], [0, 1, 1, 0], "(train_labels) has the shape (2, 2); expected (2, 1), a label for each image; a set of several labels"),
            ("|u1", [2, 4, 3], images, "|u1", [3, 1], [0, 1, 1], "(train_labels) has the shape (3, 1); expected (2, 1), a label for each image."),
            ("|u1", [2, 4, 3], images, "|i1", [2, 1], [0, 255], "(train_labels) image 1 has the label -1; expected 0 or more."),
        })
        {
            string path = Npz(("train_images", type, shape, bytes), ("train_labels", labelType, labelShape, labels));
            Assert.Contains(expected, TemporaryFolder.Fault(path), StringComparison.Ordinal);
        }

        string odd = Npz(
            ("train_images", "|u1", [2, 4, 3], images), ("train_labels", "|u1", [2, 1], [0, 1]), ("test_images", "|u1", [2, 4, 3], images), ("test_labels", "|u1", [2, 1], [0, 2]));
        Assert.Equal($"{odd} (test_labels): image 1 has the label 2, which no training image has.", TemporaryFolder.Fault(odd));
        Assert.Contains("has no array 'train_labels'", TemporaryFolder.Fault(Npz(("train_images", "|u1", [2, 4, 3], images)), "medmnist"), StringComparison.Ordinal);
    }

    /// <summary>A file of two pictures for training and two for testing.</summary>
    internal static string WriteTiny(TemporaryFolder folder) => Npz(
        folder, ("train_images", "|u1", [2, 4, 3], Bytes(24, 1)), ("train_labels", "|u1", [2, 1], [0, 1]), ("test_images", "|u1", [2, 4, 3], Bytes(24, 2)),
        ("test_labels", "|u1", [2, 1], [1, 0]));

    private string Npz(params (string Name, string Type, int[] Shape, byte[] Bytes)[] arrays) => Npz(folder, arrays);

    internal static string Npz(TemporaryFolder folder, params (string Name, string Type, int[] Shape, byte[] Bytes)[] arrays)
    {
        string path = folder.PathOf(Guid.NewGuid() + ".npz");
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, string type, int[] shape, byte[] bytes) in arrays)
        {
            using Stream entry = archive.CreateEntry(name + ".npy").Open();
            string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}".PadRight(117) + "\n";
            entry.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. bytes]);
        }

        return path;
    }

    private static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Longs(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
