using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The K-negatives loss by plain loops over the definition: once in double, the truth, and once in float the way people write it.</summary>
internal sealed class KNegativesReference
{
    private readonly int rows, depth, anchors;
    private readonly double temperature;
    private readonly int[][] negatives;
    private readonly double[] shares;

    public KNegativesReference(int rows, int depth, KNegativesSettings settings)
    {
        (this.rows, this.depth, anchors, temperature) = (rows, depth, settings.Anchors(rows), settings.Temperature);
        negatives = [.. Enumerable.Range(0, anchors).Select(anchor => Negatives(rows, settings, anchor))];
        (Loss, LogSumExp, Gradient) = (new double[anchors], new double[anchors], new double[rows * depth]);
        shares = new double[rows];
        (NaiveLoss, NaiveGradient) = (new float[anchors], new float[rows * depth]);
    }

    public double[] Loss { get; }

    public double[] LogSumExp { get; }

    public double[] Gradient { get; }

    /// <summary>The largest sum of |coefficients| in any row's gradient: what an error of all probabilities is multiplied by.</summary>
    public double LargestShares { get; private set; }

    public float[] NaiveLoss { get; }

    public float[] NaiveGradient { get; }

    /// <summary>Neg(anchor), or the sample of it, from the documented definitions: Floyd's algorithm over the ascending places, draw by draw.</summary>
    public static int[] Negatives(int rows, KNegativesSettings settings, int anchor)
    {
        int n = rows / 2, positive = (anchor + n) % rows;
        IEnumerable<int> keys = settings.Source == NegativeSource.BothViews ? Enumerable.Range(0, rows) : Enumerable.Range(n, n);
        int[] all = [.. keys.Where(key => key != anchor && key != positive)];
        int k = settings.Negatives;
        if (k == 0 || k == all.Length) return all;
        Philox random = new(settings.Seed, RandomPurpose.Negatives, settings.Step, (uint)anchor);
        bool leaveOut = k > all.Length / 2;
        int count = leaveOut ? all.Length - k : k;
        HashSet<int> places = [];
        for (int t = 0; t < count; t++)
        {
            int last = all.Length - count + t;
            if (!places.Add((int)random.Below((uint)t, (uint)last + 1))) places.Add(last);
        }

        return [.. all.Where((_, place) => places.Contains(place) != leaveOut)];
    }

    /// <summary>The mean loss in double.</summary>
    public double MeanLoss(double[] z)
    {
        double total = 0;
        for (int i = 0; i < anchors; i++) total += Row(z, i).Loss;
        return total / anchors;
    }

    /// <summary>Fills the truth and the naive results for embeddings in float.</summary>
    public KNegativesReference Compute(ReadOnlySpan<float> embeddings)
    {
        float[] z = embeddings.ToArray();
        double[] exact = [.. z.Select(value => (double)value)];
        for (int i = 0; i < anchors; i++)
        {
            int positive = (i + (rows / 2)) % rows;
            (Loss[i], LogSumExp[i]) = Row(exact, i);
            double ofNegatives = 0;
            foreach (int j in negatives[i])
            {
                double share = Math.Exp((Dot(exact, i, j) / temperature) - LogSumExp[i]);
                ofNegatives += share;
                AddPair(exact, i, j, share);
            }

            // 1 minus the positive's probability, with its digits.
            AddPair(exact, i, positive, -ofNegatives);
            NaiveRow(z, i, positive);
        }

        LargestShares = shares.Max();
        return this;
    }

    private void NaiveRow(float[] z, int i, int positive)
    {
        float t = (float)temperature;
        int[] others = [.. negatives[i], positive];
        float[] logits = [.. others.Select(j => DotInFloat(z, i, j) / t)];
        float maximum = logits.Max(), sum = 0;
        foreach (float logit in logits) sum += MathF.Exp(logit - maximum);
        NaiveLoss[i] = MathF.Log(sum) - (logits[^1] - maximum);
        for (int k = 0; k < others.Length; k++)
        {
            float share = (MathF.Exp(logits[k] - maximum) / sum) - (k == others.Length - 1 ? 1 : 0);
            share /= anchors * t;
            for (int d = 0; d < depth; d++)
            {
                NaiveGradient[(i * depth) + d] += share * z[(others[k] * depth) + d];
                NaiveGradient[(others[k] * depth) + d] += share * z[(i * depth) + d];
            }
        }
    }

    private (double Loss, double LogSumExp) Row(double[] z, int i)
    {
        double positive = Dot(z, i, (i + (rows / 2)) % rows) / temperature;
        double[] logits = [.. negatives[i].Select(j => Dot(z, i, j) / temperature)];
        double maximum = Math.Max(positive, logits.DefaultIfEmpty(double.NegativeInfinity).Max());
        double sum = logits.Sum(logit => Math.Exp(logit - maximum));

        // Below 1e-8 the series of ln(1 + x) is exact in double, and 1 + x is not.
        double logarithm = maximum == positive ? (sum < 1e-8 ? sum - (sum * sum / 2) : Math.Log(1 + sum)) : Math.Log(sum + Math.Exp(positive - maximum));
        return (logarithm + (maximum - positive), logarithm + maximum);
    }

    private void AddPair(double[] z, int i, int j, double share)
    {
        share /= anchors * temperature;
        shares[i] += Math.Abs(share);
        shares[j] += Math.Abs(share);
        for (int d = 0; d < depth; d++)
        {
            Gradient[(i * depth) + d] += share * z[(j * depth) + d];
            Gradient[(j * depth) + d] += share * z[(i * depth) + d];
        }
    }

    private double Dot(double[] z, int i, int j)
    {
        double sum = 0;
        for (int d = 0; d < depth; d++) sum += z[(i * depth) + d] * z[(j * depth) + d];
        return sum;
    }

    private float DotInFloat(float[] z, int i, int j)
    {
        float sum = 0;
        for (int d = 0; d < depth; d++) sum += z[(i * depth) + d] * z[(j * depth) + d];
        return sum;
    }
}
