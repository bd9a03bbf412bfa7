using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Tables;
using NegSamples.Files;
using NegSamples.Tables;
using ParquetSharp;

namespace NegSamples.Tests.Tables;

public sealed class ParquetTablesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Compression.Uncompressed)]
    [InlineData(Compression.Snappy)]
    [InlineData(Compression.Zstd)]
    public void PicturesLabelsAndNamesAreThoseOfTheFolder(Compression compression)
    {
        foreach ((string name, int i) in new[] { "ant", "cat" }.Select((name, i) => (name, i)))
            for (int image = 0; image < 3; image++) folder.Write($"set/{(image < 2 ? "train" : "test")}/{name}/{image}.png", Picture((40 * i) + image));
        folder.Table("table/data/train-00000-of-00002.parquet", [Picture(0), Picture(1)], [0, 0], compression: compression, rowsInGroup: 1);
        folder.Table("table/data/train-00001-of-00002.parquet", [Picture(40), Picture(41)], [2, 2], compression: compression);
        folder.Table("table/data/test-00000-of-00001.parquet", [Picture(2), Picture(42)], [0, 2], compression: compression);
        using ImageData expected = DataSets.Open(folder.PathOf("set"));
        string data = folder.PathOf("table/data"), list = $"{data}/train-{{00000..00001}}-of-00002.parquet,{data}/test-00000-of-00001.parquet";
        HashSet<string> prints = [];
        foreach (string path in new[] { folder.PathOf("table"), data, list })
        {
            using ImageData table = Open(path);
            Assert.Equal("parquet", table.Kind);
            Assert.Empty(table.Warnings);
            Assert.Equal(["ant", "cat"], table.Train.ClassNames);
            Assert.Equal(Pixels(expected.Train), Pixels(table.Train));
            Assert.Equal(Pixels(expected.Test!), Pixels(table.Test!));
            Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, 4).Select(table.Train.Label));
            Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(table.Test!.Label));
            Assert.Equal("train-00001-of-00002.parquet/row 1", table.Train.FileOf(3));
            Assert.Equal(0, HeldImages.Bytes(path));
            prints.Add(table.Train.Fingerprint + table.Test!.Fingerprint);
        }

        Assert.Single(prints);
    }

    /// <summary>A list of labels is not passed over, as if there were none.</summary>
    [Fact]
    public void LabelsInListsAreRefused()
    {
        string path = folder.Write("lists.parquet", []);
        using (ParquetFileWriter writer = new(path, [new Column<byte[]>("image"), new Column<long[]>("label")]))
        {
            using (RowGroupWriter group = writer.AppendRowGroup())
            {
                using (LogicalColumnWriter<byte[]> pictures = group.NextColumn().LogicalWriter<byte[]>()) pictures.WriteBatch([Picture(1), Picture(2)]);
                using (LogicalColumnWriter<long[]> labels = group.NextColumn().LogicalWriter<long[]>()) labels.WriteBatch([[0L, 1L], [1L]]);
            }

            writer.Close();
        }

        Assert.EndsWith("' holds lists of Int64; expected whole numbers or texts, the labels.", Assert.Throws<BadDataException>(() => Open(path)).Message, StringComparison.Ordinal);
    }

    /// <summary>The forms that SVHN, CIFAR-10 and ImageNet have on the hub.</summary>
    [Fact]
    public void VariantsSplitsAndColumnsAreThoseOfTheHub()
    {
        folder.Table("svhn/cropped_digits/train-00000-of-00001.parquet", [Picture(1), Picture(2)], [1, 0], metadata: null);
        folder.Table("svhn/cropped_digits/test-00000-of-00001.parquet", [Picture(3)], [1], metadata: null);
        folder.Table("svhn/cropped_digits/extra-00000-of-00001.parquet", [Picture(4)], [1], metadata: null);
        using (ImageData svhn = Open(folder.PathOf("svhn")))
        {
            Assert.Equal((2, 1), (svhn.Train.Count, svhn.Test!.Count));
            Assert.Equal(["0", "1"], svhn.Train.ClassNames);
            Assert.Contains("extra-00000-of-00001.parquet", Assert.Single(svhn.Warnings), StringComparison.Ordinal);
        }

        using (ImageData extra = Open(folder.PathOf("svhn/cropped_digits/extra-00000-of-00001.parquet"))) Assert.Equal(1, extra.Train.Count);
        folder.Table("svhn/full_numbers/train-00000-of-00001.parquet", [Picture(1)], [0]);
        Assert.Contains(
            "several variants of Parquet files (cropped_digits, full_numbers)", Assert.Throws<BadDataException>(() => Open(folder.PathOf("svhn"))).Message, StringComparison.Ordinal);

        folder.Table("net/data/train-0.parquet", [Picture(1)], [0], image: "img");
        folder.Table("net/data/test-0.parquet", [Picture(2), Picture(3)], [-1, null]);
        folder.Table("net/data/validation-0.parquet", [Picture(4)], [0], image: "photo");
        using ImageData net = Open(folder.PathOf("net"));
        Assert.Equal(Pixels(net.Test!), Red(4));
        Assert.Contains("they have no labels", Assert.Single(net.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsUnpackedIsKeptUntilTheTableChanges()
    {
        string path = folder.Table("set/a.parquet", [Picture(1), Picture(2)], [0, 1]), cache = folder.PathOf("cache");
        CountedTables tables = new();
        ImageData OpenCached() => DataSets.Open(folder.PathOf("set"), request: new DataRequest { Tables = tables, CacheFolder = cache });
        for (int i = 0; i < 2; i++)
        {
            using ImageData data = OpenCached();
            Assert.Equal([.. Red(1), .. Red(2)], Pixels(data.Train));
        }

        Assert.Equal(1, tables.Reads);
        string unpacked = Assert.Single(Directory.GetFiles(cache, "*.pictures"));
        byte[] sound = File.ReadAllBytes(unpacked);
        byte[] damaged = [.. sound];
        damaged[^60] ^= 1;
        foreach (byte[] other in new[] { damaged, sound[..^1], [], sound[..40] }) // none of them is what was written: it is unpacked again
        {
            File.WriteAllBytes(unpacked, other);
            using ImageData data = OpenCached();
            Assert.Equal([.. Red(1), .. Red(2)], Pixels(data.Train));
        }

        Assert.Equal(5, tables.Reads);
        sound = File.ReadAllBytes(unpacked);
        sound[3] ^= 1;
        File.WriteAllBytes(unpacked, sound);
        string message = Assert.Throws<BadDataException>(OpenCached).Message;
        Assert.Contains("row 0 is damaged in the file that it was unpacked into", message, StringComparison.Ordinal);
        Assert.Contains(unpacked, message, StringComparison.Ordinal);
        File.Delete(unpacked);
        folder.Table("set/a.parquet", [Picture(5), Picture(2), Picture(7)], [0, 1, 1]);
        using ImageData changed = OpenCached();
        Assert.Equal([.. Red(5), .. Red(2), .. Red(7)], Pixels(changed.Train));
        Assert.NotNull(path);
    }

    [Fact]
    public void OfSeveralThatBeginTogetherOneUnpacks()
    {
        folder.Table("set/a.parquet", [Picture(1), Picture(2)], [0, 1]);
        CountedTables tables = new() { Milliseconds = 300 };
        string?[] faults = new string?[4];
        Thread[] threads = [.. faults.Select((_, i) => new Thread(() => faults[i] = Record.Exception(() =>
        {
            using ImageData data = DataSets.Open(folder.PathOf("set"), request: new DataRequest { Tables = tables, CacheFolder = folder.PathOf("cache") });
            Assert.Equal([.. Red(1), .. Red(2)], Pixels(data.Train));
        })?.ToString()))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(faults, Assert.Null);
        Assert.Equal(1, tables.Reads);
        Assert.Single(Directory.GetFiles(folder.PathOf("cache"), "parquet-*")); // no lock and no part of a file
    }

    [Fact]
    public void WhatIsWrongIsNamed()
    {
        void Expect(string expected, string column, byte[]?[] pictures, long?[] labels)
        {
            string path = folder.Table("one/train-0.parquet", pictures, labels, null, column);
            string message = Assert.Throws<BadDataException>(() => Open(folder.PathOf("one"))).Message;
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }

        Expect("row 1 has no label (it is null or negative)", "image", [Picture(1), Picture(2)], [0, -1]);
        Expect("row 1 has no label (it is null or negative)", "image", [Picture(1), Picture(2)], [0, null]);
        Expect("row 0 has no bytes of a picture", "img", [null, Picture(2)], [0, 0]);
        Expect("1 of the 2 images cannot be read", "img", [[1, 2, 3], Picture(2)], [0, 0]);
        WriteNumbers(folder.Write("other/a.parquet", []));
        Assert.Contains(
            "has no column of images; expected 'image' or 'img', with bytes; it has 'weight', 'label'.",
            Assert.Throws<BadDataException>(() => Open(folder.PathOf("other"))).Message, StringComparison.Ordinal);
        string sound = folder.Table("cut/train-0.parquet", [Picture(1)], [0]);
        byte[] bytes = File.ReadAllBytes(sound);
        foreach (int length in new[] { 0, 3, bytes.Length / 2, bytes.Length - 1 })
        {
            folder.Write("cut/train-0.parquet", bytes[..length]);
            Assert.StartsWith(
                $"{sound} cannot be read as Parquet; it is cut short or corrupt", Assert.Throws<BadDataException>(() => Open(folder.PathOf("cut"))).Message, StringComparison.Ordinal);
        }

        Assert.Contains("has no reader for", TemporaryFolder.Fault(folder.PathOf("one")), StringComparison.Ordinal);
        Assert.Contains("has no .parquet files", TemporaryFolder.Fault(Directory.CreateDirectory(folder.PathOf("empty")).FullName, "parquet"), StringComparison.Ordinal);
    }

    private static ImageData Open(string path) => DataSets.Open(path, request: new DataRequest { Tables = new ParquetTables() });

    private static void WriteNumbers(string path)
    {
        using ParquetFileWriter writer = new(path, [new Column<double>("weight"), new Column<long>("label")]);
        using RowGroupWriter group = writer.AppendRowGroup();
        using (LogicalColumnWriter<double> column = group.NextColumn().LogicalWriter<double>()) column.WriteBatch([1.5]);
        using (LogicalColumnWriter<long> column = group.NextColumn().LogicalWriter<long>()) column.WriteBatch([1]);
        writer.Close();
    }

    private static byte[] Picture(int red) => TemporaryFolder.Png(6, 5, (byte)red, 100, 7);

    private static byte[] Red(int red) => [.. Enumerable.Repeat<byte[]>([(byte)red, 100, 7], 30).SelectMany(pixel => pixel)];

    private static byte[] Pixels(IImageSet set) => [.. Enumerable.Range(0, set.Count).SelectMany(i =>
    {
        byte[] pixels = [];
        (int height, int width) = set.Read(i, ref pixels);
        return pixels.AsSpan(0, 3 * height * width).ToArray();
    })];

    private sealed class CountedTables : IImageTables
    {
        private int reads;

        public int Reads => reads;

        public int Milliseconds { get; init; }

        public IReadOnlyList<string>? Read(string path, TableRow row, CancellationToken stop)
        {
            Interlocked.Increment(ref reads);
            Thread.Sleep(Milliseconds);
            return new ParquetTables().Read(path, row, stop);
        }
    }
}
