using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>Gathers a line of every rank.</summary>
internal static class RankText
{
    private const int Length = 240; // characters; what is longer is cut

    /// <summary>The lines in the order of the ranks, which all ask at once.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="own">This rank's.</param>
    public static string[] Gather(Collective ranks, string own)
    {
        char[] all = new char[Length * ranks.Size];
        own.AsSpan(0, Math.Min(Length, own.Length)).CopyTo(all.AsSpan(Length * ranks.Rank));
        ranks.AllGather<char>(all);
        return [.. all.Chunk(Length).Select(line => new string(line).TrimEnd('\0'))];
    }
}
