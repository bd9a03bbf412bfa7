using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Augment.Data.Shards;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cached;

/// <summary>What stands behind the pictures in a file of the cache: where each lies, its checksum and its label, and what all were made from.</summary>
/// <param name="About">What they were made from, as text.</param>
/// <param name="Names">The names of the classes from number 0 on; empty where there are none.</param>
/// <param name="Pictures">The pictures.</param>
/// <param name="Sums">Their checksums.</param>
internal sealed record PictureIndex(string About, string[] Names, ShardPicture[] Pictures, ulong[] Sums)
{
    // To be raised when anything of it is defined anew: what was kept is then made again.
    private const ulong Mark = 0x3153_5443_4950_474E; // "NGPICTS1"

    private const int Trailer = SHA256.HashSizeInBytes + sizeof(long) + sizeof(ulong);

    /// <summary>What the picture of a row is called.</summary>
    public static string NameOf(int row) => FormattableString.Invariant($"row {row}");

    /// <summary>The checksum of a picture.</summary>
    public static ulong Sum(ReadOnlySpan<byte> picture) => XxHash3.HashToUInt64(picture);

    /// <summary>Writes it behind the pictures.</summary>
    /// <param name="stream">Stands behind the last picture.</param>
    public void Write(Stream stream)
    {
        using MemoryStream memory = new();
        using (BinaryWriter writer = new(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(About);
            WriteTexts(writer, Names);
            string[] labels = [.. Pictures.Select(picture => picture.Label).OfType<string>().Distinct(StringComparer.Ordinal)];
            Dictionary<string, int> numbers = labels.Select((label, i) => (label, i))
                .ToDictionary(entry => entry.label, entry => entry.i, StringComparer.Ordinal);
            WriteTexts(writer, labels);
            writer.Write(Pictures.Length);
            for (int i = 0; i < Pictures.Length; i++)
            {
                writer.Write((int)Pictures[i].Length);
                writer.Write(Pictures[i].Label is { } label ? numbers[label] : -1);
                writer.Write(Sums[i]);
            }
        }

        ReadOnlySpan<byte> index = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        stream.Write(index);
        stream.Write(SHA256.HashData(index));
        stream.Write(BitConverter.GetBytes((long)index.Length));
        stream.Write(BitConverter.GetBytes(Mark));
    }

    /// <summary>Reads the index of a file; null where it is none, is damaged, or is about something else.</summary>
    /// <param name="file">The file.</param>
    /// <param name="about">What it is to be about.</param>
    public static PictureIndex? Read(FileStream file, string about)
    {
        byte[] trailer = new byte[Trailer];
        long end = file.Length - Trailer;
        if (end < 0 || !RegularFile.TryRead(file.SafeFileHandle, trailer, end) || BitConverter.ToUInt64(trailer, Trailer - sizeof(ulong)) != Mark) return null;
        long length = BitConverter.ToInt64(trailer, SHA256.HashSizeInBytes);
        if (length < 0 || length > Math.Min(end, Array.MaxLength)) return null;
        byte[] index = new byte[length];
        if (!RegularFile.TryRead(file.SafeFileHandle, index, end - length)) return null;
        if (!SHA256.HashData(index).AsSpan().SequenceEqual(trailer.AsSpan(0, SHA256.HashSizeInBytes))) return null;
        using BinaryReader reader = new(new MemoryStream(index), Encoding.UTF8);
        if (reader.ReadString() != about) return null;
        string[] names = ReadTexts(reader), labels = ReadTexts(reader);
        ShardPicture[] pictures = new ShardPicture[reader.ReadInt32()];
        ulong[] sums = new ulong[pictures.Length];
        long offset = 0;
        for (int i = 0; i < pictures.Length; i++)
        {
            int bytes = reader.ReadInt32(), label = reader.ReadInt32();
            pictures[i] = new ShardPicture(NameOf(i), offset, bytes, label < 0 ? null : labels[label]);
            sums[i] = reader.ReadUInt64();
            offset += bytes;
        }

        return offset == end - length ? new PictureIndex(about, names, pictures, sums) : null;
    }

    private static void WriteTexts(BinaryWriter writer, string[] texts)
    {
        writer.Write(texts.Length);
        foreach (string text in texts) writer.Write(text);
    }

    private static string[] ReadTexts(BinaryReader reader)
    {
        string[] texts = new string[reader.ReadInt32()];
        for (int i = 0; i < texts.Length; i++) texts[i] = reader.ReadString();
        return texts;
    }
}
