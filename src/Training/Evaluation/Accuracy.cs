using System.Numerics;

namespace NegSamples.Training.Evaluation;

/// <summary>How often a classifier is right, as fractions 0 to 1.</summary>
/// <param name="Top1">The share of samples whose label has the highest score.</param>
/// <param name="Top5">The share of samples whose label is among the five highest scores; 1 for five classes or fewer.</param>
/// <param name="Balanced">The mean over the classes of the share of a class's samples that are right, which by chance is 1/C however the sizes of the
/// classes differ; null where they do not, for there it is <paramref name="Top1"/>. A class without a sample is left out.</param>
/// <remarks>Equal scores are ordered by the class index, the lower first. A score that is not a number never counts as right.</remarks>
public sealed record Accuracy(double Top1, double Top5, double? Balanced = null)
{
    /// <summary>Classes above which "among the five highest" says something; of these or fewer every class is.</summary>
    internal const int Five = 5;

    /// <summary>The accuracy of samples whose labels have these places among the scores, 0 for the highest.</summary>
    /// <param name="ranks">[samples].</param>
    /// <param name="of">The samples; null where nothing is known of their classes.</param>
    internal static Accuracy OfRanks(ReadOnlySpan<int> ranks, FeatureSet? of = null)
    {
        int first = 0, amongFive = 0;
        foreach (int rank in ranks)
        {
            if (rank == 0) first++;
            if (rank < Five) amongFive++;
        }

        return new Accuracy((double)first / ranks.Length, (double)amongFive / ranks.Length, of is null ? null : MeanRecall(ranks, of.Labels, of.Classes));
    }

    private static double? MeanRecall(ReadOnlySpan<int> ranks, ReadOnlySpan<int> labels, int classes)
    {
        int[] sizes = ClassSizes.Of(labels, classes), right = new int[classes];
        if (!ClassSizes.Differ(sizes)) return null;
        for (int i = 0; i < ranks.Length; i++)
        {
            if (ranks[i] == 0) right[labels[i]]++;
        }

        return Enumerable.Range(0, classes).Where(c => sizes[c] > 0).Average(c => (double)right[c] / sizes[c]);
    }

    /// <summary>How many classes stand before the label's.</summary>
    internal static int Rank<T>(ReadOnlySpan<T> scores, int label)
        where T : INumber<T>
    {
        T own = scores[label];
        int before = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            // Written as "not behind", so that with NaN on either side the other class stands before the label.
            bool behind = c == label || scores[c] < own || (scores[c] == own && c > label);
            if (!behind) before++;
        }

        return before;
    }
}
