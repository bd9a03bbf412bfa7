using System.Buffers.Binary;
using NegSamples.Augment.Data.Cifar;
using NegSamples.Augment.Data.Joined;
using NegSamples.Augment.Data.MedMnist;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Data.Tables;
using NegSamples.Augment.Data.Text;

namespace NegSamples.Augment.Data;

/// <summary>How much memory a data set keeps while it is open, told from its files before they are read.</summary>
/// <remarks>
/// CIFAR, MedMNIST, the images of a tar archive and the built-in pictures are held once; other images are read from their files when
/// they are needed.
/// </remarks>
internal static class HeldImages
{
    /// <summary>Bytes of images; 0 where the path names nothing, which <see cref="DataSets.Open"/> says.</summary>
    /// <param name="data">As for <see cref="DataSets.Open"/>.</param>
    /// <param name="kind">Its kind, or null where it is not known yet.</param>
    public static long Bytes(string data, string? kind = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (JoinedPath.Parts(data) is { Count: > 1 } parts) return parts.Sum(part => Bytes(part, kind == JoinedData.MixedKind ? null : kind));
        if (kind is ShardLayout.Kind or TableFiles.TableKind) return 0;
        if (data == ShapesSet.Kind) return OfShapes(new ShapesSettings());
        try
        {
            if (Directory.Exists(data)) return OfFolder(data);
            return File.Exists(data) && (File.GetAttributes(data) & FileAttributes.Directory) == 0
                && !Files.RegularFile.IsSpecial(data) ? OfArchive(data, kind) : 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long OfShapes(ShapesSettings settings)
    {
        long picture = 3L * settings.Size * settings.Size;
        return picture * ((long)settings.TrainCount + settings.TestCount);
    }

    private static long OfFolder(string path)
    {
        if (AgNewsFiles.FindFolder(path) is { } texts) return AgNewsFiles.BytesIn(texts);
        foreach (CifarLayout layout in CifarLayout.All)
        {
            if (CifarFiles.FindFolder(path, layout) is { } folder)
                return CifarFiles.BytesIn(folder, layout);
        }

        return 0;
    }

    /// <summary>A tar archive's own length, or what the last four bytes of a .gz say that it unpacks to, modulo 4 GiB (RFC 1952).</summary>
    private static long OfArchive(string path, string? kind)
    {
        using FileStream file = Files.RegularFile.Open(path);
        byte[] first = new byte[512], last = new byte[4];
        int read = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        if (TarArchive.IsTar(first.AsSpan(0, read))) return kind is null && ShardIndex.IsShard(path) ? 0 : file.Length;
        if (first is [(byte)'P', (byte)'K', ..]) return kind is null or MedMnistSet.Kind ? MedMnistSet.HeldBytes(path) : 0;
        if (read < 18 || first is not [0x1F, 0x8B, ..]) return 0;
        file.Seek(-last.Length, SeekOrigin.End);
        file.ReadExactly(last);
        return Math.Max(file.Length, BinaryPrimitives.ReadUInt32LittleEndian(last));
    }
}
