namespace NegSamples.Augment.Data.Shapes;

/// <summary>The built-in data set: ten shapes that this program draws itself, where the shape and not the colour decides the class.</summary>
/// <remarks>
/// Picture i has label i mod 10 and is a pure function of (seed, split, i), drawn from Philox streams of its own, so that no picture of
/// one split is in the other. A small set is drawn once and kept; a large one is drawn at every read. The bytes are the same.
/// </remarks>
public sealed class ShapesSet : IImageSet
{
    /// <summary>What the data set is called.</summary>
    public const string Kind = "shapes";

    // Part of the fingerprint; to be raised whenever a picture changes.
    private const int DrawingVersion = 1;

    private const long KeptBytes = 64 << 20;
    private readonly ulong seed;
    private readonly uint split;
    private readonly int size;
    private readonly byte[]? kept;

    /// <summary>Makes one split of the set.</summary>
    /// <param name="settings">Seed and sizes.</param>
    /// <param name="train">Whether it is the split for training.</param>
    /// <exception cref="ArgumentException">A size or count is out of range.</exception>
    public ShapesSet(ShapesSettings settings, bool train)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Size is < 8 or > 1024) throw new ArgumentException($"shapes size is {settings.Size}; expected 8 to 1024 pixels.", nameof(settings));
        Count = train ? settings.TrainCount : settings.TestCount;
        string splitName = train ? "train" : "test";
        if (Count < 1) throw new ArgumentException($"shapes {splitName} count is {Count}; expected at least 1.", nameof(settings));
        (seed, split, size) = (settings.Seed, train ? 0u : 1u, settings.Size);
        Name = $"{Kind} {splitName}";
        Fingerprint = $"{Name} drawing {DrawingVersion} seed {seed} size {size} count {Count}";
        if (MaximumBytes * Count > KeptBytes) return;
        byte[] all = new byte[MaximumBytes * Count];
        Parallel.For(0, Count, index => Draw(index, all.AsSpan(index * (int)MaximumBytes, (int)MaximumBytes)));
        kept = all;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames => ShapeDistance.Names;

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public long MaximumBytes => 3L * size * size;

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return index % ShapeDistance.Names.Length;
    }

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        CheckIndex(index);
        int bytes = (int)MaximumBytes;
        if (pixels.Length < bytes) pixels = new byte[bytes];
        if (kept is null) Draw(index, pixels.AsSpan(0, bytes));
        else kept.AsSpan(index * bytes, bytes).CopyTo(pixels);
        return (size, size);
    }

    /// <summary>Draws a picture, whether it is kept or not.</summary>
    internal void Draw(int index, Span<byte> pixels) => ShapePicture.Draw(seed, split, (uint)index, Label(index), size, pixels);

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
