using NegSamples.Files;

namespace NegSamples.Tests.Files;

public class SafetensorsFaultTests
{
    /// <summary>Header, bytes of data, what the message says.</summary>
    public static TheoryData<string, int, string> Faults => new()
    {
        { "", 0, "the header does not start with '{'" },
        { " {}", 0, "the header does not start with '{'" },
        { "[]", 0, "the header does not start with '{'" },
        { "{\"w\":", 0, "the header is not valid JSON" },
        { "{} {}", 0, "the header is not valid JSON" },
        { "{\"w\":" + new string('[', 100) + new string(']', 100) + "}", 0, "the header is not valid JSON" },
        { "{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "the header is not valid JSON" },
        { Two("w", "[1]", "[0,4]", "w", "[1]", "[4,8]"), 8, "the header is not valid JSON" }, // one name twice
        { "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "the header is not valid JSON" },
        { "{\"w\":7}", 0, "'w' is a JSON Number; expected an object" },
        { "{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'w' has no dtype; expected one of F32, F16, BF16, I64, I32, U8, F64, U64, U32, I16, U16, I8, BOOL." },
        { "{\"w\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}}", 8, "the dtype of 'w' is F8_E4M3; expected one of F32, F16, BF16, I64, I32, U8, F64, U64, U32, I16, U16, I8, BOOL." },
        { "{\"w\":{\"dtype\":\"0\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "the dtype of 'w' is 0" },
        { "{\"w\":{\"dtype\":\"f32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "the dtype of 'w' is f32" },
        { "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "'w' has no shape" },
        { "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "'w' has no data_offsets" },
        { One("[-1]", "[0,4]"), 4, "the shape of 'w' has -1" },
        { One("[1.5]", "[0,4]"), 4, "the shape of 'w' has 1.5" },
        { One("[\"1\"]", "[0,4]"), 4, "the shape of 'w' has \"1\"" },
        { One("[3000000000]", "[0,12000000000]"), 4, "an axis of 'w' is 3000000000" },
        { One("[2000000000,2000000000,2000000000,0]", "[0,0]"), 0, "the shape of 'w' is [2000000000, 2000000000, 2000000000, 0]; expected a size that fits 64 bits." },
        { One("[1]", "[0,4,8]"), 4, "the data_offsets of 'w' are [0, 4, 8]" },
        { One("[1]", "[4,0]"), 4, "the data_offsets of 'w' are [4, 0]" },
        { One("[1]", "[-4,0]"), 4, "the data_offsets of 'w' has -4" },
        { One("[1]", "[0,99999999999999999999]"), 4, "the data_offsets of 'w' has 99999999999999999999" },
        { One("[2,3]", "[0,20]"), 20, "'w' has 20 bytes of data; expected 24 for F32 of shape [2, 3]." },
        { One("[2]", "[0,8]"), 7, "'w' ends at byte 8 of the data; expected 7 at most, the file is too short." },
        { One("[2]", "[0,8]"), 9, "9 bytes of data follow the header; expected 8, as its tensors have." },
        { One("[1]", "[4,8]"), 8, "'w' starts at byte 4 of the data; expected 0, the end of the header; there is a hole." },
        { Two("v", "[2]", "[0,8]", "w", "[2]", "[4,12]"), 12, "'w' starts at byte 4 of the data; expected 8, the end of 'v'; they overlap." },
        { Two("v", "[2]", "[0,8]", "w", "[1]", "[12,16]"), 16, "'w' starts at byte 12 of the data; expected 8, the end of 'v'; there is a hole." },
        { Two("v", "[2]", "[0,8]", "w", "[2]", "[0,8]"), 8, "they overlap" },
        { "{\"__metadata__\":[]}", 0, "__metadata__ is a JSON Array; expected an object." },
        { "{\"__metadata__\":{\"step\":3}}", 0, "__metadata__ 'step' is a JSON Number; expected a string." },
    };

    [Theory, MemberData(nameof(Faults))]
    public void AFaultInTheHeaderIsNamed(string header, int dataBytes, string message) => Refused(SafetensorsTests.FileOf(header, new byte[dataBytes]), message);

    [Fact]
    public void AFileThatEndsEarlyIsRefused()
    {
        byte[] sound = SafetensorsTests.FileOf(One("[2]", "[0,8]"), 1, 2, 3, 4, 5, 6, 7, 8);
        for (int length = 0; length < sound.Length; length++) Refused(sound[..length], "expected");
        Refused(sound[..7], "the file has 7 bytes; expected 8 or more.");
        Refused(sound[..20], "expected 12 at most, the file is too short.");
    }

    [Fact]
    public void AClaimedLengthIsNotTakenFromMemory()
    {
        Refused([0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0, .. "{}"u8], "the header's length is 100000001 bytes; expected 100000000 at most");
        Refused([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, .. "{}"u8], "the header's length is 18446744073709551615 bytes");
        Refused([3, 0, 0, 0, 0, 0, 0, 0, .. "{}"u8], "the header's length is 3 bytes; expected 2 at most, the file is too short.");
    }

    [Fact]
    public void AHeaderThatIsNotUtf8IsRefused() => Refused([4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff, 0xfe, (byte)'}'], "the header is not UTF-8");

    /// <summary>Any change of one byte is either refused as bad data or read; it never ends in another exception.</summary>
    [Fact]
    public void NoSingleWrongByteEscapesAsAnotherException()
    {
        byte[] sound = SafetensorsTests.FileOf(Two("v", "[2]", "[0,8]", "w", "[1]", "[8,12]"), new byte[12]);
        using TemporaryFolder folder = new();
        string path = folder.PathOf("changed.safetensors");
        int refused = 0;
        for (int at = 0; at < sound.Length; at++)
        {
            foreach (byte value in new byte[] { 0, (byte)'"', (byte)'9', (byte)'{', 0xff })
            {
                byte[] changed = [.. sound];
                changed[at] = value;
                File.WriteAllBytes(path, changed);
                try
                {
                    SafetensorsFile.Read(path);
                }
                catch (BadDataException)
                {
                    refused++;
                }
            }
        }

        Assert.True(refused > 400, $"{refused} were refused");
    }

    [Fact]
    public void AWrongQuestionNamesTheFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("weights.safetensors");
        File.WriteAllBytes(path, SafetensorsTests.FileOf(One("[2]", "[0,8]"), new byte[8]));
        SafetensorsFile file = SafetensorsFile.Read(path);
        Assert.Equal($"{path}: there is no tensor 'v'; expected one; the file has 1, the first is 'w'.", Assert.Throws<BadDataException>(() => file.Floats("v")).Message);
        Assert.Equal($"{path}: 'w' is [2]; expected [2, 1].", Assert.Throws<BadDataException>(() => file.Floats("w", [2, 1])).Message);
        Assert.Equal($"{path}: 'w' holds F32; expected I64, I32 or U8.", Assert.Throws<BadDataException>(() => file.Longs("w")).Message);
        Assert.Throws<BadDataException>(() => file.Bytes("w"));
        Assert.Throws<BadDataException>(() => file.Ints("w"));
    }

    private static string One(string shape, string offsets) => $$$"""{"w":{"dtype":"F32","shape":{{{shape}}},"data_offsets":{{{offsets}}}}}""";

    private static string Two(string name1, string shape1, string offsets1, string name2, string shape2, string offsets2) =>
        $$$"""{"{{{name1}}}":{"dtype":"F32","shape":{{{shape1}}},"data_offsets":{{{offsets1}}}},"{{{name2}}}":{"dtype":"F32","shape":{{{shape2}}},"data_offsets":{{{offsets2}}}}}""";

    private static void Refused(byte[] contents, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("bad.safetensors");
        File.WriteAllBytes(path, contents);
        BadDataException refused = Assert.Throws<BadDataException>(() => SafetensorsFile.Read(path));
        Assert.StartsWith(path + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
