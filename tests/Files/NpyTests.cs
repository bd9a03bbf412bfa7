using System.Text;
using NegSamples.Files;

namespace NegSamples.Tests.Files;

public class NpyTests
{
    [Fact]
    public void AFileIsWrittenByteForByte()
    {
        using TemporaryFolder folder = new();
        Npy.Write(folder.PathOf("a.npy"), [1f, -2f], 2, 1);
        string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
        byte[] expected =
        [
            0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header.PadRight(117)), (byte)'\n', 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0,
        ];
        Assert.Equal(expected, File.ReadAllBytes(folder.PathOf("a.npy")));
        Assert.Equal(["a.npy"], folder.Names());
    }

    [Fact]
    public void ALineOfNumbersHasTheTuplesComma()
    {
        using TemporaryFolder folder = new();
        Npy.Write(folder.PathOf("a.npy"), new long[] { 5, -6, long.MaxValue }, 3);
        Assert.Contains("'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", Encoding.Latin1.GetString(File.ReadAllBytes(folder.PathOf("a.npy"))), StringComparison.Ordinal);
        (long[] values, int[] shape) = Npy.ReadLongs(folder.PathOf("a.npy"));
        Assert.Equal([5, -6, long.MaxValue], values);
        Assert.Equal([3], shape);
    }

    /// <summary>A single number, nothing, one axis, and headers around the lengths where the padding jumps.</summary>
    public static TheoryData<int[]> Shapes => new(
        [], [0], [7], [3, 5], [2, 0, 4], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 11]);

    [Theory, MemberData(nameof(Shapes))]
    public void EveryShapeComesBackAndDataStartAtAMultipleOf64(int[] shape)
    {
        using TemporaryFolder folder = new();
        float[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (product, axis) => product * axis)).Select(i => i == 1 ? float.NaN : (0.1f * i) - 3)];
        Npy.Write(folder.PathOf("a.npy"), values, shape);
        (float[] read, int[] readShape) = Npy.ReadFloats(folder.PathOf("a.npy"));
        Assert.Equal(values, read);
        Assert.Equal(shape, readShape);
        Assert.Equal(0, (new FileInfo(folder.PathOf("a.npy")).Length - (4 * values.Length)) % 64);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK-some other file, long enough")]
    public void AnotherFileIsRefused(string contents) => Refused(Encoding.ASCII.GetBytes(contents), "it does not start as an .npy file does");

    [Fact]
    public void EveryFaultIsNamed()
    {
        const string Good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
        Refused(FileWith(Good, 24, version: 4), "its version is 4.0; expected 1.0, 2.0 or 3.0.");
        Refused(FileWith(Good, 24)[..30], "it ends within its header");
        Refused(FileWith("{'descr': '<f4'}\n", 24), "its header is not understood");
        Refused(FileWith(Good.Replace("<f4", "<f8", StringComparison.Ordinal), 48), "it holds Float64; expected Float32.");
        Refused(FileWith(Good.Replace("False", "True", StringComparison.Ordinal), 24), "it is column-major");
        Refused(FileWith(Good, 23), "it has 23 bytes of data; expected 24 for its shape (2, 3).");
        Refused(FileWith(Good, 25), "it has 25 bytes of data; expected 24 for its shape (2, 3).");
        Refused(FileWith(Good.Replace("2, 3", "2000000000, 2000000000, 0", StringComparison.Ordinal), 0), "its shape is (2000000000, 2000000000, 0)");
        Refused(FileWith(Good.Replace("2, 3", "99999999999", StringComparison.Ordinal), 0), "an axis is '99999999999'");
    }

    [Fact]
    public void AShapeThatDoesNotFitIsRefused()
    {
        using TemporaryFolder folder = new();
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Npy.Write(folder.PathOf("a.npy"), [1f, 2f], 2, 2));
        Assert.Contains("shape is [2, 2]; expected axes whose product is the 2 values.", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Npy.Write(folder.PathOf("a.npy"), [1f, 2f], -1, -2));
        Assert.Empty(folder.Names());
    }

    private static byte[] FileWith(string header, int dataBytes, byte version = 1) =>
        [0x93, .. "NUMPY"u8, version, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[dataBytes]];

    private static void Refused(byte[] contents, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("bad.npy");
        File.WriteAllBytes(path, contents);
        BadDataException refused = Assert.Throws<BadDataException>(() => Npy.ReadFloats(path));
        Assert.StartsWith(path + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
