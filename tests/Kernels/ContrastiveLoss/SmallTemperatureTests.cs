using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What rounding to bfloat16 does to loss and gradient as the temperature falls: why there is a least one, and that it is right.</summary>
public sealed class SmallTemperatureTests
{
    private const double Bar = 1e-2;
    private const int Dimension = 128;

    /// <summary>How the rows lie.</summary>
    public enum Layout
    {
        /// <summary>Anywhere on the sphere: what an encoder gives before it has learnt.</summary>
        Random,

        /// <summary>In 10 classes, rows of one at cosines of about a half, the views of a sample at 0.9.</summary>
        Trained,

        /// <summary>The same with rows of a class at 0.9 and views at 0.96: what has collapsed in part.</summary>
        Near,
    }

    [Theory]
    [InlineData(Layout.Random)]
    [InlineData(Layout.Trained)]
    [InlineData(Layout.Near)]
    public void AtTheLeastTemperatureLossAndGradientErrByLessThanAHundredth(Layout layout)
    {
        (Errors single, Errors rounded, _) = Queue(layout, CpuOps.LeastBFloat16Temperature, 64, 1024);
        Assert.InRange(rounded.Loss, 0, Bar);
        Assert.InRange(rounded.Gradient, 10 * single.Gradient, Bar);
        (single, rounded, _) = Views(layout, CpuOps.LeastBFloat16Temperature, 256);
        Assert.InRange(rounded.Loss, 0, Bar);
        Assert.InRange(rounded.Gradient, 10 * single.Gradient, Bar);
    }

    /// <summary>Half of it would be too low: the constant is no more careful than the bar asks.</summary>
    [Fact]
    public void AtHalfOfItTheyErrByMore() => Assert.True(Views(Layout.Near, CpuOps.LeastBFloat16Temperature / 2, 256).BFloat16.Worst > Bar);

    /// <summary>The table of docs/bf16.md.</summary>
    [Fact(Explicit = true)]
    public void Table()
    {
        Console.WriteLine("| batch | rows | T | float32: loss | gradient | bf16: loss | gradient | positives rounded too: loss | gradient |");
        Console.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (bool isQueue in new[] { true, false })
        foreach (Layout layout in Enum.GetValues<Layout>())
        foreach (float temperature in new[] { 0.01f, 0.02f, 0.03f, 0.04f, 0.07f, 0.5f, 1 })
        {
            (Errors single, Errors rounded, Errors all) = isQueue ? Queue(layout, temperature, 256, 4096) : Views(layout, temperature, 1024);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {(isQueue ? "256 x 4096" : "NT-Xent of 1024")} | {layout} | {temperature} | {single} | {rounded} | {all} |"));
        }
    }

    private static (Errors Float32, Errors BFloat16, Errors AllRounded) Queue(Layout layout, float temperature, int rows, int keys)
    {
        Random random = new(5);
        float[][] classes = Classes(random);
        (float[] q, float[] p, float[] k) = (new float[rows * Dimension], new float[rows * Dimension], new float[keys * Dimension]);
        for (int i = 0; i < rows; i++) Sample(random, layout, classes, Of(q, i), Of(p, i));
        for (int j = 0; j < keys; j++) Sample(random, layout, classes, Of(k, j), new float[Dimension]);
        ContrastiveSettings settings = new(temperature);
        Pairing pairing = Pairing.Queue(rows, keys);
        ContrastiveReference<double> truth = new(settings, pairing, Doubles(q), Doubles(k), Doubles(p));
        ContrastiveReference<double> rounded = new(settings, pairing, Rounded(q), Rounded(k), Rounded(p));
        return (ErrorsOf(Precision.Float32), ErrorsOf(Precision.BFloat16), Errors.Of(rounded.Loss, rounded.Rows, truth));

        Errors ErrorsOf(Precision precision)
        {
            using CpuOps ops = new(2, precision) { LeastTemperatureInBFloat16 = 0 };
            using Arena arena = ops.CreateArena("test", 65536 + (12L * (rows + keys) * (Dimension + 8)));
            Tensor loss = arena.Take(rows), lse = arena.Take(rows), dq = arena.Take(rows, Dimension), dk = arena.Take(keys, Dimension);
            ContrastiveBatch batch = new(Take(arena, q), Take(arena, k)) { Positives = Take(arena, p) };
            ops.ContrastiveLoss(batch, settings, loss, lse, new ContrastiveGradients(dq, dk));
            return Errors.Of(Doubles(loss.Floats.ToArray()), Doubles([.. dq.Floats, .. dk.Floats]), truth);
        }
    }

