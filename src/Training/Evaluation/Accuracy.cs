using System.Numerics;

namespace NegSamples.Training.Evaluation;

/// <summary>How often a classifier is right, as fractions 0 to 1.</summary>
/// <param name="Top1">The share of samples whose label has the highest score.</param>
/// <param name="Top5">The share of samples whose label is among the five highest scores; 1 for five classes or fewer.</param>
/// <remarks>Equal scores are ordered by the class index, the lower first. A score that is not a number never counts as right.</remarks>
public sealed record Accuracy(double Top1, double Top5)
{
    /// <summary>The accuracy of samples whose labels have these places among the scores, 0 for the highest.</summary>
    internal static Accuracy OfRanks(ReadOnlySpan<int> ranks)
    {
        int first = 0, amongFive = 0;
        foreach (int rank in ranks)
        {
            if (rank == 0) first++;
            if (rank < 5) amongFive++;
        }

        return new Accuracy((double)first / ranks.Length, (double)amongFive / ranks.Length);
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
