namespace NegSamples.Kernels;

/// <summary>The device memory that some work needs, known before any is reserved.</summary>
/// <param name="Places">What is reserved when the most is: names and bytes, places of one name together, the largest first.</param>
public sealed record MemoryPlan(IReadOnlyList<MemoryPlace> Places)
{
    /// <summary>Bytes in all.</summary>
    public long Bytes => Places.Sum(place => place.Bytes);
}

/// <summary>Device memory of one purpose.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Bytes">Its size.</param>
public sealed record MemoryPlace(string Name, long Bytes);