    private static (Errors Float32, Errors BFloat16, Errors AllRounded) Views(Layout layout, float temperature, int rows)
    {
        Random random = new(6);
        float[][] classes = Classes(random);
        float[] z = new float[rows * Dimension];
        for (int i = 0; i < rows / 2; i++) Sample(random, layout, classes, Of(z, i), Of(z, i + (rows / 2)));
        ViewLoss views = new(ViewPairs.BothViews, temperature);
        ContrastiveReference<double> truth = new(views.Settings, views.Pairing(rows), Doubles(z), Doubles(z), []),
            rounded = new(views.Settings, views.Pairing(rows), Rounded(z), Rounded(z), []);
        return (ErrorsOf(Precision.Float32), ErrorsOf(Precision.BFloat16), Errors.Of(rounded.Loss, rounded.Rows, truth));

        Errors ErrorsOf(Precision precision)
        {
            using CpuOps ops = new(2, precision) { LeastTemperatureInBFloat16 = 0 };
            using Arena arena = ops.CreateArena("test", 65536 + (12L * rows * (Dimension + 8)));
            Tensor loss = arena.Take(rows), lse = arena.Take(rows), dz = arena.Take(rows, Dimension);
            views.Run(ops, Take(arena, z), loss, lse, dz);
            return Errors.Of(Doubles(loss.Floats.ToArray()), Doubles(dz.Floats.ToArray()), truth);
        }
    }

    /// <summary>A row and another view of it.</summary>
    private static void Sample(Random random, Layout layout, float[][] classes, Span<float> row, Span<float> view)
    {
        float[] own = Direction(random), one = Direction(random), other = Direction(random), center = classes[random.Next(classes.Length)];
        for (int d = 0; d < Dimension; d++)
        {
            float sample = layout switch { Layout.Random => own[d], Layout.Trained => (center[d] + own[d]) * 0.7071f, _ => (center[d] * 0.95f) + (own[d] * 0.3122f) };
            float apart = layout switch { Layout.Random => 1, Layout.Trained => 0.33f, _ => 0.2f };
            (row[d], view[d]) = (sample + (apart * one[d]), sample + (apart * other[d]));
        }

        Normalize(row);
        Normalize(view);
    }

    private static float[][] Classes(Random random) => [.. Enumerable.Range(0, 10).Select(_ => Direction(random))];

    private static float[] Direction(Random random)
    {
        float[] values = new float[Dimension];
        for (int d = 0; d < Dimension; d++) values[d] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        Normalize(values);
        return values;
    }

    private static void Normalize(Span<float> row)
    {
        double squares = 0;
        foreach (float value in row) squares += (double)value * value;
        foreach (ref float value in row) value = (float)(value / Math.Sqrt(squares));
    }

    private static Span<float> Of(float[] rows, int row) => rows.AsSpan(row * Dimension, Dimension);

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);

    private static double[] Rounded(float[] values) => Array.ConvertAll(values, value => (double)BFloat16.ToFloat(BFloat16.FromFloat(value)));

    private static Tensor Take(Arena arena, float[] values)
    {
        Tensor tensor = arena.Take(values.Length / Dimension, Dimension);
        values.CopyTo(tensor.Floats);
        return tensor;
    }

    /// <summary>Σ |error of a row's loss| over Σ loss, and the norm of the gradient's error over the gradient's.</summary>
    private readonly record struct Errors(double Loss, double Gradient)
    {
        public double Worst => Math.Max(Loss, Gradient);

        public static Errors Of(double[] loss, double[] gradient, ContrastiveReference<double> truth) => new(
            loss.Zip(truth.Loss, (a, b) => Math.Abs(a - b)).Sum() / truth.Loss.Sum(),
            Math.Sqrt(gradient.Zip(truth.Rows, (a, b) => (a - b) * (a - b)).Sum() / truth.Rows.Sum(value => value * value)));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Loss:0.0e+0} | {Gradient:0.0e+0}");
    }
}
