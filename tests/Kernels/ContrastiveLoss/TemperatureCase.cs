using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>How rows lie.</summary>
public enum RowLayout
{
    /// <summary>Anywhere on the sphere: what an encoder gives before it has learnt.</summary>
    Random,

    /// <summary>In 10 classes, rows of one at cosines of about a half, the views of a sample at 0.9.</summary>
    Trained,

    /// <summary>The same with rows of a class at 0.9 and views at 0.96: what has collapsed in part.</summary>
    Near,
}

/// <summary>Rows at a temperature, and the truth of their loss and gradients: queries against a queue of keys, or NT-Xent of the views in <see cref="Queries"/>.</summary>
internal sealed class TemperatureCase
{
    public const int Dimension = 128;
    private readonly ContrastiveReference<double> truth, rounded;
    private readonly ViewLoss? views;
    private readonly ContrastiveSettings settings;

    private TemperatureCase(float temperature, float[] queries, float[] positives, float[] keys)
    {
        views = keys.Length > 0 ? null : new ViewLoss(ViewPairs.BothViews, temperature);
        settings = new(temperature);
        (Queries, Positives, Keys) = (queries, positives, keys);
        int rows = queries.Length / Dimension;
        Pairing pairing = views?.Pairing(rows) ?? Pairing.Queue(rows, keys.Length / Dimension);
        truth = Reference(Doubles);
        rounded = Reference(values => Array.ConvertAll(values, value => (double)BFloat16.ToFloat(BFloat16.FromFloat(value))));

        ContrastiveReference<double> Reference(Func<float[], double[]> read) => views is null
            ? new(settings, pairing, read(queries), read(keys), read(positives)) : new(views.Settings, pairing, read(queries), read(queries), []);
    }

    public float[] Queries { get; }

    public float[] Positives { get; }

    public float[] Keys { get; }

    /// <summary>What rounding all rows to bfloat16 costs alone.</summary>
    public TemperatureErrors AllRounded => TemperatureErrors.Of(rounded.Loss, rounded.Rows, truth, Queries.Length);

    public static TemperatureCase Queue(RowLayout layout, float temperature, int rows, int keys)
    {
        Random random = new(5);
        float[][] classes = Classes(random);
        (float[] q, float[] p, float[] k) = (new float[rows * Dimension], new float[rows * Dimension], new float[keys * Dimension]);
        for (int i = 0; i < rows; i++) Sample(random, layout, classes, Of(q, i), Of(p, i));
        for (int j = 0; j < keys; j++) Sample(random, layout, classes, Of(k, j), new float[Dimension]);
        return new(temperature, q, p, k);
    }

    public static TemperatureCase Views(RowLayout layout, float temperature, int rows)
    {
        Random random = new(6);
        float[][] classes = Classes(random);
        float[] z = new float[rows * Dimension];
        for (int i = 0; i < rows / 2; i++) Sample(random, layout, classes, Of(z, i), Of(z, i + (rows / 2)));
        return new(temperature, z, [], []);
    }

    public TemperatureErrors On(Ops ops)
    {
        int rows = Queries.Length / Dimension, keys = Keys.Length / Dimension;
        using Arena arena = ops.CreateArena("test", 65536 + (16L * (rows + keys) * (Dimension + 8)));
        Tensor loss = arena.Take(rows), lse = arena.Take(rows), q = Take(Queries), dq = arena.Take(rows, Dimension);
        if (views is not null)
        {
            views.Run(ops, q, loss, lse, dq);
            return TemperatureErrors.Of(Read(loss), Read(dq), truth, Queries.Length);
        }

        Tensor dk = arena.Take(keys, Dimension);
        ops.ContrastiveLoss(new ContrastiveBatch(q, Take(Keys)) { Positives = Take(Positives) }, settings, loss, lse, new ContrastiveGradients(dq, dk));
        return TemperatureErrors.Of(Read(loss), [.. Read(dq), .. Read(dk)], truth, Queries.Length);

        Tensor Take(float[] values)
        {
            Tensor tensor = arena.Take(values.Length / Dimension, Dimension);
            ops.Upload<float>(values, tensor);
            return tensor;
        }

        double[] Read(Tensor tensor)
        {
            float[] values = new float[tensor.Count];
            ops.Download<float>(tensor, values);
            return Doubles(values);
        }
    }

    /// <summary>A row and another view of it.</summary>
    private static void Sample(Random random, RowLayout layout, float[][] classes, Span<float> row, Span<float> view)
    {
        float[] own = Direction(random), one = Direction(random), other = Direction(random), center = classes[random.Next(classes.Length)];
        for (int d = 0; d < Dimension; d++)
        {
            float sample = layout switch
            {
                RowLayout.Random => own[d], RowLayout.Trained => (center[d] + own[d]) * 0.7071f, _ => (center[d] * 0.95f) + (own[d] * 0.3122f),
            };
            float apart = layout switch { RowLayout.Random => 1, RowLayout.Trained => 0.33f, _ => 0.2f };
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
}

/// <summary>Σ |error of a row's loss| over Σ loss, and the norm of a gradient's error over the gradient's: of queries, of keys (NaN without any), of both.</summary>
internal readonly record struct TemperatureErrors(double Loss, double Queries, double Keys, double Gradient)
{
    public double Worst => Math.Max(Loss, Gradient);

    public static TemperatureErrors Of(double[] loss, double[] gradient, ContrastiveReference<double> truth, int ofQueries) => new(
        loss.Zip(truth.Loss, (a, b) => Math.Abs(a - b)).Sum() / truth.Loss.Sum(), Relative(gradient[..ofQueries], truth.Rows[..ofQueries]),
        Relative(gradient[ofQueries..], truth.Rows[ofQueries..]), Relative(gradient, truth.Rows));

    private static double Relative(double[] found, double[] truth) =>
        Math.Sqrt(found.Zip(truth, (a, b) => (a - b) * (a - b)).Sum() / truth.Sum(value => value * value));
}
