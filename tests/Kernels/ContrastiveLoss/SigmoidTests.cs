using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The sigmoid loss through the kernels of the family, against its formula in double.</summary>
public class SigmoidTests
{
    /// <summary>One of everything, ragged against the panels of 32 and the tiles of 8, and more keys than a tile.</summary>
    private static readonly (int Rows, int Keys, int Depth)[] Shapes = [(1, 1, 1), (5, 1, 33), (3, 270, 20), (34, 33, 128), (70, 130, 17)];

    public static TheoryData<float, float> Logits => new() { { 1e-3f, -10 }, { 0.1f, -10 }, { 0.1f, 0 }, { 1, 3.5f }, { 0.5f, -200 } };

    /// <summary>Positives among the keys, keys that count for nothing, drawn negatives, labels, positives that are rows: all gradients, dq alone, and no cache.</summary>
    [Theory, MemberData(nameof(Logits))]
    public void LossAndGradientsErrNoMoreThanFloatsMust(float temperature, float bias)
    {
        ContrastiveSettings settings = new(temperature, new Sigmoid()) { Bias = bias };
        foreach ((int rows, int keys, int depth) in Shapes)
        {
            using Rig rig = new(120L * (rows + keys) * (depth + 8));
            ContrastiveBatch plain = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, keys, depth));
            Pairing queue = Pairing.Queue(rows, keys);
            LossFamilyTests.Check(rig, plain with { Positives = LossFamilyTests.Units(rig, rows, depth) }, settings, queue);
            if (keys == 1)
            {
                LossFamilyTests.Check(rig, plain with { PositiveKeys = Ints(rig, rows, _ => 0) }, settings, queue with { PositiveKey = _ => 0, Counts = (_, _) => false });
                continue;
            }

