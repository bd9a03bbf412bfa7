using System.Globalization;
using NegSamples.Augment.Decoding;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Augment.Data.Cached;

/// <summary>Keeps the decoded pictures of a data set from one epoch to the next, where that is asked for.</summary>
public static class ImageCache
{
    /// <summary>In memory, as they are first read; in a file of the cache folder, all before the first is read; not at all.</summary>
    public const string Memory = "memory", Disk = "disk", Off = "off";

    /// <summary>In memory where all of them take little of it, else not at all.</summary>
    public const string Automatic = "automatic";

    /// <summary>Little is this part of the memory that is available, since other ranks may keep as much; who asks for it may take half.</summary>
    private const int AutomaticPart = 16, AskedPart = 2;

    private const int Sampled = 16;

    /// <summary>Beside its pixels a picture takes an array's head, a reference and its size.</summary>
    private const int BytesBeside = 48;

    /// <summary>The sets with their pictures kept as it is asked.</summary>
    /// <param name="root">The data set as the user wrote it.</param>
    /// <param name="sets">The splits.</param>
    /// <param name="decoder">Decodes their pictures.</param>
    /// <param name="request">Says how, and has the cache folder.</param>
    /// <param name="warnings">Receives a sentence where not all can be kept.</param>
    /// <exception cref="DataRequestException">The disk is asked for, and there is no cache folder.</exception>
    /// <exception cref="BadDataException">There is no room on the disk.</exception>
    internal static IImageSet[] Over(string root, IImageSet[] sets, IImageDecoder decoder, DataRequest request, List<string> warnings)
    {
        if (request.Cache is null or Off) return sets;
        if (request.Cache == Disk) return OnDisk(root, sets, decoder, request);
        long[] needs = [.. sets.Select(Need)];
        long available = AvailableMemory.Limits().Min(limit => limit.Bytes), most = available / (request.Cache == Memory ? AskedPart : AutomaticPart);
        if (needs.Sum() > most)
        {
            if (request.Cache == Automatic) return sets;
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"The decoded pictures of {root} take about {Counted.Of(needs.Sum(), "byte", "N0")}: up to {most:N0} of them are kept in memory, half of what is available."));
        }

        MemoryBudget budget = new(most);
        return [.. sets.Select((set, i) => new SetInMemory(set, budget, Math.Min(needs[i], most)))];
    }

    /// <summary>About how many bytes the decoded pictures of a set take, by the largest of a few.</summary>
    private static long Need(IImageSet set)
    {
        byte[] pixels = [];
        long largest = 0;
        int count = Math.Min(Sampled, set.Count);
        for (int i = 0; i < count; i++)
        {
            (int height, int width) = set.Read((int)((long)i * set.Count / count), ref pixels);
            largest = Math.Max(largest, 3L * height * width);
        }

        return set.Count * (largest + BytesBeside);
    }

    private static IImageSet[] OnDisk(string root, IImageSet[] sets, IImageDecoder decoder, DataRequest request)
    {
        if (request.CacheFolder is null)
        {
            throw new DataRequestException(
                "`cache` is disk; expected memory or off, for the system names no cache folder (XDG_CACHE_HOME, HOME or LOCALAPPDATA).");
        }

        List<IImageSet> kept = [];
        try
        {
            foreach (IImageSet set in sets) kept.Add(SetOnDisk.Open(root, set, () => Need(set), decoder, request));
            return [.. kept];
        }
        catch
        {
            foreach (IImageSet set in kept) (set as IDisposable)?.Dispose();
            throw;
        }
    }
}
