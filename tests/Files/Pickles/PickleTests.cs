using System.Text;
using NegSamples.Files;
using NegSamples.Files.Pickles;

namespace NegSamples.Tests.Files.Pickles;

public class PickleTests
{
    /// <summary>What pickle.dumps of Python 3.11 wrote for protocols 2 to 5 of {'data': a 2 x 3 array of bytes, 'labels': ..., b'more': ..., 'names': ...}.</summary>
    public static TheoryData<string> Written =>
    [
        "gAJ9cQAoWAQAAABkYXRhcQFjbnVtcHkuY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxAmNudW1weQpuZGFycmF5CnEDSwCFcQRjX2NvZGVjcwplbmNvZGUKcQVYAQAAAGJxBlgGAAAAbGF0"
        + "aW4xcQeGcQhScQmHcQpScQsoSwFLAksDhnEMY251bXB5CmR0eXBlCnENWAIAAAB1MXEOiYiHcQ9ScRAoSwNYAQAAAHxxEU5OTkr/////Sv////9LAHRxEmKJaAVYCQAAAAECA8O6w7vDvHETaAeG"
        + "cRRScRV0cRZiWAYAAABsYWJlbHNxF11xGChLBkv/Sv3///+KBgAAAAAAAWVoBVgEAAAAbW9yZXEZaAeGcRpScRtOiEc/+AAAAAAAAIdxHFgFAAAAbmFtZXNxHV1xHihYAgAAAMOpcR9YAwAAAGNh"
        + "dHEgaCBldS4=",
        "gAN9cQAoWAQAAABkYXRhcQFjbnVtcHkuY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxAmNudW1weQpuZGFycmF5CnEDSwCFcQRDAWJxBYdxBlJxByhLAUsCSwOGcQhjbnVtcHkKZHR5cGUK"
        + "cQlYAgAAAHUxcQqJiIdxC1JxDChLA1gBAAAAfHENTk5OSv////9K/////0sAdHEOYolDBgECA/r7/HEPdHEQYlgGAAAAbGFiZWxzcRFdcRIoSwZL/0r9////igYAAAAAAAFlQwRtb3JlcRNOiEc/"
        + "+AAAAAAAAIdxFFgFAAAAbmFtZXNxFV1xFihYAgAAAMOpcRdYAwAAAGNhdHEYaBhldS4=",
        "gASV5gAAAAAAAAB9lCiMBGRhdGGUjBVudW1weS5jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRhcnJheZSTlEsAhZRDAWKUh5RSlChLAUsCSwOGlGgFjAVkdHlw"
        + "ZZSTlIwCdTGUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LAHSUYolDBgECA/r7/JR0lGKMBmxhYmVsc5RdlChLBkv/Sv3///+KBgAAAAAAAWVDBG1vcmWUTohHP/gAAAAAAACHlIwFbmFtZXOU"
        + "XZQojALDqZSMA2NhdJRoHWV1Lg==",
        "gAWV0QAAAAAAAAB9lCiMBGRhdGGUjBJudW1weS5jb3JlLm51bWVyaWOUjAtfZnJvbWJ1ZmZlcpSTlCiWBgAAAAAAAAABAgP6+/yUjAVudW1weZSMBWR0eXBllJOUjAJ1MZSJiIeUUpQoSwOMAXyUTk"
        + "5OSv////9K/////0sAdJRiSwJLA4aUjAFDlHSUUpSMBmxhYmVsc5RdlChLBkv/Sv3///+KBgAAAAAAAWVDBG1vcmWUTohHP/gAAAAAAACHlIwFbmFtZXOUXZQojALDqZSMA2NhdJRoGWV1Lg==",
    ];

    [Theory]
    [MemberData(nameof(Written))]
    public void WhatPythonWroteIsRead(string base64)
    {
        Dictionary<string, object?> read = Assert.IsType<Dictionary<string, object?>>(Read(Convert.FromBase64String(base64), "x"));
        PickledArray array = Assert.IsType<PickledArray>(read["data"]);
        Assert.Equal(("u1", false), (array.Type, array.IsColumnMajor));
        Assert.Equal([2L, 3L], array.Shape);
        Assert.Equal([1, 2, 3, 250, 251, 252], array.Bytes.ToArray());
        Assert.Equal(new List<object?> { 6L, 255L, -3L, 1L << 40 }, read["labels"]);
        Assert.Equal(new object?[] { null, true, 1.5 }, read["more"]);
        Assert.Equal(new List<object?> { "é", "cat", "cat" }, read["names"]);
    }

    /// <summary>What Python would run, by any way that a pickle has to name and to call it.</summary>
    [Theory]
    [InlineData("gAJjcG9zaXgKc3lzdGVtCnEAWAwAAAB0b3VjaCAvdG1wL3hxAYVxAlJxAy4=", "it wants posix.system, which is not run")]
    [InlineData("gASVJwAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAx0b3VjaCAvdG1wL3iUhZRSlC4=", "it wants posix.system, which is not run")]
    public void AProgramIsRefusedByItsName(string base64, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadDataException>(() => Read(Convert.FromBase64String(base64), "x")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("cos\nsystem\n(X\u0002\0\0\0idtR.", "os.system")]
    [InlineData("cbuiltins\neval\n.", "builtins.eval")]
    [InlineData("cnumpy.core.multiarray\nscalar\n.", "numpy.core.multiarray.scalar")]
    [InlineData("c_codecs\ndecode\n.", "_codecs.decode")]
    [InlineData("cnumpy\nndarray.__class__\n.", "numpy.ndarray.__class__")]
    [InlineData("(ios\nsystem\n.", "opcode 0x69")] // INST names and calls at once
    [InlineData("}\u0081.", "opcode 0x81")] // NEWOBJ
    [InlineData("\u0082\u0001.", "opcode 0x82")] // EXT1, a name by number
    [InlineData("Pid\n.", "opcode 0x50")] // PERSID, a name that the reader resolves
    [InlineData("cnumpy\nndarray\n)R.", "arguments that are not understood")]
    [InlineData("c_codecs\nencode\nX\u0001\0\0\0aX\u0003\0\0\0rot\u0086R.", "encodes as rot; expected latin1")]
    [InlineData("}}b.", "a state to something that has none")]
    [InlineData("T\u00FF\u00FF\u00FF\u007F", "it ends early")]
    [InlineData("\u008E\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF.", "it ends early")]
    [InlineData("t.", "takes more than it has put")]
    [InlineData("(.", "takes more than it has put")]
    [InlineData(".", "takes more than it has put")]
    [InlineData("h\0.", "has not remembered")]
    [InlineData("\u0080\u0006.", "of a protocol that is not known")]
    public void WhatPlainValuesDoNotNeedIsRefused(string pickle, string expected)
    {
        string message = Assert.Throws<BadDataException>(() => Read(Encoding.Latin1.GetBytes(pickle), "the file")).Message;
        Assert.StartsWith("the file cannot be read as a pickle: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void AShortPickleCannotEncodeMuch()
    {
        string text = new('a', 100);
        byte[] pickle = Encoding.Latin1.GetBytes($"Xd\0\0\0{text}q\0X\u0006\0\0\0latin1q\u0001(" + string.Concat(Enumerable.Repeat("c_codecs\nencode\nh\0h\u0001\u0086R", 9)) + "t.");
        Assert.Contains("more text than it has", Assert.Throws<BadDataException>(() => Read(pickle, "x")).Message, StringComparison.Ordinal);
    }

    private static object? Read(byte[] pickle, string name) => Pickle.Read(pickle, name, new NumpyNames(pickle.Length));
}
