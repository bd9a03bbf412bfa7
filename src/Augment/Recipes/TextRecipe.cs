using NegSamples.Augment.Data.Text;
using NegSamples.Kernels;

namespace NegSamples.Augment.Recipes;

/// <summary>Views of a text: each word is kept with a probability, or left out, or replaced by one of its nearest words.</summary>
/// <remarks>
/// Word i of a view draws numbers 2i (kept or not) and 2i + 1 (which neighbour), used or not: a pure function of (seed, epoch, sample, view), and the same words
/// are kept with either augmentation. The replaced ones follow the kept ones. Source: Nozawa and Sato 2021, arXiv:2102.06866, section 6.
/// </remarks>
internal sealed class TextRecipe : IViewRecipe
{
    private readonly TextAugmentation augmentation;
    private readonly double maskRatio;
    private readonly int[] neighbours;
    private readonly RandomPurpose purpose;

    /// <summary>Makes the recipe.</summary>
    /// <param name="augmentation">What becomes of the words that are not kept.</param>
    /// <param name="maskRatio">How many are not kept, 0 to 1.</param>
    /// <param name="vocabulary">The words, with neighbours where they are to be replaced.</param>
    /// <param name="purpose">Which random numbers it draws from: views to measure share none with the views of a training.</param>
    /// <exception cref="ArgumentException">The ratio is out of range, or there are no neighbours.</exception>
    public TextRecipe(TextAugmentation augmentation, double maskRatio, Vocabulary vocabulary, RandomPurpose purpose = RandomPurpose.TextView)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (!(maskRatio is >= 0 and <= 1)) throw new ArgumentException($"maskRatio is {maskRatio}; expected 0 to 1.", nameof(maskRatio));
        if (augmentation == TextAugmentation.Replace && vocabulary.Neighbours is null)
            throw new ArgumentException("The vocabulary has no neighbours; expected them for words that are replaced.", nameof(vocabulary));
        (this.augmentation, this.maskRatio, this.purpose) = (augmentation, maskRatio, purpose);
        neighbours = vocabulary.Neighbours ?? [];
    }

    /// <summary>The view without chance, for evaluation: all words as they are.</summary>
    internal static TextRecipe Plain { get; } = new(TextAugmentation.Erase, 0, new Vocabulary([]));

    /// <summary>No choices of pixels: a text has none.</summary>
    /// <inheritdoc/>
    public ViewRecipe Draw(ulong seed, uint epoch, uint sample, uint view, int height, int width) => default;

    /// <summary>The words of one view.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="sample">The sample's index in its set.</param>
    /// <param name="view">Which view of the sample.</param>
    /// <param name="text">The text, as <see cref="AgNewsSet.Read"/> gives it.</param>
    /// <param name="ids">Receives the ids of the view's words, and −1 behind the last; at least as long as the text.</param>
    internal void Draw(ulong seed, uint epoch, uint sample, uint view, ReadOnlySpan<byte> text, Span<int> ids)
    {
        Philox random = new(seed, purpose, epoch, sample, view);
        int words = text.Length / AgNewsSet.BytesPerWord, count = 0;
        for (int i = 0; i < words; i++)
        {
            if (IsKept(random, i)) ids[count++] = IdOf(text, i);
        }

        for (int i = 0; i < words && augmentation == TextAugmentation.Replace; i++)
        {
            if (!IsKept(random, i)) ids[count++] = neighbours[(IdOf(text, i) * NeighbourFile.PerWord) + (int)random.Below(((uint)i * 2) + 1, NeighbourFile.PerWord)];
        }

        ids[count..].Fill(-1);
    }

    private bool IsKept(Philox random, int word) => random.Uniform((uint)word * 2) >= maskRatio;

    private static int IdOf(ReadOnlySpan<byte> text, int word)
    {
        ReadOnlySpan<byte> id = text[(word * AgNewsSet.BytesPerWord)..];
        return id[0] | (id[1] << 8) | (id[2] << 16);
    }
}
