using NegSamples.Augment.Data;
using NegSamples.Kernels;

namespace NegSamples.Augment;

/// <summary>Brings a batch's pixels to the device and makes its views there.</summary>
/// <remarks>The device memory for the pixels is kept from batch to batch and grows only when a batch needs more.</remarks>
/// <param name="ops">The device.</param>
/// <param name="range">The range that the encoder wants the pixels of images in: no image gets to one but through here.</param>
internal sealed class ViewMaker(Ops ops, PixelRange range) : IDisposable
{
    private Arena? arena;

    /// <summary>Makes the views of a batch.</summary>
    /// <param name="batch">The images and recipes. It may be returned to its producer afterwards.</param>
    /// <param name="views">
    /// Receives the views, activations [V, height, width, 3] with V = samples · views per sample, in the order of <see cref="RawBatch.Recipes"/>; or, of texts,
    /// int32 ids [V, words], as <see cref="ViewTensor"/> gives them.
    /// </param>
    /// <exception cref="ArgumentException">The shape does not fit.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room for the pixels.</exception>
    public void Make(RawBatch batch, Tensor views)
    {
        if (views.Type == ElementType.Int32)
        {
            ops.Upload(batch.Words, views);
            return;
        }

        ReadOnlySpan<byte> source = batch.Pixels;
        if (arena is null || arena.Capacity < Arena.BytesFor(ElementType.UInt8, source.Length)) Grow(source.Length);
        arena!.Release(0);
        Tensor pixels = arena.Take(ElementType.UInt8, source.Length);
        ops.Upload(source, pixels);
        ops.AugmentViews(pixels, batch.Images, batch.Recipes, views, range);
    }

    /// <summary>Frees the device memory.</summary>
    public void Dispose() => arena?.Dispose();

    private void Grow(int bytes)
    {
        // Batches of images of many sizes differ a little from each other: a quarter more spares most of them the growing.
        long wanted = arena is null ? bytes : bytes + (bytes / 4L);
        ops.Synchronize();
        arena?.Dispose();
        arena = null;
        arena = ops.CreateArena("pixels", Arena.BytesFor(ElementType.UInt8, wanted));
    }
}
