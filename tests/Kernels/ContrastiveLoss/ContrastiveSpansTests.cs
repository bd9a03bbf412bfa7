using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The losses in one call over spans: their numbers are those of the formulas, and they leave no memory behind.</summary>
public class ContrastiveSpansTests
{
    /// <summary>One rounding of a float32 number.</summary>
    private const double UnitRounding = 1.0 / (1 << 23);

    private static readonly RowLoss[] Family = [new InfoNce(), new Decoupled(), new Debiased(0.1), new HardNegatives(0.1, 1)];

    public static TheoryData<int, int, int> Shapes
    {
        get
        {
            TheoryData<int, int, int> shapes = [];
            shapes.Add(0, 2, 1); // without a negative, which the others' formulas ask for
            for (int member = 0; member < Family.Length; member++)
                foreach ((int rows, int depth) in new[] { (4, 1), (6, 3), (34, 33), (130, 128) }) shapes.Add(member, rows, depth);
            return shapes;
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void TwoViewsErrNoMoreThanTwiceTheNaiveFloatFormula(int member, int rows, int depth)
    {
        float[] z = Unit(rows, depth, 1), gradient = new float[z.Length];
        double loss = ContrastiveLoss.OfViews(Family[member], z, depth, 0.3f, gradient);
        ContrastiveReference truth = ContrastiveReference.Of(new(0.3f, Family[member]), Pairing.BothViews(rows), z, z);
        AssertLoss(truth, loss);
        AssertClose(gradient, truth.Rows, truth.NaiveRows);
        Assert.Equal(loss, ContrastiveLoss.OfViews(Family[member], z, depth, 0.3f)); // without the gradient
        if (member == 0) Assert.Equal(loss, ContrastiveLoss.NtXent(z, depth, 0.3f, gradient));
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(5, 9, 3)]
    [InlineData(33, 70, 65)]
    public void QueriesAndKeysErrNoMoreThanTwiceTheNaiveFloatFormula(int queries, int keys, int depth)
    {
        float[] q = Unit(queries, depth, 2), k = Unit(keys, depth, 3), dq = new float[q.Length], dk = new float[k.Length], losses = new float[queries], slopes = new float[queries];
        int[] positives = [.. Enumerable.Range(0, queries).Select(i => ((i * 2) + 1) % keys)];
        Pairing chosen = new(queries, keys, i => positives[i], (i, j) => j != positives[i], (_, _) => false), inOrder = new(queries, keys, i => i, (i, j) => j != i, (_, _) => false);

        ContrastiveReference truth = ContrastiveReference.Of(new(0.2f), chosen, q, k);
        AssertLoss(truth, ContrastiveLoss.InfoNce(q, k, depth, 0.2f, positives, dq, dk));
        AssertClose(dq, truth.Dq, truth.NaiveDq);
        AssertClose(dk, truth.Dk, truth.NaiveDk);

        truth = ContrastiveReference.Of(new(0.2f), inOrder, q, k);
        AssertLoss(truth, ContrastiveLoss.InfoNce(q, k, depth, 0.2f, keyGradient: dk));
        AssertClose(dk, truth.Dk, truth.NaiveDk);

        truth = ContrastiveReference.Of(new(0.2f, new Sigmoid()) { Bias = -2 }, inOrder, q, k);
        AssertLoss(truth, ContrastiveLoss.Sigmoid(q, k, depth, 0.2f, -2, dq, dk));
        AssertClose(dq, truth.Dq, truth.NaiveDq);
        AssertClose(dk, truth.Dk, truth.NaiveDk);

        foreach (RowLoss loss in Family)
        {
            truth = ContrastiveReference.Of(new(0.2f, loss), chosen, q, k);
            ContrastiveSpans of = new() { Queries = q, Keys = k, PositiveKeys = positives, QueryGradient = dq, KeyGradient = dk, Losses = losses, LogSumExp = slopes };
            double mean = ContrastiveLoss.Of(loss, of, depth, 0.2f);
            AssertLoss(truth, mean);
            AssertClose(losses, truth.Loss, truth.NaiveLoss);
            AssertClose(slopes, truth.LogSumExp, truth.NaiveLogSumExp);
            AssertClose(dq, truth.Dq, truth.NaiveDq);
            AssertClose(dk, truth.Dk, truth.NaiveDk);
        }
    }

    [Fact]
    public void AQueueHasPositivesOfItsOwn()
    {
        const int depth = 17;
        float[] q = Unit(9, depth, 4), p = Unit(9, depth, 5), queue = Unit(40, depth, 6), dq = new float[q.Length], dp = new float[p.Length];
        ContrastiveReference truth = ContrastiveReference.Of(new(0.07f), Pairing.Queue(9, 40), q, queue, p);
        AssertLoss(truth, ContrastiveLoss.MomentumContrast(q, p, queue, depth, 0.07f, dq));
        AssertClose(dq, truth.Dq, truth.NaiveDq);
        ContrastiveLoss.Of(new InfoNce(), new ContrastiveSpans { Queries = q, Keys = queue, Positives = p, PositiveGradient = dp }, depth, 0.07f);
        AssertClose(dp, truth.Dp, truth.NaiveDp);
    }

    [Theory]
    [InlineData(6, 2)]
    [InlineData(35, 19)]
    public void LabelsTellThePositives(int rows, int depth)
    {
        float[] z = Unit(rows, depth, 7), gradient = new float[z.Length];
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i / 2 % 3)];
        ContrastiveReference truth = ContrastiveReference.Of(new(0.1f, new SupervisedContrastive()), Pairing.Labelled(rows, i => labels[i]), z, z);
        AssertLoss(truth, ContrastiveLoss.SupervisedContrastive(z, labels, depth, 0.1f, gradient));
        AssertClose(gradient, truth.Rows, truth.NaiveRows);
    }

