using System.Formats.Tar;
using System.IO.Compression;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Decoding;
using NegSamples.Files;
using NegSamples.Tests.Training;
using static NegSamples.Tests.Augment.Data.Shards.ShardWriter;

namespace NegSamples.Tests.Augment.Data.Shards;

public sealed class ShardSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void BracesAListAndAFolderAreTheSameSet()
    {
        folder.Shard("set/s-train-008.tar", [.. Sample("b", 10, "1"), .. Sample("a", 20, "10")]);
        folder.Shard("set/s-train-009.tar", [.. Sample("a", 30, "2"), ("a.txt", [1])]);
        folder.Shard("set/s-train-010.tar", [.. Sample("deep/a", 40, " 2\n")]);
        folder.Shard("set/s-test-000.tar", [.. Sample("x", 50, "10"), ("y.json", "{\"id\": 4, \"label\": 1}"u8.ToArray()), ("y.PNG", Picture(60)), ("readme", [1])]);
        string set = folder.PathOf("set/s-");
        HashSet<string> prints = [];
        foreach (string data in new[] { set + "{train-{008..010},test-000}.tar", $"{set}train-{{8..8}}.tar,{set}x" })
            Assert.Contains("s-", TemporaryFolder.Fault(data), StringComparison.Ordinal); // braces in braces, and what is not there
        foreach (string data in new[] { set + "{train,test}-{008..010}.tar" }) Assert.Contains("3 of the 6 files", TemporaryFolder.Fault(data), StringComparison.Ordinal);
        string[] ways = [$"{set}test-000.tar, {set}train-{{008..010}}.tar", $"{set}train-008.tar,{set}train-009.tar,{set}train-010.tar,{set}test-000.tar", folder.PathOf("set")];
        foreach (string data in ways)
        {
            using ImageData opened = DataSets.Open(data);
            Assert.Equal("webdataset", opened.Kind);
            Assert.Equal(["1", "2", "10"], opened.Train.ClassNames);
            Assert.Equal([(10, 0), (20, 2), (30, 1), (40, 1)], Pairs(opened.Train));
            Assert.Equal([(50, 2), (60, 0)], Pairs(opened.Test!));
            Assert.Contains("2 files of the shards ignored, neither images nor their labels", Assert.Single(opened.Warnings), StringComparison.Ordinal);
            prints.Add(opened.Train.Fingerprint + opened.Test!.Fingerprint);
            Assert.Equal(0, HeldImages.Bytes(data, opened.Kind));
        }

        Assert.Single(prints);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void LongNamesOfEveryFormatAreRead(TarEntryFormat format)
    {
        string name = string.Join('/', Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 40))) + "/é";
        string path = folder.Shard("one.tar", format, [.. Sample(name, 10, "cat"), .. Sample("b", 20, "ant")]);
        using ImageData data = DataSets.Open(path);
        Assert.Equal("webdataset", data.Kind);
        Assert.Equal(["ant", "cat"], data.Train.ClassNames);
        Assert.Equal([(10, 1), (20, 0)], Pairs(data.Train));
        Assert.Contains("`testShare` 0.1 holds out", Assert.Single(data.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, HeldImages.Bytes(path));
    }

    /// <summary>The same pictures in a folder, a zip, a tar and shards that have its order.</summary>
    [Fact]
    public void EveryFormGivesThePicturesAndLabelsOfTheFolder()
    {
        List<(string, byte[])> train = [], test = [];
        foreach ((string name, int i) in new[] { "ant", "bee", "cat" }.Select((name, i) => (name, i)))
        {
            for (int image = 0; image < 3; image++)
            {
                byte[] picture = Picture((byte)((40 * i) + image + 1));
                folder.Write($"set/{(image < 2 ? "train" : "test")}/{name}/{image}.png", picture);
                (image < 2 ? train : test).AddRange([($"{name}{image}.png", picture), ($"{name}{image}.json", System.Text.Encoding.UTF8.GetBytes($"{{\"class\":\"{name}\"}}"))]);
            }
        }

        folder.Shard("shards/train/0.tar", [.. train]);
        folder.Shard("shards/val/0.tar", [.. test]);
        using ImageData expected = DataSets.Open(folder.PathOf("set"));
        using TinyRun tiny = new();
        byte[] Stepped(string name, ImageData data) => TinyRun.Bytes(
            tiny.Train(name, stopAfter: 1, settings: TinyRun.Settings with { Batch = new() { Size = 4 } }, images: data.Train), "model.safetensors");
        byte[] weights = Stepped("expected", expected);
        foreach (string path in new[] { folder.Zip("set"), folder.Tar("set"), folder.PathOf("shards"), folder.PathOf("shards/{train,val}/0.tar") })
        {
            using ImageData data = DataSets.Open(path);
            Assert.Equal(expected.Train.ClassNames, data.Train.ClassNames);
            Assert.Equal(Pixels(expected.Train), Pixels(data.Train));
            Assert.Equal(Pixels(expected.Test!), Pixels(data.Test!));
            Assert.Equal(Pairs(expected.Train), Pairs(data.Train));
            Assert.Equal(Pairs(expected.Test!), Pairs(data.Test!));
            Assert.Equal(weights, Stepped(data.Train.Name, data));
        }
    }

    [Fact]
    public void SplitsAreNamedOrHeldOut()
    {
        foreach (int i in Enumerable.Range(0, 2)) folder.Shard($"plain/{i}.tar", [.. Enumerable.Range(0, 10).SelectMany(key => Sample($"{key}", (byte)((10 * i) + key), $"{key % 2}"))]);
        using (ImageData data = DataSets.Open(folder.PathOf("plain"), request: new() { TestShare = 0.2, Seed = 3 }))
            Assert.Equal((16, 4), (data.Train.Count, data.Test!.Count));
        folder.Shard("test-only/test-0.tar", Sample("a", 1, "cat"));
        using (ImageData data = DataSets.Open(folder.PathOf("test-only"))) Assert.Contains("also those named test", data.Warnings[0], StringComparison.Ordinal);
        folder.Shard("three/train-0.tar", Sample("a", 1, "cat"));
        folder.Shard("three/val-0.tar", Sample("a", 2, "cat"));
        folder.Shard("three/test-0.tar", Sample("a", 3, "cat"));
        using (ImageData data = DataSets.Open(folder.PathOf("three")))
        {
            Assert.Equal([(3, 0)], Pairs(data.Test!));
            Assert.Contains("named val", Assert.Single(data.Warnings), StringComparison.Ordinal);
        }

        Assert.Throws<DataRequestException>(() => DataSets.Open(folder.PathOf("three"), request: new() { TestShare = 0.2 }));
        folder.Shard("three/more-0.tar", Sample("a", 3, "cat"));
        Assert.Contains("more-0.tar is named neither train nor test", TemporaryFolder.Fault(folder.PathOf("three")), StringComparison.Ordinal);
        folder.Shard("other/train-0.tar", Sample("a", 1, "cat"));
        folder.Shard("other/test-0.tar", Sample("a", 2, "dog"));
        Assert.Contains("test-0.tar: a.png has the class dog, which no training image has", TemporaryFolder.Fault(folder.PathOf("other")), StringComparison.Ordinal);
        folder.Shard("unlabelled/0.tar", Sample("a", 1, null));
        using (ImageData data = DataSets.Open(folder.PathOf("unlabelled"))) Assert.Equal((1, 0), (data.Train.Count, data.Train.ClassNames.Count));
    }

    [Fact]
    public void AShardThatIsCutShortIsNamedWhereverItIsCut()
    {
        string path = folder.Shard("set/0.tar", [.. Sample("a", 10, "1"), .. Sample("b", 20, "2")]);
        byte[] whole = File.ReadAllBytes(path);
        int last = Array.FindLastIndex(whole, value => value != 0), end = (last / 512 * 512) + 512;
        foreach (int length in new[] { 100, 600, 1024, 1500, 2048, end - 512, end - 1, end })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.StartsWith($"{path} is cut short", TemporaryFolder.Fault(folder.PathOf("set")), StringComparison.Ordinal);
        }

        File.WriteAllBytes(path, []);
        Assert.StartsWith($"{path} is cut short", TemporaryFolder.Fault(folder.PathOf("set")), StringComparison.Ordinal);
        File.WriteAllBytes(path, [.. whole[..^1]]); // its last blocks are empty, and one of them is enough
        DataSets.Open(folder.PathOf("set")).Dispose();
        whole[3] ^= 1;
        File.WriteAllBytes(path, whole);
        Assert.Equal($"{path} is corrupt: there is no header of a member at byte 0.", TemporaryFolder.Fault(folder.PathOf("set")));
    }

    [Fact]
    public void WhatASampleLacksOrHasTwiceIsNamed()
    {
        foreach ((string name, (string, byte[])[] members, string expected) in new (string, (string, byte[])[], string)[]
        {
            ("lack", [.. Sample("a", 1, "1"), .. Sample("b", 2, null)], "b.png has no label (KEY.cls, or KEY.json with \"label\" or \"class\"): 1 of 2 pictures"),
            ("json", [.. Sample("a", 1, "1"), .. Sample("b", 2, null), ("b.json", "{\"id\":1}"u8.ToArray())], "b.png has no label"),
            ("two", [.. Sample("a", 1, "1"), ("a.jpg", Picture(2))], "the key a has two pictures; expected one."),
            ("two labels", [.. Sample("a", 1, "1"), ("a.cls", "2"u8.ToArray())], "the key a has two .cls files"),
            ("empty", [.. Sample("a", 1, " ")], "a.cls holds ''; expected one line"),
            ("lines", [.. Sample("a", 1, "1\n2")], "a.cls holds '1\n2'; expected one line"),
            ("half", [.. Sample("a", 1, null), ("a.json", "{\"label\": 1.5}"u8.ToArray())], "a.json has the label 1.5; expected a whole number"),
            ("no json", [.. Sample("a", 1, null), ("a.json", "{\"label\": "u8.ToArray())], "a.json is no JSON"),
            ("no pictures", [("a.cls", "1"u8.ToArray())], "has no pictures in its shards of train"),
            ("bad picture", [("a.cls", "1"u8.ToArray()), ("a.png", [1, 2, 3])], "1 of the 1 image cannot be read"),
        })
        {
            folder.Shard($"{name}/0.tar", members);
            Assert.Contains(expected, TemporaryFolder.Fault(folder.PathOf(name)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void APackedShardIsRefusedWithTheReason()
    {
        string path = folder.Shard("set/0.tar", Sample("a", 1, "1")), packed = folder.PathOf("0.tar.gz");
        using (GZipStream stream = new(File.Create(packed), CompressionLevel.Fastest)) stream.Write(File.ReadAllBytes(path));
        File.Copy(packed, folder.PathOf("renamed.tar"));
        foreach (string data in new[] { packed, $"{packed},{path}", folder.PathOf("{0..3}.tar.gz"), $"{folder.PathOf("renamed.tar")},{path}" })
            Assert.Contains("is a packed shard", TemporaryFolder.Fault(data), StringComparison.Ordinal);
        Assert.Contains("names " + path + " twice", TemporaryFolder.Fault($"{path},{path}"), StringComparison.Ordinal);
        Assert.Contains("a brace that is not closed", TemporaryFolder.Fault(folder.PathOf("{0.tar,1.tar"), "webdataset"), StringComparison.Ordinal);
        Assert.Contains("has no .tar files", TemporaryFolder.Fault(Directory.CreateDirectory(folder.PathOf("empty")).FullName, "webdataset"), StringComparison.Ordinal);
    }

    [Fact]
    public void AShardThatRestsIsListedOnce()
    {
        string path = folder.Shard("set/0.tar", [.. Sample("a", 10, "cat"), .. Sample("b", 20, "dog")]), cache = folder.PathOf("cache");
        DataRequest request = new() { CacheFolder = cache };
        string Print()
        {
            using ImageData data = DataSets.Open(folder.PathOf("set"), request: request);
            return data.Train.Fingerprint + string.Join(' ', Pairs(data.Train));
        }

        string first = Print();
        Assert.False(Directory.Exists(cache)); // written just now: the next write might have the same stamp
        Thread.Sleep(TimeSpan.FromSeconds(2.1));
        Assert.Equal(first, Print());
        string index = Assert.Single(Directory.GetFiles(cache, "shards-*")), stored = File.ReadAllText(index);
        Assert.Contains("\tdog\tb.png\n", stored, StringComparison.Ordinal);
        ShardIndex known = new ShardCache(cache, folder.PathOf("set")).Find("0.tar", FileStamp.Of(path))!;
        Assert.Equal(["cat", "dog"], known.Pictures.Select(picture => picture.Label!));
        Assert.Equal(first, Print());
        File.WriteAllText(index, stored.Replace("\tdog\t", "\tcow\t", StringComparison.Ordinal));
        Assert.Equal(first, Print());
        folder.Shard("set/0.tar", [.. Sample("a", 10, "cat"), .. Sample("b", 20, "cow")]);
        Assert.NotEqual(first, Print());
    }

    [Fact]
    public void AShardThatIsShortenedWhileItIsOpenIsNamed()
    {
        string path = folder.Shard("set/0.tar", Sample("a", 10, "cat"));
        using ImageData data = DataSets.Open(folder.PathOf("set"), request: new() { Decoder = new ImageSharpDecoder() });
        using (FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(1100);
        byte[] pixels = [];
        Assert.Contains("0.tar: a.png ends early", Assert.Throws<BadDataException>(() => data.Train.Read(0, ref pixels)).Message, StringComparison.Ordinal);
    }

    private static (int Red, int Label)[] Pairs(IImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i =>
    {
        byte[] pixels = [];
        set.Read(i, ref pixels);
        return ((int)pixels[0], set.Label(i));
    })];

    private static byte[] Pixels(IImageSet set) => [.. Enumerable.Range(0, set.Count).SelectMany(i =>
    {
        byte[] pixels = [];
        (int height, int width) = set.Read(i, ref pixels);
        return pixels.AsSpan(0, 3 * height * width).ToArray();
    })];
}
