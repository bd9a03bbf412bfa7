using System.Numerics.Tensors;
using NegSamples.Kernels;

namespace NegSamples.Study.Embeddings;

/// <summary>Lloyd's k-means from k-means++ starts (Arthur and Vassilvitskii 2007), the best of several. The same key gives the same centres.</summary>
internal static class KMeans
{
    private const int Restarts = 8, MostIterations = 300;

    /// <summary>Finds centres of some rows.</summary>
    /// <param name="rows">[n, D], all rows.</param>
    /// <param name="dimension">D.</param>
    /// <param name="members">The rows that are clustered, at least as many as clusters.</param>
    /// <param name="clusters">M, at least 1.</param>
    /// <param name="seed">The key.</param>
    /// <param name="stream">Which clustering of this key it is.</param>
    /// <param name="stop">Ends it between two iterations.</param>
    /// <returns>The centres [M, D], means of their rows, and the cluster of each member; a cluster is empty only where fewer than M rows differ.</returns>
    public static (double[] Centres, int[] Assigned) Of(
        double[] rows, int dimension, IReadOnlyList<int> members, int clusters, ulong seed, uint stream, CancellationToken stop = default)
    {
        (double Inertia, double[] Centres, int[] Assigned)? best = null;
        for (uint restart = 0; restart < Restarts; restart++)
        {
            Philox random = new(seed, RandomPurpose.Clustering, restart, stream);
            double[] centres = Start(rows, dimension, members, clusters, random);
            int[] assigned = new int[members.Count];
            double inertia = Assign(rows, dimension, members, centres, assigned, out _);
            for (int iteration = 0; iteration < MostIterations; iteration++)
            {
                stop.ThrowIfCancellationRequested();
                Average(rows, dimension, members, assigned, centres);
                inertia = Assign(rows, dimension, members, centres, assigned, out bool changed);
                if (!changed) break;
            }

            if (best is null || inertia < best.Value.Inertia) best = (inertia, centres, assigned);
        }

        return (best!.Value.Centres, best.Value.Assigned);
    }

    /// <summary>The nearest of some centres; of equal ones the first.</summary>
    public static (int Nearest, double SquaredDistance) Nearest(ReadOnlySpan<double> row, ReadOnlySpan<double> centres)
    {
        int nearest = 0;
        double least = double.PositiveInfinity;
        for (int c = 0; c * row.Length < centres.Length; c++)
        {
            double distance = TensorPrimitives.Distance(row, centres.Slice(c * row.Length, row.Length));
            if (distance < least) (nearest, least) = (c, distance);
        }

        return (nearest, least * least);
    }

    private static double[] Start(double[] rows, int dimension, IReadOnlyList<int> members, int clusters, Philox random)
    {
        double[] centres = new double[clusters * dimension], squared = new double[members.Count];
        Array.Fill(squared, 1); // every row is as likely to be the first centre
        for (int cluster = 0; cluster < clusters; cluster++)
        {
            double mark = (random.Bits((uint)cluster) + 0.5) / (1L << 32) * squared.Sum();
            int chosen = 0;
            while (chosen < squared.Length - 1 && (mark -= squared[chosen]) > 0) chosen++;
            Row(rows, dimension, members[chosen]).CopyTo(centres.AsSpan(cluster * dimension));
            for (int i = 0; i < squared.Length; i++)
                squared[i] = Nearest(Row(rows, dimension, members[i]), centres.AsSpan(0, (cluster + 1) * dimension)).SquaredDistance;
        }

        return centres;
    }

    private static double Assign(double[] rows, int dimension, IReadOnlyList<int> members, double[] centres, int[] assigned, out bool changed)
    {
        double inertia = 0;
        changed = false;
        for (int i = 0; i < assigned.Length; i++)
        {
            (int nearest, double squared) = Nearest(Row(rows, dimension, members[i]), centres);
            changed |= nearest != assigned[i];
            assigned[i] = nearest;
            inertia += squared;
        }

        return inertia;
    }

    /// <summary>Moves every centre to the mean of its rows; one that has none stays.</summary>
    private static void Average(double[] rows, int dimension, IReadOnlyList<int> members, int[] assigned, double[] centres)
    {
        double[] sums = new double[centres.Length];
        int[] counts = new int[centres.Length / dimension];
        for (int i = 0; i < assigned.Length; i++)
        {
            counts[assigned[i]]++;
            Span<double> sum = sums.AsSpan(assigned[i] * dimension, dimension);
            TensorPrimitives.Add(sum, Row(rows, dimension, members[i]), sum);
        }

        for (int place = 0; place < sums.Length; place++)
            if (counts[place / dimension] > 0) centres[place] = sums[place] / counts[place / dimension];
    }

    private static ReadOnlySpan<double> Row(double[] rows, int dimension, int row) => rows.AsSpan(row * dimension, dimension);
}
