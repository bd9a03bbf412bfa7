using NegSamples.Kernels;

namespace NegSamples.Peers;

/// <summary>One side of a comparison: the work that it does in each round.</summary>
/// <param name="Name">The heading of its column.</param>
/// <param name="Work">The work.</param>
internal sealed record Contender(string Name, Action Work)
{
    private const string Own = "Ours ";

    /// <summary>Whether it is ours.</summary>
    public bool IsOurs => Name.StartsWith(Own, StringComparison.Ordinal);

    /// <summary>The names of our own.</summary>
    public static string NameOf(Precision precision) => Own + PrecisionNames.Of(precision);
}
