using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using NegSamples.Files;
using NegSamples.Files.Weights;

namespace NegSamples.Tests.Files.Weights;

public sealed class TorchWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, double> Types => new() { { "FloatStorage", 0 }, { "HalfStorage", 1.0 / 2048 }, { "BFloat16Storage", 1.0 / 128 }, { "DoubleStorage", 0 } };

    /// <summary>Every type is what its bits say: to half precision's rounding, or bfloat16's cut, of the number.</summary>
    [Theory, MemberData(nameof(Types))]
    public void EveryTypeIsRead(string storage, double rounding)
    {
        float[] values = Numbers(24);
        using WeightsFile file = Open(TorchFile.Of([("layer1.weight", [2, 3, 4], values), ("scalar", [], [0.25f])], storage));
        Assert.Equal([("", "layer1.weight", "[2, 3, 4]"), ("", "scalar", "[]")], file.Entries.Select(entry => (entry.Group, entry.Name, entry.ShapeText)));
        float[] read = file.Read(file.Entries[0]);
        for (int i = 0; i < values.Length; i++) Assert.InRange(read[i], values[i] - (rounding * Math.Abs(values[i])), values[i] + (rounding * Math.Abs(values[i])));
        Assert.Equal([0.25f], file.Read(file.Entries[1]));
    }

    /// <summary>A transposed part of a larger storage, one number for all places, and channels last.</summary>
    [Fact]
    public void StridesAreFollowed()
    {
        float[] storage = Numbers(60);
        byte[] bytes = TorchFile.Bytes(storage, "FloatStorage");
        using WeightsFile file = Open(new TorchFile { Root = "resnet" }.BeginOrdered()
            .Text("turned").Tensor("FloatStorage", bytes, 60, 7, [4, 3], [1, 5])
            .Text("one").Tensor("FloatStorage", bytes, 60, 59, [2, 2], [0, 0])
            .Text("last").Tensor("FloatStorage", bytes, 60, 0, [2, 3, 2, 5], [30, 1, 15, 3])
            .Text("none").Tensor("FloatStorage", bytes, 60, 60, [0, 3], [3, 1]).EndOrdered().ToArray());
        Assert.Equal([.. from i in Enumerable.Range(0, 4) from j in Enumerable.Range(0, 3) select storage[7 + i + (5 * j)]], file.Read(file.Entries[0]));
        Assert.Equal([.. Enumerable.Repeat(storage[59], 4)], file.Read(file.Entries[1]));
        Assert.Equal([.. from o in Enumerable.Range(0, 2) from c in Enumerable.Range(0, 3) from y in Enumerable.Range(0, 2) from x in Enumerable.Range(0, 5)
            select storage[(30 * o) + c + (15 * y) + (3 * x)]], file.Read(file.Entries[2]));
        Assert.Empty(file.Read(file.Entries[3]));
    }

    [Fact]
    public void BigEndianBytesAreTurned()
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteSingleBigEndian(bytes, 1.5f);
        BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(4), -3e-9f);
        using WeightsFile file = Open(new TorchFile { ByteOrder = "big" }.BeginOrdered().Text("w").Tensor("FloatStorage", bytes, 2, 0, [2], [1]).EndOrdered().ToArray());
        Assert.Equal([1.5f, -3e-9f], file.Read(file.Entries[0]));
    }

    /// <summary>Dictionaries in one another, parameters, counters, settings of the training and keys that are numbers, as checkpoints have them.</summary>
    [Fact]
    public void ACheckpointIsReadWithWhatElseItHolds()
    {
        byte[] four = TorchFile.Bytes([1, 2, 3, 4], "FloatStorage");
        TorchFile torch = new TorchFile { ByteOrder = null }.BeginDictionary().Text("epoch").Number(199).Text("arch").Text("resnet50");
        torch.Text("args").Global("argparse", "Namespace").Put(')').Put(0x81).BeginDictionary().Text("lr").Put('G').Put(new byte[8]).EndDictionary().Put('b');
        torch.Text("state_dict").BeginOrdered().Text("w").Global("torch._utils", "_rebuild_parameter").Tensor("FloatStorage", four, 4, 0, [4], [1]).Put(0x88)
            .Global("collections", "OrderedDict").Put(')', 'R').Put(0x87).Put('R').Text("n").Tensor("LongStorage", new byte[8], 1, 0, [], []).EndOrdered();
        torch.Text("optimizer").BeginDictionary().Text("state").BeginDictionary().Number(0).BeginDictionary().Text("momentum").Tensor("FloatStorage", four, 4, 0, [4], [1])
            .EndDictionary().EndDictionary().EndDictionary().EndDictionary();
        using WeightsFile file = Open(torch.ToArray());
        Assert.Equal([("state_dict", "w"), ("state_dict", "n")], file.Entries.Select(entry => (entry.Group, entry.Name)).Where(entry => entry.Group == "state_dict"));
        Assert.Equal([1, 2, 3, 4], file.Read(file.Entries[0]));
    }

    /// <summary>What Python would run is refused by its name before anything is made of it.</summary>
    [Theory, InlineData("posix", "system"), InlineData("builtins", "eval"), InlineData("torch", "load"), InlineData("torch.hub", "_load"), InlineData("__main__", "Model")]
    public void AProgramIsRefusedByItsName(string module, string member)
    {
        byte[] bytes = new TorchFile().BeginDictionary().Text("w").Global(module, member).Text("touch /tmp/x").Put(0x85).Put('R').EndDictionary().ToArray();
        Assert.Contains($"it wants {module}.{member}, which is not run", Refusal(bytes), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "reach", "reaches number 4 of its storage, which has 4" }, { "far", "reaches number 9223372036854775806" }, { "huge", "expected 34359738368, 8589934592 numbers" },
        { "type", "calls something with arguments that are not understood" }, { "absent", "which the archive does not have" }, { "short", "has 12 bytes; expected 16" },
        { "compressed", "expected them as they are" }, { "order", "its byte order is middle" }, { "list", "holds no dictionary of tensors" }, { "cut", "is a damaged archive" },
        { "former", "before PyTorch 1.6" }, { "script", "TorchScript" }, { "text", "is no file of weights" }, { "pickle", "a pickle alone" }, { "two", "with 2 files data.pkl" }, { "again", "expected each number once" },
        { "pairs", "dictionaries of more pairs" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void WhatIsWrongIsNamed(string fault, string expected)
    {
        byte[] four = TorchFile.Bytes([1, 2, 3, 4], "FloatStorage");
        TorchFile One(int[] shape, long offset = 0, long count = 4, string storage = "FloatStorage", TorchFile? file = null) =>
            (file ?? new()).BeginOrdered().Text("w").Tensor(storage, four, count, offset, shape, TorchFile.Contiguous(shape)).EndOrdered();
        byte[] sound = One([4]).ToArray();
        byte[] bytes = fault switch
        {
            "reach" => One([5]).ToArray(),
            "far" => One([1], long.MaxValue - 1, 4).ToArray(),
            "huge" => One([4], 0, 1L << 33).ToArray(),
            "type" => One([4], storage: "_UntypedStorage", file: new()).ToArray(),
            "absent" => Without(sound, "archive/data/0"),
            "short" => new TorchFile().BeginOrdered().Text("w").Tensor("FloatStorage", four[..12], 4, 0, [4], [1]).EndOrdered().ToArray(),
            "compressed" => new TorchFile { Compression = CompressionLevel.SmallestSize }.BeginOrdered().Text("w").Tensor("FloatStorage", new byte[4000], 1000, 0, [1000], [1]).EndOrdered().ToArray(),
            "order" => One([4], file: new() { ByteOrder = "middle" }).ToArray(),
            "list" => new TorchFile().Put(']').ToArray(),
            "cut" => sound[..(sound.Length / 2)],
            "former" => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, .. "."u8],
            "again" => new TorchFile().BeginOrdered().Text("w").Tensor("FloatStorage", four, 4, 0, [1 << 20, 1 << 20], [0, 0]).EndOrdered().ToArray(),
            "script" => With(sound, "archive/constants.pkl"),
            "two" => With(sound, "other/data.pkl"),
            "pairs" => new TorchFile().Put(']').Put('(').Put([.. Enumerable.Repeat((byte)')', 50)]).Put('e').Put('q').Put(200).Put('0').Put('(')
                .Put([.. Enumerable.Range(0, 40).SelectMany(_ => Encoding.Latin1.GetBytes("ccollections\nOrderedDict\nh\u00C8\u0085R"))]).Put('t').ToArray(),
            "pickle" => [0x80, 0x04, .. "}."u8],
            _ => "weights"u8.ToArray(),
        };
        if (fault == "type") expected = "it wants torch._UntypedStorage, which is not run";
        Assert.Contains(expected, Refusal(bytes), StringComparison.Ordinal);
    }

    /// <summary>A file that claims gigabytes is refused in kilobytes.</summary>
    [Fact]
    public void NoMemoryIsTakenForWhatIsClaimed()
    {
        byte[] bytes = new TorchFile().BeginOrdered().Text("w").Tensor("FloatStorage", new byte[4], 1 << 30, 0, [1 << 29], [1]).EndOrdered().ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("expected 4294967296", Refusal(bytes), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void SafetensorsAreReadByTheSameDoor()
    {
        string path = folder.PathOf("w.safetensors");
        Safetensors.Write(path, [SafetensorsEntry.Of("a", new float[] { 1, 2 }, 2), SafetensorsEntry.Of("n", new long[] { 5 }, [])], new Dictionary<string, string>());
        using WeightsFile file = WeightsFile.Open(path);
        Assert.Equal(["a", "n"], file.Entries.Select(entry => entry.Name));
        Assert.Equal([1, 2], file.Read(file.Entries[0]));
        Assert.Equal([5], file.Read(file.Entries[1]));
    }

    public void Dispose() => folder.Dispose();

    private static float[] Numbers(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private WeightsFile Open(byte[] bytes)
    {
        folder.Write("w.pth", bytes);
        return WeightsFile.Open(folder.PathOf("w.pth"));
    }

    private string Refusal(byte[] bytes) => Assert.Throws<BadDataException>(() =>
    {
        using WeightsFile file = Open(bytes);
        foreach (WeightEntry entry in file.Entries) file.Read(entry);
    }).Message;

    private static byte[] Without(byte[] zip, string name) => Changed(zip, archive => archive.GetEntry(name)!.Delete());

    private static byte[] With(byte[] zip, string name) => Changed(zip, archive => archive.CreateEntry(name, CompressionLevel.NoCompression));

    private static byte[] Changed(byte[] zip, Action<ZipArchive> change)
    {
        using MemoryStream stream = new();
        stream.Write(zip);
        using (ZipArchive archive = new(stream, ZipArchiveMode.Update, leaveOpen: true)) change(archive);
        return stream.ToArray();
    }
}
