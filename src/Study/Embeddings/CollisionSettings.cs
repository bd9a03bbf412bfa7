namespace NegSamples.Study.Embeddings;

/// <summary>How the collision bound is measured.</summary>
public sealed record CollisionSettings
{
    /// <summary>Key of the views.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>CPU threads of the sums over pairs; 0 takes one per core. They never change the numbers.</summary>
    public int Threads { get; init; }
}
