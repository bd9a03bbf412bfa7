namespace NegSamples.Augment.Data.Shapes;

/// <summary>How large the built-in data set is.</summary>
public sealed record ShapesSettings
{
    /// <summary>The seed of all pictures.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Height and width of a picture in pixels, 8 to 1024.</summary>
    public int Size { get; init; } = 32;

    /// <summary>Pictures for training, at least 1.</summary>
    public int TrainCount { get; init; } = 4000;

    /// <summary>Pictures for testing, at least 1.</summary>
    public int TestCount { get; init; } = 1000;
}
