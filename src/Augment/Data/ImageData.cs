namespace NegSamples.Augment.Data;

/// <summary>The splits of one data set. Disposing closes the files that they read from.</summary>
public sealed class ImageData : IDisposable
{
    private readonly IDisposable? source;

    internal ImageData(string kind, IImageSet train, IImageSet? test, IReadOnlyList<string> warnings, IDisposable? source = null) =>
        (Kind, Train, Test, Warnings, this.source) = (kind, train, test, warnings, source);

    /// <summary>Whether the files are those that the data set's authors published, in words; null for images of the user's own and the built-in set.</summary>
    public string? Origin { get; internal init; }

    /// <summary>The image files that were left out because they cannot be read, by their paths within the data set, in order.</summary>
    public IReadOnlyList<string> LeftOut { get; internal init; } = [];

    /// <summary>One of <see cref="DataSets.Kinds"/>: "folder" also for images in an archive.</summary>
    public string Kind { get; }

    /// <summary>The images for training.</summary>
    public IImageSet Train { get; }

    /// <summary>The images for testing, or null where the data have none.</summary>
    public IImageSet? Test { get; }

    /// <summary>What is unusual in the data but no fault, one sentence each, for the user to read.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <inheritdoc/>
    public void Dispose() => source?.Dispose();
}
