using NegSamples.Kernels;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;

namespace NegSamples.Tests.Theory.Measures;

/// <summary>Embeddings to measure, and plain arithmetic for what is expected.</summary>
internal static class Representations
{
    // Sums of a few thousand float64 terms of size 1 to 100; some terms are exponentials by two algorithms.
    public const double Rounding = 1e-9;

    public static (double[][] First, double[][] Second, int[] Labels) Views(int samples, int dimension, int classes)
    {
        double[][] Unit(uint view, double noise) => [.. Enumerable.Range(0, samples).Select(i =>
        {
            double[] row = [.. Enumerable.Range(0, dimension).Select(d => new Philox(1, RandomPurpose.Evaluation, 0, (uint)i).Normal((uint)d)
                + (noise * new Philox(1, RandomPurpose.Evaluation, 1 + view, (uint)i).Normal((uint)d)) + (d == i % classes ? 2.0 : 0))];
            double norm = Math.Sqrt(Dot(row, row));
            return row.Select(value => value / norm).ToArray();
        })];
        return (Unit(0, 0.4), Unit(1, 0.4), [.. Enumerable.Range(0, samples).Select(i => i % classes)]);
    }

    public static EmbeddedSet Set(double[][] first, double[][] second, int[] labels) =>
        new(first[0].Length, [.. first.SelectMany(row => row)], [.. second.SelectMany(row => row)], [.. first.SelectMany(row => row)], labels);

    public static double[][] Rotation(int dimension)
    {
        // Gram and Schmidt's method on random rows.
        List<double[]> axes = [];
        for (uint i = 0; i < dimension; i++)
        {
            double[] axis = [.. Enumerable.Range(0, dimension).Select(d => (double)new Philox(9, RandomPurpose.Evaluation, 0, i).Normal((uint)d))];
            foreach (double[] before in axes.Concat(axes)) axis = [.. axis.Zip(before, (a, b) => a - (b * Dot(axis, before)))];
            double norm = Math.Sqrt(Dot(axis, axis));
            axes.Add([.. axis.Select(value => value / norm)]);
        }

        return [.. axes];
    }

    public static SecondMoments Moments(float[] rows, int dimension)
    {
        SecondMoments moments = new(dimension);
        moments.Add(rows);
        return moments;
    }

    public static float[] Flat(double[][] rows) => [.. rows.SelectMany(row => row).Select(value => (float)value)];

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    public static double[] Less(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    public static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(d => rows.Average(row => row[d]))];

    public static double Median(List<double> values) => values.Order().Skip((values.Count - 1) / 2).Take(values.Count % 2 == 0 ? 2 : 1).Average();

    public static void Near(double expected, double actual) => Assert.Equal(expected, actual, Rounding * Math.Max(1, Math.Abs(expected)));
}
