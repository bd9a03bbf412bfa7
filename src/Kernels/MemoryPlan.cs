using System.Reflection;

namespace NegSamples.Kernels;

/// <summary>The memory of a device or of the host that some work needs, known before any is reserved.</summary>
/// <param name="Places">What is reserved when the most is: names and bytes, places of one name together, the largest first.</param>
internal sealed record MemoryPlan(IReadOnlyList<MemoryPlace> Places)
{
    /// <summary>The kernels that the work launches, where it is a GPU's.</summary>
    internal IReadOnlyCollection<MethodInfo> Kernels { get; init; } = [];

    /// <summary>Bytes in all.</summary>
    public long Bytes => Places.Sum(place => place.Bytes);

    /// <summary>Bytes of one kind; of the host's memory only.</summary>
    /// <param name="kind">The kind.</param>
    public long Of(MemoryKind kind) => Places.Where(place => kind == MemoryKind.All || place.IsManaged == (kind == MemoryKind.Managed)).Sum(place => place.Bytes);

    /// <summary>The limit that this is furthest above; null where it fits all of them.</summary>
    /// <param name="limits">The limits; see <see cref="AvailableMemory.Limits"/>.</param>
    public MemoryLimit? Exceeded(IReadOnlyList<MemoryLimit> limits) =>
        limits.Where(limit => Of(limit.Kind) > limit.Bytes).MaxBy(limit => Of(limit.Kind) - limit.Bytes);

    /// <summary>Puts places of one name together, the largest first.</summary>
    /// <param name="places">The places.</param>
    public static MemoryPlan From(IEnumerable<MemoryPlace> places) => new([.. places
        .GroupBy(place => (place.Name, place.IsManaged), (key, group) => new MemoryPlace(key.Name, group.Sum(place => place.Bytes), key.IsManaged))
        .Where(place => place.Bytes > 0).OrderByDescending(place => place.Bytes).ThenBy(place => place.Name, StringComparer.Ordinal)]);
}

/// <summary>Memory of one purpose.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="IsManaged">Whether it is host memory of .NET's garbage collector.</param>
internal sealed record MemoryPlace(string Name, long Bytes, bool IsManaged = false);
