namespace NegSamples.Tests.Kernels;

/// <summary>InfoNCE of queries against keys by plain loops over the definition: once in double, the truth, and once in float with all logits stored.</summary>
internal sealed class ContrastiveLossReference
{
    private readonly int rows, keys, depth;
    private readonly float temperature;
    private readonly Func<int, int, bool> isNegative;
    private readonly Func<int, int>? positiveKey;

    /// <param name="isNegative">Whether key j is a negative of query i.</param>
    /// <param name="positiveKey">Which key is the positive of query i; null where the positives are rows of their own.</param>
    public ContrastiveLossReference(int rows, int keys, int depth, float temperature, Func<int, int, bool> isNegative, Func<int, int>? positiveKey)
    {
        (this.rows, this.keys, this.depth, this.temperature, this.isNegative, this.positiveKey) = (rows, keys, depth, temperature, isNegative, positiveKey);
        (Loss, LogSumExp, Dq, Dk, Dp) = (new double[rows], new double[rows], new double[rows * depth], new double[keys * depth], new double[rows * depth]);
        (NaiveLoss, NaiveLogSumExp, NaiveDq, NaiveDk, NaiveDp) = (new float[rows], new float[rows], new float[rows * depth], new float[keys * depth], new float[rows * depth]);
    }

    public double[] Loss { get; }

    public double[] LogSumExp { get; }

    public double[] Dq { get; }

    public double[] Dk { get; }

    public double[] Dp { get; }

    public float[] NaiveLoss { get; }

    public float[] NaiveLogSumExp { get; }

    public float[] NaiveDq { get; }

    public float[] NaiveDk { get; }

    public float[] NaiveDp { get; }

    public ContrastiveLossReference Compute(ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> p)
    {
        for (int i = 0; i < rows; i++)
        {
            int target = positiveKey?.Invoke(i) ?? -1;
            ReadOnlySpan<float> query = q.Slice(i * depth, depth), positive = target < 0 ? p.Slice(i * depth, depth) : k.Slice(target * depth, depth);
            InDouble(i, target, query, k, positive);
            InFloat(i, target, query, k, positive);
        }

        return this;
    }

    private void InDouble(int i, int target, ReadOnlySpan<float> query, ReadOnlySpan<float> k, ReadOnlySpan<float> positive)
    {
        double t = temperature, ofPositive = Dot(query, positive) / t;
        double[] logits = new double[keys];
        double maximum = ofPositive;
        for (int j = 0; j < keys; j++)
        {
            logits[j] = isNegative(i, j) ? Dot(query, k.Slice(j * depth, depth)) / t : double.NegativeInfinity;
            maximum = Math.Max(maximum, logits[j]);
        }

        double others = logits.Sum(s => Math.Exp(s - maximum)), all = others + Math.Exp(ofPositive - maximum);

        // Below 1e-8 the series of ln(1 + x) is exact in double, and 1 + x is not.
        double logarithm = maximum == ofPositive && others < 1e-8 ? others - (others * others / 2) : Math.Log(all);
        (Loss[i], LogSumExp[i]) = (logarithm + (maximum - ofPositive), logarithm + maximum);
        for (int j = 0; j < keys; j++) Add(Math.Exp(logits[j] - maximum) / all, query, k.Slice(j * depth, depth), Dq.AsSpan(i * depth, depth), Dk.AsSpan(j * depth, depth));
        Add(-others / all, query, positive, Dq.AsSpan(i * depth, depth), target < 0 ? Dp.AsSpan(i * depth, depth) : Dk.AsSpan(target * depth, depth));
    }

    private void InFloat(int i, int target, ReadOnlySpan<float> query, ReadOnlySpan<float> k, ReadOnlySpan<float> positive)
    {
        float ofPositive = DotInFloat(query, positive) / temperature, maximum = ofPositive, sum = 0;
        float[] logits = new float[keys];
        for (int j = 0; j < keys; j++)
        {
            logits[j] = isNegative(i, j) ? DotInFloat(query, k.Slice(j * depth, depth)) / temperature : float.NegativeInfinity;
            maximum = Math.Max(maximum, logits[j]);
        }

        foreach (float s in logits) sum += MathF.Exp(s - maximum);
        sum += MathF.Exp(ofPositive - maximum);
        (NaiveLoss[i], NaiveLogSumExp[i]) = (MathF.Log(sum) - (ofPositive - maximum), MathF.Log(sum) + maximum);
        for (int j = 0; j < keys; j++)
            AddInFloat(MathF.Exp(logits[j] - maximum) / sum, query, k.Slice(j * depth, depth), NaiveDq.AsSpan(i * depth, depth), NaiveDk.AsSpan(j * depth, depth));
        AddInFloat(
            (MathF.Exp(ofPositive - maximum) / sum) - 1, query, positive, NaiveDq.AsSpan(i * depth, depth),
            target < 0 ? NaiveDp.AsSpan(i * depth, depth) : NaiveDk.AsSpan(target * depth, depth));
    }

    private void Add(double share, ReadOnlySpan<float> query, ReadOnlySpan<float> key, Span<double> ofQuery, Span<double> ofKey)
    {
        share /= rows * (double)temperature;
        for (int d = 0; d < depth; d++)
        {
            ofQuery[d] += share * key[d];
            ofKey[d] += share * query[d];
        }
    }

    private void AddInFloat(float share, ReadOnlySpan<float> query, ReadOnlySpan<float> key, Span<float> ofQuery, Span<float> ofKey)
    {
        share /= rows * temperature;
        for (int d = 0; d < depth; d++)
        {
            ofQuery[d] += share * key[d];
            ofKey[d] += share * query[d];
        }
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++) sum += (double)a[d] * b[d];
        return sum;
    }

    private static float DotInFloat(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int d = 0; d < a.Length; d++) sum += a[d] * b[d];
        return sum;
    }
}
