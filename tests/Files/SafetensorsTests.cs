using System.Buffers.Binary;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Tests.Files;

public class SafetensorsTests
{
    private static readonly Dictionary<string, string> NoTexts = [];

    [Fact]
    public void AFileIsWrittenByteForByte()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("weights.safetensors");
        Safetensors.Write(
            path,
            [SafetensorsEntry.Of("bytes", new byte[] { 7, 8, 9 }, 3), SafetensorsEntry.Of("b.weight", new[] { 1f, -2f }, 1, 2), SafetensorsEntry.Of("steps", new[] { 258L })],
            new Dictionary<string, string> { ["seed"] = "7", ["format"] = "pt" });

        // Names as given, texts in the order of their keys, and the longest element type first among the data.
        string header = """{"__metadata__":{"format":"pt","seed":"7"},"bytes":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}"""
            + ""","b.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"steps":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}""";
        int padded = (header.Length + 7) / 8 * 8;
        Assert.NotEqual(header.Length, padded);
        byte[] expected =
        [
            (byte)padded, 0, 0, 0, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(header.PadRight(padded)),
            2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 7, 8, 9,
        ];
        Assert.Equal(expected, File.ReadAllBytes(path));
        Assert.Equal(["weights.safetensors"], folder.Names());
    }

    [Fact]
    public void AFileOfAnotherWriterIsRead()
    {
        // Names not in the order of the data, spaces in the JSON, an empty tensor, half precisions: 1.5, -2 and the least float16.
        byte[] file = FileOf(
            """{ "z" : {"dtype":"BF16","shape":[2],"data_offsets":[6,10]}, "empty":{"dtype":"F32","shape":[0,3],"data_offsets":[6,6]},"a":{"dtype":"F16","shape":[3,1],"data_offsets":[0,6]} }  """,
            0x00, 0x3e, 0x00, 0xc0, 0x01, 0x00, 0xc0, 0x3f, 0x00, 0xc0);
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.PathOf("half.safetensors"), file);
        SafetensorsFile read = SafetensorsFile.Read(folder.PathOf("half.safetensors"));
        Assert.Equal(["z", "empty", "a"], read.Names);
        Assert.Empty(read.Metadata);
        Assert.Equal([1.5f, -2f, 1f / (1 << 24)], read.Floats("a"));
        Assert.Equal([1.5f, -2f], read.Floats("z"));
        Assert.Equal([3, 1], read.Shape("a").ToArray());
        Assert.Equal(SafetensorsType.BF16, read.Type("z"));
        Assert.Empty(read.Floats("empty"));
    }

    [Fact]
    public void WhatIsWrittenComesBack()
    {
        Random random = new(7);
        float[] floats = [.. Enumerable.Range(0, 1_050_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next()))]; // any bits, more than one piece
        (long[] longs, int[] ints, byte[] bytes) = ([long.MinValue, -1, long.MaxValue], [int.MinValue, 5], [0, 255, 1, 2, 3]);
        Dictionary<string, string> texts = new() { ["quote\"d"] = "a\nb", ["ключ"] = "значение" };
        using TemporaryFolder folder = new();
        string path = folder.PathOf("all.safetensors");
        Safetensors.Write(
            path,
            [
                SafetensorsEntry.Of("a \"name\" + ü", floats, 3, 350_000), SafetensorsEntry.Of("ints", ints, 2), SafetensorsEntry.Of("longs", longs, 3),
                SafetensorsEntry.Of("bytes", bytes, 5), SafetensorsEntry.Of("none", Array.Empty<float>(), 0),
            ],
            texts);
        SafetensorsFile read = SafetensorsFile.Read(path);
        Assert.Equal(["a \"name\" + ü", "ints", "longs", "bytes", "none"], read.Names);
        Assert.Equal(texts, read.Metadata);
        Assert.Equal(floats.Select(BitConverter.SingleToInt32Bits), read.Floats("a \"name\" + ü", [3, 350_000]).Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(longs, read.Longs("longs"));
        Assert.Equal(ints, read.Ints("ints"));
        Assert.Equal([int.MinValue, 5], read.Longs("ints"));
        Assert.Equal([0, 255, 1, 2, 3], read.Longs("bytes"));
        Assert.Equal(bytes, read.Bytes("bytes"));
        Assert.True(read.Contains("none"));
        Assert.False(read.Contains("nothing"));
    }

    [Fact]
    public void AFileWithoutTensorsIsSound()
    {
        using TemporaryFolder folder = new();
        Safetensors.Write(folder.PathOf("none.safetensors"), [], NoTexts);
        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], File.ReadAllBytes(folder.PathOf("none.safetensors")));
        Assert.Empty(SafetensorsFile.Read(folder.PathOf("none.safetensors")).Names);
    }

    [Fact]
    public void TwoTensorsOfOneNameAreRefusedAndTheOldFileStays()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("weights.safetensors");
        File.WriteAllText(path, "old");
        SafetensorsEntry entry = SafetensorsEntry.Of("w", new[] { 1f }, 1), reserved = SafetensorsEntry.Of("__metadata__", new[] { 1f }, 1);
        Assert.Contains("Two tensors are named 'w'", Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [entry, entry], NoTexts)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [reserved], NoTexts));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Of("w", new[] { 1f, 2f }, 3));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal(["weights.safetensors"], folder.Names());
    }

    internal static byte[] FileOf(string header, params byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }
}
