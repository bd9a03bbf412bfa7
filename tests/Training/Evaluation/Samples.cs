using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

/// <summary>Random features: each class has a random centre, and noise about it.</summary>
internal static class Samples
{
    public static FeatureSet Around(int count, int dimension, int classes, double noise, int seed, double offset = 0)
    {
        Random centres = new(7), random = new(seed);
        double[] centre = [.. Enumerable.Range(0, classes * dimension).Select(_ => centres.NextDouble() - 0.5)];
        float[] values = new float[count * dimension];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = i < classes ? i : random.Next(classes);
            for (int d = 0; d < dimension; d++)
                values[(i * dimension) + d] = (float)(offset + centre[(labels[i] * dimension) + d] + (noise * (random.NextDouble() - 0.5)));
        }

        return new FeatureSet(values, count, dimension, labels, classes);
    }

    /// <summary>The fraction of labels with fewer than one, and fewer than five, classes before them, and the mean of the classes' own, in double.</summary>
    public static Accuracy Accuracy(FeatureSet set, Func<int, double[]> scoresOf)
    {
        int first = 0, amongFive = 0;
        bool[] isRight = new bool[set.Count];
        for (int i = 0; i < set.Count; i++)
        {
            double[] scores = scoresOf(i);
            int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(c => scores[c]).ThenBy(c => c)];
            int place = Array.IndexOf(order, set.Labels[i]);
            isRight[i] = place == 0;
            if (place == 0) first++;
            if (place < 5) amongFive++;
        }

        int[] labels = set.Labels.ToArray();
        var groups = Enumerable.Range(0, set.Count).GroupBy(i => labels[i]).ToList();
        double? balanced = groups.Select(group => group.Count()).Distinct().Count() == 1 ? null
            : groups.OrderBy(group => group.Key).Average(group => group.Count(i => isRight[i]) / (double)group.Count());
        return new Accuracy((double)first / set.Count, (double)amongFive / set.Count, balanced);
    }
}
