using System.Text;
using Microsoft.Win32.SafeHandles;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>A file in a tar archive that is not packed.</summary>
/// <param name="Name">Its path.</param>
/// <param name="Offset">Where its bytes begin in the archive.</param>
/// <param name="Length">How many there are.</param>
internal readonly record struct TarMember(string Name, long Offset, long Length);

/// <summary>Lists a tar archive by its headers alone, passing over the contents (POSIX ustar and pax, GNU long names).</summary>
internal static class TarMembers
{
    private const int Record = 512, LongestName = 1 << 20;

    /// <summary>The files of an archive in their order; folders and links are passed over.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="BadDataException">It is cut short or no tar archive.</exception>
    public static IEnumerable<TarMember> Read(SafeFileHandle file, string path)
    {
        long end = RandomAccess.GetLength(file), at = 0;
        byte[] header = new byte[Record];
        string? longName = null;
        long? longLength = null;
        while (true)
        {
            if (!RegularFile.TryRead(file, header, at)) throw CutShort(path, $"it ends at byte {end} without the mark of its end");
            if (!header.AsSpan().ContainsAnyExcept((byte)0)) yield break;
            if (!HasItsSum(header)) throw new BadDataException($"{path} is corrupt: there is no header of a member at byte {at}.");
            byte type = header[156];
            long length = longLength is { } known && type is 0 or (byte)'0' or (byte)'7' ? known : NumberAt(header, 124, 12), contents = at + Record;

            // What the others claim of a length says nothing about the archive: there are no bytes of theirs.
            if (type is >= (byte)'1' and <= (byte)'6') length = 0;
            if (length < 0 || length > end - contents)
                throw CutShort(path, $"{longName ?? NameIn(header)} at byte {at} claims {Counted.Of(length, "byte")} and {Math.Max(0, end - contents)} are left");
            switch (type)
            {
                case (byte)'L':
                    longName = Text(Small(file, path, contents, length)).TrimEnd('\0');
                    break;
                case (byte)'x':
                    (longName, longLength) = Extended(Small(file, path, contents, length), path);
                    break;
                case (byte)'g' or (byte)'K':
                    break;
                case (byte)'S':
                    throw new BadDataException($"{path}: {longName ?? NameIn(header)} is stored as a sparse file; pack the shard anew without such files.");
                default:
                    if (type is 0 or (byte)'0' or (byte)'7') yield return new TarMember(longName ?? NameIn(header), contents, length);
                    (longName, longLength) = (null, null);
                    break;
            }

            at = contents + ((length + Record - 1) / Record * Record);
        }
    }

    private static BadDataException CutShort(string path, string how) => new($"{path} is cut short: {how}.");

    private static byte[] Small(SafeFileHandle file, string path, long at, long length)
    {
        if (length > LongestName) throw new BadDataException($"{path}: a name or attribute claims {Counted.Of(length, "byte")}; expected at most {LongestName}.");
        byte[] bytes = new byte[length];
        return RegularFile.TryRead(file, bytes, at) ? bytes : throw CutShort(path, $"it ends within the name at byte {at}");
    }

    /// <summary>The sum of all bytes of a header, those of the sum itself taken as blanks.</summary>
    private static bool HasItsSum(ReadOnlySpan<byte> header)
    {
        const int place = 148, length = 8;
        long sum = length * ' ';
        for (int i = 0; i < Record; i++) sum += i is >= place and < place + length ? 0 : header[i];
        return NumberAt(header, place, length) == sum;
    }

    /// <summary>A number in octal digits, or in GNU's way in bytes, the first of them marked; -1 where it is none.</summary>
    private static long NumberAt(ReadOnlySpan<byte> header, int at, int length)
    {
        ReadOnlySpan<byte> field = header.Slice(at, length);
        long number = 0;
        if ((field[0] & 0x80) != 0)
        {
            if (field[0] != 0x80 || field[1..^7].ContainsAnyExcept((byte)0)) return -1;
            foreach (byte digit in field[^7..]) number = (number << 8) | digit;
            return number;
        }

        foreach (byte digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7') return -1;
            number = (number << 3) | (long)(digit - '0');
        }

        return number;
    }

    private static string NameIn(ReadOnlySpan<byte> header)
    {
        bool isPosix = header.Slice(257, 6).SequenceEqual("ustar\0"u8); // GNU keeps other things in the place of the prefix
        string name = Field(header[..100]), prefix = isPosix ? Field(header.Slice(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Field(ReadOnlySpan<byte> field) => Text(field.IndexOf((byte)0) is >= 0 and int end ? field[..end] : field);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>Name and length of the next member in pax's records, "LENGTH KEY=VALUE\n".</summary>
    private static (string? Name, long? Length) Extended(ReadOnlySpan<byte> records, string path)
    {
        string? name = null;
        long? length = null;
        while (records.Length > 0)
        {
            int blank = records.IndexOf((byte)' ');
            if (blank < 1 || !int.TryParse(Text(records[..blank]), out int size) || size <= blank + 1 || size > records.Length)
                throw new BadDataException($"{path} is corrupt: an attribute of a member is not understood.");
            ReadOnlySpan<byte> record = records[(blank + 1)..(size - 1)];
            if (record.StartsWith("path="u8)) name = Text(record[5..]);
            if (record.StartsWith("size="u8))
                length = long.TryParse(Text(record[5..]), out long claimed) && claimed >= 0 ? claimed
                    : throw new BadDataException($"{path} is corrupt: a length is not understood.");
            if (record.StartsWith("GNU.sparse"u8)) throw new BadDataException($"{path} holds a sparse file; pack the shard anew without such files.");
            records = records[size..];
        }

        return (name, length);
    }
}