    /// <summary>An own loss, its gradient by the slope: of raw rows, through their scaling to unit length.</summary>
    [Fact]
    public void TheGradientOfAnOwnLossByRawRowsIsItsSlope()
    {
        const int depth = 7, rows = 12;
        Random random = new(8);
        float[] x = Numbers(rows * depth, 9), unit = new float[x.Length], scale = new float[rows], gradient = new float[x.Length];
        double Loss(float[] at, Span<float> dx)
        {
            UnitRows.Of(at, depth, unit, scale);
            double loss = ContrastiveLoss.OfViews(new Margin(0.2), unit, depth, 0.5f, dx);
            if (!dx.IsEmpty) UnitRows.Gradient(dx, unit, scale, depth, dx);
            return loss;
        }

        Loss(x, gradient);
        for (int direction = 0; direction < 5; direction++)
        {
            float[] v = Numbers(x.Length, 20 + direction);
            const float step = 4e-3f;
            double ahead = Loss([.. x.Select((value, i) => value + (step * v[i]))], []), behind = Loss([.. x.Select((value, i) => value - (step * v[i]))], []);
            double slope = gradient.Select((value, i) => (double)value * v[i]).Sum(), size = gradient.Select((value, i) => Math.Abs((double)value * v[i])).Sum();

            // The curvature's share falls with step², the rounding of the losses rises with 1/step: both are below 1e-4 here.
            Assert.InRange(((ahead - behind) / (2 * step)) - slope, -5e-4 * (size + 0.1), 5e-4 * (size + 0.1));
        }
    }

    [Fact]
    public void TheTemperaturesGradientIsTheSlope()
    {
        const int depth = 9;
        float[] z = Unit(14, depth, 10), gradient = new float[z.Length], q = Unit(6, depth, 11), dq = new float[q.Length];
        ContrastiveLoss.NtXent(z, depth, 0.5f, gradient);
        ContrastiveLoss.InfoNce(q, z, depth, 0.5f, queryGradient: dq);
        Assert.Equal(Slope(t => ContrastiveReference.Of(new(t), Pairing.BothViews(14), z, z)), ContrastiveLoss.TemperatureGradient(z, gradient, 0.5f, rowsAreKeys: true), 1e-4);
        Assert.Equal(
            Slope(t => ContrastiveReference.Of(new(t), new Pairing(6, 14, i => i, (i, j) => j != i, (_, _) => false), q, z)),
            ContrastiveLoss.TemperatureGradient(q, dq, 0.5f, rowsAreKeys: false), 1e-4);
        static double Slope(Func<float, ContrastiveReference> at) => (at(0.5f + (1f / 1024)).Loss.Average() - at(0.5f - (1f / 1024)).Loss.Average()) * 512;
    }

