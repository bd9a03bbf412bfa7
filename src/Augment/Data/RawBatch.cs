using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Augment.Data;

/// <summary>The decoded images of one step and the choices for their views: what <see cref="BatchProducer"/> fills and <see cref="ViewMaker"/> reads.</summary>
/// <remarks>All buffers are the producer's and are filled again after <see cref="BatchProducer.Return"/>.</remarks>
internal sealed class RawBatch
{
    private readonly int[] samples, labels;
    private readonly ImagePlace[] images;
    private readonly ViewRecipe[] recipes;
    private readonly int[] words;
    private readonly int wordsPerView;
    private byte[] pixels = [];
    private int pixelBytes;

    internal RawBatch(int samplesPerBatch, int viewsPerSample, int shards = 1, int wordsPerView = 0)
    {
        Order = new ViewOrder(samplesPerBatch, viewsPerSample, shards);
        samples = new int[samplesPerBatch];
        labels = new int[samplesPerBatch];
        images = new ImagePlace[samplesPerBatch];
        recipes = new ViewRecipe[samplesPerBatch * viewsPerSample];
        words = new int[checked(recipes.Length * wordsPerView)];
        this.wordsPerView = wordsPerView;
    }

    /// <summary>The step, counted from the start of the run.</summary>
    public long Step { get; private set; }

    /// <summary>How many samples the batch has.</summary>
    public int Count => Order.Samples;

    /// <summary>How many views each sample has.</summary>
    public int ViewsPerSample => Order.ViewsPerSample;

    /// <summary>The order of the views.</summary>
    public ViewOrder Order { get; private set; }

    /// <summary>The samples' indices in the image set.</summary>
    public ReadOnlySpan<int> Samples => samples.AsSpan(0, Count);

    /// <summary>The samples' labels, in the order of <see cref="Samples"/>; −1 where the set has none.</summary>
    public ReadOnlySpan<int> Labels => labels.AsSpan(0, Count);

    /// <summary>All images, RGB, channels last, one behind the other.</summary>
    public ReadOnlySpan<byte> Pixels => pixels.AsSpan(0, pixelBytes);

    /// <summary>Where each sample's image lies in <see cref="Pixels"/>.</summary>
    public ReadOnlySpan<ImagePlace> Images => images.AsSpan(0, Count);

    /// <summary>The views, in <see cref="Order"/>.</summary>
    public ReadOnlySpan<ViewRecipe> Recipes => recipes.AsSpan(0, Count * ViewsPerSample);

    /// <summary>The ids of the views' words, in <see cref="Order"/>, with −1 behind the last of each; empty for images.</summary>
    public ReadOnlySpan<int> Words => words.AsSpan(0, Count * ViewsPerSample * wordsPerView);

    /// <summary>Where the words of one view go.</summary>
    internal Span<int> WordsOf(int view, int place) => words.AsSpan(Order.Row(place, view) * wordsPerView, wordsPerView);

    internal void Begin(long step, int count)
    {
        Step = step;
        Order = Order with { Samples = count };
        pixelBytes = 0;
    }

    internal void SetImage(int place, int sample, int label, int height, int width, byte[] source)
    {
        int bytes = checked(3 * height * width);
        if (bytes > pixels.Length - pixelBytes) Grow((long)pixelBytes + bytes);
        source.AsSpan(0, bytes).CopyTo(pixels.AsSpan(pixelBytes));
        (samples[place], labels[place]) = (sample, label);
        images[place] = new ImagePlace(pixelBytes, height, width);
        pixelBytes += bytes;
    }

    internal void SetRecipe(int view, int place, ViewRecipe recipe)
    {
        recipe.Image = place;
        recipes[Order.Row(place, view)] = recipe;
    }

    // Images of one size grow the buffer once: the first image says what all need. Others grow it a few times by halves.
    private void Grow(long needed)
    {
        if (needed > Array.MaxLength)
            throw new BadDataException(
                $"The images of one batch of {Count} have more than {Counted.Of(Array.MaxLength, "byte", "N0")} of pixels; take a smaller batch or smaller images.");
        long wanted = pixels.Length == 0 ? needed * samples.Length : pixels.Length + (pixels.Length / 2L);
        Array.Resize(ref pixels, (int)Math.Clamp(wanted, needed, Array.MaxLength));
    }
}
