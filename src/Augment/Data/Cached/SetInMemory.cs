namespace NegSamples.Augment.Data.Cached;

/// <summary>Keeps pictures in memory as they are first read, as long as the budget lasts; the others are decoded at every read.</summary>
/// <param name="images">The set.</param>
/// <param name="budget">What may be kept.</param>
/// <param name="expected">Bytes that will be kept about.</param>
internal sealed class SetInMemory(IImageSet images, MemoryBudget budget, long expected) : DecodedSet(images)
{
    private readonly IImageSet images = images;
    private readonly byte[]?[] kept = new byte[images.Count][];
    private readonly (int Height, int Width)[] sizes = new (int, int)[images.Count];

    public override bool DecodesOnRead => true;

    public override long CacheBytes => expected;

    public override (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, kept.Length);
        if (Volatile.Read(ref kept[index]) is { } known)
        {
            if (pixels.Length < known.Length) pixels = new byte[known.Length];
            known.CopyTo(pixels, 0);
            return sizes[index];
        }

        (int Height, int Width) size = images.Read(index, ref pixels);
        int bytes = 3 * size.Height * size.Width;
        if (!budget.TryTake(bytes)) return size;
        sizes[index] = size; // two threads that read one picture at a time write the same
        if (Interlocked.CompareExchange(ref kept[index], pixels[..bytes], null) is not null) budget.GiveBack(bytes);
        return size;
    }
}
