using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using NegSamples.Files;
using NegSamples.Files.Arrays;

namespace NegSamples.Tests.Files.Arrays;

/// <summary>Arrays of other programs: every type, byte order, order of axes, version and container gives the numbers that were put in.</summary>
public class ArrayFileTests
{
    private static readonly double[] Values = [0, 1, 2, 7, 100, 127, 3, 5, 11, 64, 1, 0, 9, 8, 6, 4, 10, 12, 13, 14, 15, 16, 17, 18];

    public static TheoryData<string, bool, int> Written()
    {
        TheoryData<string, bool, int> all = [];
        foreach (string type in new[] { "|b1", "|i1", "|u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8" })
        foreach (bool columnMajor in new[] { false, true })
            all.Add(type, columnMajor, 1 + (all.Count % 3));
        return all;
    }

    [Theory, MemberData(nameof(Written))]
    public void EveryNpyIsRead(string type, bool columnMajor, int version)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("a.npy");
        double[] values = type == "|b1" ? [.. Values.Select(value => value % 2)] : Values;
        File.WriteAllBytes(path, NpyOf(type, columnMajor, version, values, 2, 3, 4));
        using ArrayFile array = ArrayFile.Open(path);
        Assert.Equal([2, 3, 4], array.Shape.ToArray());
        float[] floats = new float[24];
        array.Read(0, floats);
        Assert.Equal(values.Select(value => (float)value), floats);
        long[] whole = new long[5];
        array.Read(7, whole);
        Assert.Equal(values[7..12].Select(value => (long)value), whole);
    }

    [Theory]
    [InlineData("<f4", false, true)]
    [InlineData("<f4", true, false)]
    [InlineData(">f4", false, false)]
    [InlineData("<f8", false, false)]
    public void AllNumbersAreReadWhereTheyLieOrConverted(string type, bool columnMajor, bool lies)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("a.npy");
        if (lies) Npy.Write(path, [.. Values.Select(value => (float)value)], 2, 3, 4); // whose numbers begin at a multiple of 64 bytes
        else File.WriteAllBytes(path, NpyOf(type, columnMajor, 1, Values, 2, 3, 4));
        ReadOnlyMemory<float> numbers;
        using (ArrayFile array = ArrayFile.Open(path))
        {
            numbers = array.Floats();
            Assert.Equal(lies, array.LiesAsFloats);
            Assert.Equal(Values.Select(value => (float)value), numbers.ToArray());
        }

        // Numbers in the file go with it, converted ones stay.
        if (lies) Assert.Throws<ObjectDisposedException>(() => numbers.ToArray());
        else Assert.Equal(24, numbers.Span.Length);
    }

    [Theory]
    [InlineData("<i4", -7)]
    [InlineData("|i1", -128)]
    [InlineData("<f2", -0.5)]
    [InlineData(">f8", 1e-30)]
    public void SignsAndFractionsStay(string type, double value)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.PathOf("a.npy"), NpyOf(type, false, 1, [value], 1));
        using ArrayFile array = ArrayFile.Open(folder.PathOf("a.npy"));
        float[] floats = new float[1];
        array.Read(0, floats);
        Assert.Equal((float)value, floats[0]);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void AMemberOfAnNpzIsRead(CompressionLevel level)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("a.npz");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach ((string name, double[] values) in new[] { ("features", Values), ("labels", Values[..2]) })
            {
                using Stream entry = archive.CreateEntry(name + ".npy", level).Open();
                entry.Write(NpyOf("<f4", false, 1, values, values.Length / 2, 2));
            }
        }

        using ArrayFile array = ArrayFile.Open(path, "labels");
        float[] read = new float[2];
        array.Read(0, read);
        Assert.Equal([0, 1], read);
        Refused(() => ArrayFile.Open(path), $"{path}: which of its arrays? it has features, labels; name one as {path}:NAME.");
        Refused(() => ArrayFile.Open(path, "lables"), $"{path} has no array 'lables'; it has features, labels.");
    }

    [Fact]
    public void AMemberThatClaimsMoreThanItHasIsRefusedBeforeMemoryIsTaken()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("a.npz");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream entry = archive.CreateEntry("a.npy").Open();
            entry.Write(NpyOf("<f4", false, 1, [1], 1_000_000_000));
        }

        Refused(() => ArrayFile.Open(path), "it has 4 bytes of data; expected 4000000000 for its shape (1000000000)");
    }

    /// <summary>A file that is meant as safetensors is told what its header says wrong, not that it is no text.</summary>
    [Theory]
    [InlineData("a.safetensors", 1_000_000_000_000, "the header's length is 1000000000000 bytes; expected 100000000 at most")]
    [InlineData("a.bin", 1_000_000_000_000, "the header's length is 1000000000000 bytes; expected 100000000 at most")]
    [InlineData("a.bin", 70, "the header's length is 70 bytes; expected 66 at most")]
    [InlineData("a.safetensors", 58, "'z' ends at byte 9 of the data; expected 8 at most")]
    public void ASafetensorsHeaderThatLiesIsNamed(string name, long length, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf(name), header = """{"z":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}      """[..58];
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(length), .. System.Text.Encoding.UTF8.GetBytes(header), .. new byte[8]]);
        Refused(() => ArrayFile.Open(path), message);
    }

    [Fact]
    public void ATensorOfASafetensorsFileIsRead()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("a.safetensors");
        Safetensors.Write(path, [SafetensorsEntry.Of("z", (float[])[1.5f, -2], 1, 2), SafetensorsEntry.Of("y", (long[])[4, 5, 6], 3)], new Dictionary<string, string>());
        using ArrayFile z = ArrayFile.Open(path, "z"), y = ArrayFile.Open(path, "y");
        (float[] floats, long[] whole) = (new float[2], new long[3]);
        z.Read(0, floats);
        y.Read(0, whole);
        Assert.Equal([1.5f, -2], floats);
        Assert.Equal([4, 5, 6], whole);
    }

    [Theory]
    [InlineData("1,2\n3,4\n")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n")]
    [InlineData("1;2\n3;4")]
    [InlineData("x\ty\n1\t2\n\n3\t4\n")]
    [InlineData("1  2\n3 4e0\n")]
    [InlineData(",b\n1,2\n3,4\n")] // no index: it does not count
    public void ATableIsRead(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.PathOf("a.csv"), text);
        using ArrayFile array = ArrayFile.Open(folder.PathOf("a.csv"));
        Assert.Equal([2, 2], array.Shape.ToArray());
        float[] read = new float[4];
        array.Read(0, read);
        Assert.Equal([1, 2, 3, 4], read);
    }

    [Theory]
    [InlineData("1,2\n3\n", "line 2 has 1 column; expected 2, as the first row.")]
    [InlineData("1;2\n3;4,5\n", "line 2 has '4,5'; expected a number with a decimal point.")]
    [InlineData("a,b\n", "has no numbers; expected rows of numbers as text, or .npy, .npz, .safetensors.")]
    [InlineData("", "has no numbers")]
    [InlineData(",a\n0,0.5\n1,0.25\n", "line 1 gives the first column no name, and it counts the rows, as the index that pandas writes; expected features alone: write them with index=False.")]
    [InlineData("\"\",\"a\"\n0,0.5\n1,0.25\n", "write them with index=False")]
    [InlineData("0,1\n0.5,0.25\n", "line 1 counts from 0 to 1, as pandas names columns that have no names; expected rows of numbers: write them with header=False.")]
    [InlineData("0,1,2\n1e-3,2,3\n", "write them with header=False")]
    public void AFaultOfATableIsNamed(string text, string words)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.PathOf("a.csv"), text);
        Refused(() => ArrayFile.Open(folder.PathOf("a.csv")), words);
    }

    [Fact]
    public void CountedRowsAreNumbers()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.PathOf("a.csv"), "0,1,2\n3,4,5\n");
        using ArrayFile array = ArrayFile.Open(folder.PathOf("a.csv"));
        Assert.Equal([2, 3], array.Shape.ToArray());
    }

    /// <summary>numpy's own types in a .safetensors, whose bytes are written out here.</summary>
    [Theory]
    [InlineData("F64", "000000000000F83F00000000000000C0", 1.5, -2)]
    [InlineData("U64", "03000000000000000500000000000000", 3, 5)]
    [InlineData("U32", "03000000FFFFFFFF", 3, 4294967295)]
    [InlineData("I16", "0300FEFF", 3, -2)]
    [InlineData("U16", "0300FEFF", 3, 65534)]
    [InlineData("I8", "03FE", 3, -2)]
    [InlineData("BOOL", "0001", 0, 1)]
    public void EverySafetensorsIsRead(string type, string bytes, double first, double second)
    {
        using TemporaryFolder folder = new();
        byte[] data = Convert.FromHexString(bytes), header = Encoding.UTF8.GetBytes($$"""{"x":{"dtype":"{{type}}","shape":[2],"data_offsets":[0,{{data.Length}}]} }""");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using ArrayFile array = ArrayFile.Open(folder.Write("a.safetensors", [.. length, .. header, .. data]));
        float[] floats = new float[2];
        array.Read(0, floats);
        Assert.Equal([(float)first, (float)second], floats);
    }

    [Theory]
    [InlineData("'<U4'", "it holds '<U4'; expected numbers")]
    [InlineData("[('a', '<f4')]", "it holds [('a', '<f4')]; expected numbers")]
    [InlineData("'|O'", "it holds '|O'; expected numbers")]
    public void WhatIsNoNumbersIsRefused(string type, string words)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.PathOf("a.npy"), Header($"{{'descr': {type}, 'fortran_order': False, 'shape': (1,), }}", 1));
        Refused(() => ArrayFile.Open(folder.PathOf("a.npy")), words);
    }

    [Fact]
    public void FractionsAreNoLabels()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.PathOf("a.npy"), NpyOf("<f4", false, 1, [1, 1.5], 2));
        using ArrayFile array = ArrayFile.Open(folder.PathOf("a.npy"));
        Refused(() => array.Read(0, new long[2]), "number 1 is 1.5; expected whole numbers.");
    }

    private static void Refused(Action open, string words) =>
        Assert.Contains(words, Assert.Throws<BadDataException>(open).Message, StringComparison.Ordinal);

    private static byte[] Header(string dictionary, int version)
    {
        byte[] text = Encoding.ASCII.GetBytes(dictionary + "\n");
        byte[] length = version == 1 ? new byte[2] : new byte[4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text];
    }

    private static byte[] NpyOf(string type, bool columnMajor, int version, double[] rowMajor, params int[] shape)
    {
        double[] stored = [.. rowMajor];
        if (columnMajor)
        {
            for (int i = 0; i < rowMajor.Length; i++)
            {
                int rest = i, place = 0, stride = rowMajor.Length;
                for (int axis = shape.Length - 1; axis >= 0; axis--)
                {
                    stride /= shape[axis];
                    place += rest % shape[axis] * stride;
                    rest /= shape[axis];
                }

                stored[place] = rowMajor[i];
            }
        }

        IEnumerable<byte> bytes = stored.SelectMany(value => type[0] == '>' ? BytesOf(type[1..], value).Reverse() : BytesOf(type[1..], value));
        string axes = string.Join(", ", shape.Select(axis => axis.ToString(CultureInfo.InvariantCulture))) + (shape.Length == 1 ? "," : "");
        return [.. Header($"{{'descr': '{type}', 'fortran_order': {columnMajor}, 'shape': ({axes}), }}", version), .. bytes];
    }

    private static byte[] BytesOf(string type, double value) => type switch
    {
        "b1" or "u1" => [(byte)value],
        "i1" => [(byte)(sbyte)value],
        "i2" => BitConverter.GetBytes((short)value),
        "u2" => BitConverter.GetBytes((ushort)value),
        "i4" => BitConverter.GetBytes((int)value),
        "u4" => BitConverter.GetBytes((uint)value),
        "i8" => BitConverter.GetBytes((long)value),
        "u8" => BitConverter.GetBytes((ulong)value),
        "f2" => BitConverter.GetBytes((Half)value),
        "f4" => BitConverter.GetBytes((float)value),
        _ => BitConverter.GetBytes(value),
    };
}
