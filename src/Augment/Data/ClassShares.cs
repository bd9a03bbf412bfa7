using NegSamples.Kernels;

namespace NegSamples.Augment.Data;

/// <summary>Draws a share of the images of each class.</summary>
internal static class ClassShares
{
    /// <summary>Of the n images of a class the first round(share·n) of a random order, but never all.</summary>
    /// <param name="labels">The label of each image.</param>
    /// <param name="share">The share, from 0 to below 1.</param>
    /// <param name="least">The fewest that are drawn of a class of more than as many.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What they are drawn for; a class draws its order in a stream of its own.</param>
    /// <returns>Whether each image is drawn.</returns>
    public static bool[] Draw(IReadOnlyList<int> labels, double share, int least, ulong seed, RandomPurpose purpose)
    {
        ArgumentNullException.ThrowIfNull(labels);
        bool[] isDrawn = new bool[labels.Count];
        foreach (IGrouping<int, int> ofClass in Enumerable.Range(0, labels.Count).GroupBy(i => labels[i]))
        {
            int[] places = [.. ofClass], order = new int[places.Length];
            new Philox(seed, purpose, sample: (uint)ofClass.Key).Shuffle(order);
            int count = Math.Min(places.Length - 1, Math.Max(least, (int)Math.Round(share * places.Length, MidpointRounding.AwayFromZero)));
            foreach (int place in order[..count]) isDrawn[places[place]] = true;
        }

        return isDrawn;
    }
}