            int PositiveOf(int i) => ((i * 5) + 2) % keys;
            ContrastiveBatch batch = plain with { PositiveKeys = Ints(rig, rows, PositiveOf), IgnoredKeys = Ints(rig, rows, i => (i % 3) - 1) };
            Pairing pairing = queue with { PositiveKey = PositiveOf, Counts = (i, j) => j != PositiveOf(i) && j != (i % 3) - 1 };
            LossFamilyTests.Check(rig, batch, settings, pairing);
            NegativeSample few = new(2, 3, 9);
            if (keys > 30) LossFamilyTests.Check(rig, batch with { Sample = few }, settings, pairing.Drawn(few));
            Tensor own = Ints(rig, rows, i => i % 4), others = Ints(rig, keys, j => j % 4);
            LossFamilyTests.Check(rig, batch with { QueryLabels = own, KeyLabels = others }, settings,
                pairing with { Counts = (i, j) => pairing.Counts(i, j) && i % 4 != j % 4 });
        }
    }

    [Theory, MemberData(nameof(Logits))]
    public void TwoViewsErrNoMoreThanFloatsMust(float temperature, float bias)
    {
        foreach (ViewPairs pairs in Enum.GetValues<ViewPairs>())
        {
            const int rows = 66, depth = 33;
            using Rig rig = new(120L * rows * (depth + 8));
            ViewLoss views = new(pairs, temperature, Member: new Sigmoid());
            LossFamilyTests.Check(rig, views.Batch(rig.Arena, LossFamilyTests.Units(rig, rows, depth)), views.Settings with { Bias = bias }, views.Pairing(rows));
        }
    }

    /// <summary>Keys in parts, with and without products, leave the loss and the gradients of all keys at once.</summary>
    [Theory, MemberData(nameof(Logits))]
    public void PartsAreTheWhole(float temperature, float bias)
    {
        const int rows = 37, keys = 150, depth = 17;
        ContrastiveSettings settings = new(temperature, new Sigmoid()) { Bias = bias };
        using Rig rig = new(60L * (rows + keys) * (depth + 8));
        ContrastiveBatch batch = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, keys, depth)) { PositiveKeys = Ints(rig, rows, i => 4 * i) };
        Results whole = Run(rig.Ops, rig.Arena, batch, settings);
        foreach (bool products in new[] { false, true })
        foreach (int[] cuts in new[] { new[] { 0, keys }, [0, 1, 65, keys - 1, keys] })
        {
            PartsRun found = PartsRun.Of(rig.Ops, batch, settings, cuts, products);
            Near(whole.Loss, found.Loss);
            Near(whole.LogSumExp, found.LogSumExp);
            Near(whole.Dq, found.Dq);
            Near(whole.Dk, found.Dk);
        }

        static void Near(float[] expected, float[] found) =>
            Assert.InRange(Rig.MaxError(found, [.. expected.Select(value => (double)value)]), 0, 1e-6 * expected.Max(Math.Abs));
    }

    /// <summary>All four derivatives against differences of the mean loss of the definition.</summary>
    [Fact]
    public void TheGradientsAreTheSlopesOfTheMeanLoss()
    {
        const int rows = 35, keys = 70, depth = 17;
        const double step = 1e-5;
        foreach ((float temperature, float bias) in new[] { (0.3f, -2.5f), (0.1f, -10f), (1, 1) })
        {
            ContrastiveSettings settings = new(temperature, new Sigmoid()) { Bias = bias };
            using Rig rig = new(60L * (rows + keys) * (depth + 8));
            ContrastiveBatch batch = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, keys, depth)) { PositiveKeys = Ints(rig, rows, i => i) };
            Results found = Run(rig.Ops, rig.Arena, batch, settings);
            double[] q = Rig.Doubles(batch.Queries), k = Rig.Doubles(batch.Keys);
            Random random = new(3);
            for (int direction = 0; direction < 3; direction++)
            {
                double[] v = [.. q.Concat(k).Select(_ => random.NextDouble() - 0.5)], g = [.. found.Dq.Concat(found.Dk)];
                double Along(double by) => Mean([.. q.Select((x, i) => x + (by * v[i]))], [.. k.Select((x, i) => x + (by * v[q.Length + i]))], temperature, bias);
                Near(Along, v.Zip(g, (a, b) => a * b).Sum(), v.Zip(g, (a, b) => Math.Abs(a * b)).Sum());
            }

            Near(by => Mean(q, k, temperature + by, bias), rig.Ops.ContrastiveTemperatureGradient(batch, settings, new(found.OfQueries)),
                q.Zip(found.Dq, (a, b) => Math.Abs(a * b)).Sum() / temperature);
            Near(by => Mean(q, k, temperature, bias + by), rig.Ops.ContrastiveBiasGradient(found.OfLogarithms), found.LogSumExp.Average(Math.Abs));
        }

        static void Near(Func<double, double> loss, double slope, double size) =>
            Assert.InRange(((loss(step) - loss(-step)) / (2 * step)) - slope, -3e-6 * size, 3e-6 * size);

        // SigLIP's own formula: −(1/N)·Σ_ij ln σ(z_ij·(t·q_i·k_j + b)).
        static double Mean(double[] q, double[] k, double temperature, double bias)
        {
            double sum = 0;
            for (int i = 0; i < rows; i++)
            for (int j = 0; j < keys; j++)
            {
                double dot = 0;
                for (int d = 0; d < depth; d++) dot += q[(i * depth) + d] * k[(j * depth) + d];
                double x = (i == j ? 1 : -1) * ((dot / temperature) + bias);
                sum += Math.Log(1 + Math.Exp(-x));
            }

            return sum / rows;
        }
    }

    /// <summary>Nothing is normalised over either side, so that queries and keys may change places.</summary>
    [Fact]
    public void QueriesAndKeysMayChangePlaces()
    {
        const int rows = 45, depth = 33;
        ContrastiveSettings settings = new(0.1f, new Sigmoid()) { Bias = -10 };
        using Rig rig = new(200L * rows * depth);
        ContrastiveBatch batch = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, rows, depth)) { PositiveKeys = Ints(rig, rows, i => i) };
        Results one = Run(rig.Ops, rig.Arena, batch, settings), other = Run(rig.Ops, rig.Arena, batch with { Queries = batch.Keys, Keys = batch.Queries }, settings);
        Assert.Equal(one.Loss.Average(), other.Loss.Average(), 1e-6 * one.Loss.Average());
        Assert.InRange(Rig.MaxError(one.Dq, [.. other.Dk.Select(value => (double)value)]), 0, 1e-6 * one.Dq.Max(Math.Abs));
        Assert.InRange(Rig.MaxError(one.Dk, [.. other.Dq.Select(value => (double)value)]), 0, 1e-6 * one.Dk.Max(Math.Abs));
    }

    /// <summary>Logits of ±1000 at either end of the bias are finite losses and gradients, and one that no pair misses is 0.</summary>
    [Theory]
    [InlineData(-1e6f)]
    [InlineData(-1000)]
    [InlineData(1000)]
    [InlineData(1e6f)]
    public void ExtremesAreFinite(float bias)
    {
        const int rows = 33, depth = 9;
        using Rig rig = new(200L * rows * depth);
        Tensor z = LossFamilyTests.Units(rig, rows, depth);
        ContrastiveBatch batch = new(z, z) { PositiveKeys = Ints(rig, rows, i => i) };
        Results found = Run(rig.Ops, rig.Arena, batch, new ContrastiveSettings(1e-3f, new Sigmoid()) { Bias = bias });
        foreach (float[] values in new[] { found.Loss, found.LogSumExp, found.Dq, found.Dk }) Assert.All(values, value => Assert.True(float.IsFinite(value)));
        if (bias == -1e6f) Assert.All(found.Loss, loss => Assert.Equal(1e6f - 1000, loss, 2f));
        if (bias == 1e6f) Assert.All(found.Loss, loss => Assert.InRange(loss, (rows - 1) * (1e6f - 1001), (rows - 1) * (1e6f + 1001)));
    }

    [Fact]
    public void ANaNIsNotLostAndWhatDoesNotMeetItIsWhole()
    {
        using Rig rig = new(20000);
        ContrastiveBatch batch = new(LossFamilyTests.Units(rig, 35, 7), LossFamilyTests.Units(rig, 70, 7)) { PositiveKeys = Ints(rig, 35, i => i) };
        batch.Keys.Row(50)[3] = float.NaN;
        Results found = Run(rig.Ops, rig.Arena, batch, new ContrastiveSettings(0.1f, new Sigmoid()) { Bias = -10 });
        Assert.All(found.Loss.Concat(found.LogSumExp).Concat(found.Dq), value => Assert.True(float.IsNaN(value)));
        for (int j = 0; j < 70; j++) Assert.Equal(j == 50, found.Dk.AsSpan(7 * j, 7).ToArray().Any(float.IsNaN));
    }

    /// <summary>The bits of every combination of gradients' losses, for any number of threads; and nothing is allocated by a second call.</summary>
    [Fact]
    public void TheBitsDoNotDependOnThreads()
    {
        const int rows = 300, keys = 1100, depth = 33;
        Results? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(8L * (rows + keys) * (depth + 8), threads);
            ContrastiveBatch batch = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, keys, depth)) { PositiveKeys = Ints(rig, rows, i => 3 * i) };
            ContrastiveSettings settings = new(0.1f, new Sigmoid()) { Bias = -10 };
            Results found = Run(rig.Ops, rig.Arena, batch, settings);
            first ??= found;
            Assert.Equal(first.Loss, found.Loss);
            Assert.Equal(first.LogSumExp, found.LogSumExp);
            Assert.Equal(first.Dq, found.Dq);
            Assert.Equal(first.Dk, found.Dk);
            Tensor loss = rig.Take(rows), slope = rig.Take(rows);
            Assert.Equal(0, ManagedBytes.EachRoundOf(() => rig.Ops.ContrastiveLoss(batch, settings, loss, slope, new(found.OfQueries, found.OfKeys))));
        }
    }

    /// <summary>With the gradients of 4096 x 4096 pairs, 64 MiB as floats, the workspace holds no matrix of logits.</summary>
    [Fact]
    public void MemoryGrowsWithTheRowsAndNotWithThePairs()
    {
        const int depth = 8;
        long[] bytes = [Bytes(2048), Bytes(4096)];
        Assert.InRange(bytes[1], 0, 8L << 20);
        Assert.InRange(bytes[1] - bytes[0], 0, 4096 * depth * 8);

        static long Bytes(int rows)
        {
            using Rig rig = new(8L * rows * (depth + 8));
            Tensor z = LossFamilyTests.Units(rig, rows, depth);
            Run(rig.Ops, rig.Arena, new ContrastiveBatch(z, LossFamilyTests.Units(rig, rows, depth)) { PositiveKeys = Ints(rig, rows, i => i) }, new(0.1f, new Sigmoid()) { Bias = -10 });
            return rig.Ops.WorkspaceBytes;
        }
    }

    [Fact]
    public void ABiasIsRefusedWhereItMeansNothing()
    {
        using Rig rig = new(2000);
        Tensor z = LossFamilyTests.Units(rig, 4, 7);
        ContrastiveBatch batch = new(z, z) { PositiveKeys = Ints(rig, 4, i => i) };
        Assert.Contains("Bias is 1 with InfoNce; expected 0.", Refusal(new(1) { Bias = 1 }), StringComparison.Ordinal);
        Assert.Contains("Bias is NaN; expected -1000000 to 1000000.", Refusal(new(1, new Sigmoid()) { Bias = float.NaN }), StringComparison.Ordinal);
        Assert.Contains("Bias is 2000000; expected -1000000 to 1000000.", Refusal(new(1, new Sigmoid()) { Bias = 2e6f }), StringComparison.Ordinal);

        string Refusal(ContrastiveSettings settings) =>
            Assert.ThrowsAny<ArgumentException>(() => rig.Ops.ContrastiveLoss(batch, settings, rig.Take(4), rig.Take(4))).Message;
    }

    private static Results Run(Ops ops, Arena arena, ContrastiveBatch batch, ContrastiveSettings settings)
    {
        int rows = batch.Queries[0], depth = batch.Queries[1];
        Results results = new(arena.Take(rows), arena.Take(rows), arena.Take(rows, depth), arena.Take(batch.Keys[0], depth));
        foreach (Tensor tensor in new[] { results.OfLoss, results.OfLogarithms, results.OfQueries, results.OfKeys }) tensor.Floats.Fill(float.NaN);
        ops.ContrastiveLoss(batch, settings, results.OfLoss, results.OfLogarithms, new(results.OfQueries, results.OfKeys));
        return results.Copied();
    }

    private static Tensor Ints(Rig rig, int count, Func<int, int> value)
    {
        Tensor tensor = rig.Arena.Take(ElementType.Int32, count);
        for (int i = 0; i < count; i++) tensor.Ints[i] = value(i);
        return tensor;
    }

    private sealed record Results(Tensor OfLoss, Tensor OfLogarithms, Tensor OfQueries, Tensor OfKeys)
    {
        public float[] Loss { get; private set; } = [];

        public float[] LogSumExp { get; private set; } = [];

        public float[] Dq { get; private set; } = [];

        public float[] Dk { get; private set; } = [];

        /// <summary>Copies what the tensors hold, which die with their arena.</summary>
        public Results Copied()
        {
            (Loss, LogSumExp, Dq, Dk) = (OfLoss.Floats.ToArray(), OfLogarithms.Floats.ToArray(), OfQueries.Floats.ToArray(), OfKeys.Floats.ToArray());
            return this;
        }
    }
}
