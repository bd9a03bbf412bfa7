using System.Formats.Tar;

namespace NegSamples.Tests.Augment.Data.Shards;

/// <summary>Writes shards as WebDataset's programs do.</summary>
internal static class ShardWriter
{
    /// <summary>Writes a .tar of these members, in this order.</summary>
    public static string Shard(this TemporaryFolder folder, string relative, params (string Name, byte[] Bytes)[] members) => folder.Shard(relative, TarEntryFormat.Ustar, members);

    /// <summary>Writes a .tar of a format.</summary>
    public static string Shard(this TemporaryFolder folder, string relative, TarEntryFormat format, params (string Name, byte[] Bytes)[] members)
    {
        string path = folder.PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream file = File.Create(path);
        using TarWriter writer = new(file, format);
        foreach ((string name, byte[] bytes) in members)
        {
            TarEntry entry = format switch
            {
                TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                _ => new UstarTarEntry(TarEntryType.RegularFile, name),
            };
            entry.DataStream = new MemoryStream(bytes);
            writer.WriteEntry(entry);
        }

        return path;
    }

    /// <summary>A picture of one colour with its label beside it.</summary>
    public static (string, byte[])[] Sample(string key, byte red, string? label) =>
        label is null ? [(key + ".png", Picture(red))] : [(key + ".cls", System.Text.Encoding.UTF8.GetBytes(label)), (key + ".png", Picture(red))];

    /// <summary>A picture that its red tells from others.</summary>
    public static byte[] Picture(byte red) => TemporaryFolder.Png(6, 5, red, 100, 7);
}