    /// <summary>Spans that begin anywhere have the bits of tensors, which begin at a cache line.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void TheBitsAreThoseOfTensorsWhereverTheSpansBegin(int offset)
    {
        const int rows = 134, depth = 33;
        float[] z = Unit(rows, depth, 12), moved = new float[z.Length + offset], gradient = new float[moved.Length];
        z.CopyTo(moved, offset);
        double loss = ContrastiveLoss.NtXent(moved.AsSpan(offset), depth, 0.1f, gradient.AsSpan(offset));
        using Rig rig = new(1 << 16);
        TwoViews views = new(rig.Arena, rows / 2);
        Tensor tensor = rig.Take(rows, depth), dz = rig.Take(rows, depth), losses = rig.Take(rows), lse = rig.Take(rows);
        z.CopyTo(tensor.Floats);
        rig.Ops.ContrastiveLoss(views.BothViews(tensor), new(0.1f), losses, lse, ContrastiveGradients.OfRows(dz));
        Assert.True(dz.Floats.SequenceEqual(gradient.AsSpan(offset)));
        Assert.Equal(losses.Floats.ToArray().Average(value => (double)value), loss, 1e-12);
        Assert.All(gradient[..offset], value => Assert.Equal(0, value));
    }

    [Fact]
    public void CallsFromSeveralThreadsAtOnceHaveTheSameBits()
    {
        const int rows = 130, depth = 32;
        float[][] z = [.. Enumerable.Range(0, 8).Select(i => Unit(rows, depth, 30 + i))];
        float[][] expected = [.. z.Select(values => Gradient(values, null))];
        Parallel.For(0, 32, i => Assert.True(expected[i % 8].AsSpan().SequenceEqual(Gradient(z[i % 8], null))));
        using CpuOps one = new(1), seven = new(7);
        Parallel.For(0, 32, i => Assert.True(expected[i % 8].AsSpan().SequenceEqual(Gradient(z[i % 8], i % 2 == 0 ? one : seven))));
        static float[] Gradient(float[] values, Ops? ops)
        {
            float[] gradient = new float[values.Length];
            ContrastiveLoss.NtXent(values, depth, 0.2f, gradient, ops);
            return gradient;
        }
    }

    /// <summary>A call of 256 rows takes 9 KB and gives them back; the workspace is that of the largest call, however often it comes.</summary>
    [Fact]
    public void RepeatedCallsTakeNoMoreMemory()
    {
        using CpuOps ops = new(1); // of several threads each has a workspace, but perhaps not in the first call
        float[] z = Unit(256, 64, 13), gradient = new float[z.Length], similarities = new float[256 * 256];
        int[] nearest = new int[256 * 3];
        void Call()
        {
            UnitRows.Of(z, 64, z, ops: ops);
            ContrastiveLoss.NtXent(z, 64, 0.1f, gradient, ops);
            ContrastiveLoss.InfoNce(z, gradient, 64, 0.1f, ops: ops);
            MatrixProduct.Of(z, z, 64, similarities, transposeB: true, ops: ops);
            CosineSimilarity.Of(z, gradient, 64, similarities, ops);
            NearestRows.Of(z, gradient, 64, 3, nearest, ops: ops);
        }

        Call();
        long workspace = ops.WorkspaceBytes;
        int before = Arena.Living;
        for (int i = 0; i < 200; i++) Call();
        Assert.Equal(workspace, ops.WorkspaceBytes);

        // Other tests may hold a few hundred arenas; 200 calls that kept theirs would hold 2,000.
        Assert.InRange(Arena.Living - before, int.MinValue, 500);
    }

