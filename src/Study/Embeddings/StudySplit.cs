namespace NegSamples.Study.Embeddings;

/// <summary>Which images are measured; its number is the epoch that their views are drawn with, so the splits share no random number.</summary>
internal enum StudySplit : uint
{
    /// <summary>The training images.</summary>
    Train = 0,

    /// <summary>The test images.</summary>
    Test = 1,
}
