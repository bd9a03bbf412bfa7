using System.Formats.Tar;
using System.IO.Compression;
using NegSamples.Augment.Data;
using NegSamples.Files;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests;

/// <summary>A folder that a test writes its files to, removed at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("negsamples-test-").FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The names of the files that lie in it, not in its folders, in order.</summary>
    public string[] Names() => [.. new DirectoryInfo(Root).GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public string Write(string relative, byte[] bytes)
    {
        string path = PathOf(relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Packs a folder of this folder into a .zip beside it.</summary>
    public string Zip(string relative, bool includeBase = false)
    {
        string path = PathOf(relative + ".zip");
        ZipFile.CreateFromDirectory(PathOf(relative), path, CompressionLevel.Fastest, includeBase);
        return path;
    }

    /// <summary>Packs a folder of this folder into a .tar.gz beside it.</summary>
    public string Tar(string relative)
    {
        string path = PathOf(relative + ".tar.gz");
        using FileStream file = File.Create(path);
        using GZipStream packed = new(file, CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(PathOf(relative), packed, includeBaseDirectory: true);
        return path;
    }

    /// <summary>A PNG of one colour.</summary>
    public static byte[] Png(int height, int width, byte red, byte green, byte blue)
    {
        using Image<Rgb24> image = new(width, height, new Rgb24(red, green, blue));
        using MemoryStream stream = new();
        image.SaveAsPng(stream);
        return stream.ToArray();
    }

    /// <summary>The message of the fault that opening these data must give.</summary>
    public static string Fault(string data, string? kind = null) => Assert.Throws<BadDataException>(() => DataSets.Open(data, kind)).Message;
}
