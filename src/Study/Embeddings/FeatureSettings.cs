namespace NegSamples.Study.Embeddings;

/// <summary>Which features are written, and where.</summary>
internal sealed record FeatureSettings
{
    /// <summary>Whether features after the head are written, under the key "head".</summary>
    public bool Head { get; init; } = true;

    /// <summary>Whether features before the head are written, under the key "encoder".</summary>
    public bool Encoder { get; init; } = true;

    /// <summary>Whether the plain test images alone are written: no training images and no augmented views.</summary>
    public bool OnlyPlainTest { get; init; }

    /// <summary>The folder; null for <c>features/CHECKPOINT</c> in the run folder.</summary>
    public string? Output { get; init; }

    /// <summary>Key of the augmented views.</summary>
    public ulong Seed { get; init; } = 7;
}