    [Fact]
    public void ErrorsNameTheArgumentAndTheExpectedLength()
    {
        float[] z = Unit(6, 4, 14), short1 = new float[5], gradient = new float[24];
        AssertRefused("dimension is 0; expected at least 1", () => ContrastiveLoss.NtXent(z, 0, 0.1f));
        AssertRefused("z has 24 numbers; expected a multiple of 5", () => ContrastiveLoss.NtXent(z, 5, 0.1f));
        AssertRefused("z has 3 rows; expected an even number", () => ContrastiveLoss.NtXent(z, 8, 0.1f));
        AssertRefused("z is empty", () => ContrastiveLoss.NtXent([], 8, 0.1f));
        AssertRefused("gradient has 5 numbers; expected 24, as many as z, or none", () => ContrastiveLoss.NtXent(z, 4, 0.1f, short1));
        AssertRefused("gradient overlaps z", () => ContrastiveLoss.NtXent(z, 4, 0.1f, z));
        AssertRefused("temperature is 0; expected a finite number above 0", () => ContrastiveLoss.NtXent(z, 4, 0));
        AssertRefused("temperature is NaN", () => ContrastiveLoss.InfoNce(z, z, 4, float.NaN));
        AssertRefused("temperature is 1E-45; expected a finite number above 0, 1e-30 to 1e30", () => ContrastiveLoss.NtXent(z, 4, float.Epsilon));
        AssertRefused("temperature is 3.4028235E+38; expected a finite number above 0, 1e-30 to 1e30", () => ContrastiveLoss.NtXent(z, 4, float.MaxValue));
        AssertRefused("keys has 5 numbers; expected a multiple of 4", () => ContrastiveLoss.InfoNce(z, short1, 4, 0.1f));
        AssertRefused("keys has 2 rows for 6 queries", () => ContrastiveLoss.InfoNce(z, gradient.AsSpan(0, 8), 4, 0.1f));
        AssertRefused("positives has 2 numbers; expected 6, one of each query, or none. (Parameter 'positives')", () => ContrastiveLoss.InfoNce(z, gradient, 4, 0.1f, [1, 2]));
        AssertRefused("positives[1] is 9; expected 0 to 5, the keys. (Parameter 'positives')", () => ContrastiveLoss.InfoNce(z, gradient, 4, 0.1f, [1, 9, 1, 1, 1, 1]));
        AssertRefused("queryGradient overlaps keys", () => ContrastiveLoss.InfoNce(z, gradient, 4, 0.1f, queryGradient: gradient));
        AssertRefused("keyGradient has 5 numbers; expected 24", () => ContrastiveLoss.InfoNce(z, gradient, 4, 0.1f, keyGradient: short1));
        AssertRefused("labels has 1 number; expected 6, one of each row of z", () => ContrastiveLoss.SupervisedContrastive(z, [1], 4, 0.1f));
        AssertRefused("positives has 5 numbers", () => ContrastiveLoss.MomentumContrast(z, short1, z, 4, 0.1f));
        AssertRefused("positiveKeys is empty; expected the positive of each query, which InfoNce needs.", () => ContrastiveLoss.Of(new InfoNce(), new ContrastiveSpans { Queries = z }, 4, 0.1f));
        AssertRefused("Bias is 1 with InfoNce; expected 0", () => ContrastiveLoss.OfViews(new InfoNce(), z, 4, 0.1f, bias: 1));
        AssertRefused("needs labels", () => ContrastiveLoss.OfViews(new SupervisedContrastive(), z, 4, 0.1f));
        AssertRefused("gradient has 24 numbers; expected 20", () => ContrastiveLoss.TemperatureGradient(z.AsSpan(4), gradient, 0.1f, rowsAreKeys: true));
        AssertRefused("depth is 0", () => MatrixProduct.Of(z, z, 0, gradient));
        AssertRefused("b has 5 numbers; expected a multiple of 4", () => MatrixProduct.Of(z, short1, 4, gradient));
        AssertRefused("product has 24 numbers; expected 36, 6 rows of 6", () => MatrixProduct.Of(z, z, 4, gradient));
        AssertRefused("cosines has 24 numbers; expected 36, 6 rows of 6", () => CosineSimilarity.Of(z, z, 4, gradient));
        AssertRefused("unit has 5 numbers; expected 24, as many as rows", () => UnitRows.Of(z, 4, short1));
        AssertRefused("unit overlaps rows", () => UnitRows.Of(z.AsSpan(0, 20), 4, z.AsSpan(4)));
    }

    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(33, 1, 40)]
    [InlineData(65, 130, 17)]
    public void ProductsAndCosinesErrNoMoreThanTheNaiveSum(int rows, int depth, int columns)
    {
        float[] a = Numbers(rows * depth, 15), b = Numbers(columns * depth, 16), product = new float[rows * columns], other = new float[rows * columns];
        float[] turnedA = Turned(a, rows, depth), turnedB = Turned(b, columns, depth);
        MatrixProduct.Of(a, turnedB, depth, product);
        MatrixProduct.Of(turnedA, b, depth, other, transposeA: true, transposeB: true);
        for (int i = 0; i < product.Length; i++)
        {
            double truth = 0, size = 0;
            for (int d = 0; d < depth; d++)
            {
                double term = (double)a[(i / columns * depth) + d] * b[(i % columns * depth) + d];
                (truth, size) = (truth + term, size + Math.Abs(term));
            }

            Assert.Equal(truth, product[i], depth * UnitRounding * size);
            Assert.Equal(truth, other[i], depth * UnitRounding * size);
        }

        CosineSimilarity.Of(a, b, depth, product);
        for (int i = 0; i < product.Length; i++)
        {
            ReadOnlySpan<float> x = a.AsSpan(i / columns * depth, depth), y = b.AsSpan(i % columns * depth, depth);
            double dot = 0, first = 0, second = 0;
            for (int d = 0; d < depth; d++) (dot, first, second) = (dot + ((double)x[d] * y[d]), first + ((double)x[d] * x[d]), second + ((double)y[d] * y[d]));
            Assert.Equal(dot / Math.Sqrt(first * second), product[i], (depth + 6) * UnitRounding);
        }

        CosineSimilarity.Of(a, a, depth, new float[rows * rows]);
    }

    private static void AssertRefused(string expected, Action call) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);

    // Each loss errs by twice the naive one's error at most, and so does their mean.
    private static void AssertLoss(ContrastiveReference truth, double mean)
    {
        double allowed = (2 * Rig.MaxError(truth.NaiveLoss, truth.Loss)) + (UnitRounding * truth.Loss.Max(Math.Abs));
        Assert.Equal(truth.Loss.Average(), mean, allowed);
    }

    private static void AssertClose(float[] found, double[] truth, float[] naive) =>
        Assert.InRange(Rig.MaxError(found, truth), 0, (2 * Rig.MaxError(naive, truth)) + (UnitRounding * truth.Max(Math.Abs)));

    private static float[] Turned(float[] matrix, int rows, int columns) => [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[(i % rows * columns) + (i / rows)])];

    private static float[] Unit(int rows, int depth, int seed)
    {
        float[] unit = Numbers(rows * depth, seed);
        UnitRows.Of(unit, depth, unit);
        return unit;
    }

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>InfoNCE whose positive has to lead by a margin.</summary>
    private sealed record Margin(double M) : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            double s = row.Positive - (M / row.Temperature), m = Math.Max(s, row.Maximum);
            double sum = row.Sum * Math.Exp(row.Maximum - m), all = sum + Math.Exp(s - m), lse = m + Math.Log(all);
            return new RowResult(lse - s, lse, Math.Exp(row.Maximum - m) / all, (Math.Exp(s - m) / all) - 1);
        }
    }
}
