using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

public class CudaContrastiveLossTests
{
    /// <summary>One of everything, one key, few rows that split the keys, ragged tiles, several slabs of depth.</summary>
    private static readonly (int Rows, int Keys, int Depth)[] Shapes = [(1, 1, 1), (5, 1, 33), (3, 270, 20), (70, 130, 64), (33, 200, 130), (34, 65, 300)];

    private static readonly float[] Temperatures = [1e-3f, 0.07f, 0.5f];

    public static TheoryData<int, int, int, ContrastiveLossTests.Form, Precision> Cases
    {
        get
        {
            TheoryData<int, int, int, ContrastiveLossTests.Form, Precision> cases = [];
            foreach ((int rows, int keys, int depth) in Shapes)
            foreach (ContrastiveLossTests.Form form in Enum.GetValues<ContrastiveLossTests.Form>())
            foreach (Precision precision in Enum.GetValues<Precision>())
                if (depth < 300 ? form != ContrastiveLossTests.Form.NtXent || rows >= 33 : form == ContrastiveLossTests.Form.OwnRows) cases.Add(rows, keys, depth, form, precision);
            return cases;
        }
    }

    /// <summary>Against the truth of the rows as the products see them, as in the tests of the K-negatives loss: loss alone, dq alone, and all gradients.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientsErrNoMoreThanTheRoundingOfTheirOperands(int rows, int keys, int depth, ContrastiveLossTests.Form form, Precision precision)
    {
        using Problem p = new(rows, keys, depth, form, precision);
        foreach (float temperature in rows * keys * depth < 100_000 ? Temperatures : [0.07f])
        {
            ContrastiveSettings settings = new(temperature);
            ContrastiveReference truth = p.Truth(temperature);
            Results all = p.Run(settings);
            Near(all.Loss, truth.NaiveLoss, truth.Loss, 0);
            Near(all.LogSumExp, truth.NaiveLogSumExp, truth.LogSumExp, 0);

            // Each weight is rounded, and the positive's row is not; the weights of a row of the gradient add up to at most 2/(N·T), those of a key to at most N times that.
            double ofRow = 2 * Rounding(precision) * p.LargestElement / (rows * temperature);
            Near(all.Dq, truth.NaiveDq, truth.Dq, 2 * ofRow);
            Near(all.Dk, truth.NaiveDk, truth.Dk, 2 * ofRow * p.LargestColumn(truth, temperature));
            if (form == ContrastiveLossTests.Form.OwnRows) Near(all.Dp, truth.NaiveDp, truth.Dp, ofRow);
            Results ofQueries = p.Run(settings, dk: false);
            Assert.Equal(all.Loss.Length, ofQueries.Loss.Length);
            Near(ofQueries.Loss, truth.NaiveLoss, truth.Loss, 0);
            Near(ofQueries.Dq, truth.NaiveDq, truth.Dq, 2 * ofRow);
            Results lossAlone = p.Run(settings, dq: false, dk: false);
            Near(lossAlone.Loss, truth.NaiveLoss, truth.Loss, 0);
        }
    }

    public static TheoryData<int, Precision> Family
    {
        get
        {
            TheoryData<int, Precision> cases = [];
            for (int member = 0; member < RowLossTests.Family.Length; member++)
            foreach (Precision precision in Enum.GetValues<Precision>()) cases.Add(member, precision);
            return cases;
        }
    }

    /// <summary>Every loss of the family on two views and on a queue, against its paper's formula in double.</summary>
    [Theory, MemberData(nameof(Family))]
    public void TheFamilyErrsNoMoreThanItsOperands(int member, Precision precision)
    {
        RowLoss loss = RowLossTests.Family[member];
        bool supervised = loss is SupervisedContrastive;
        foreach (float temperature in new[] { 0.07f, 0.5f })
        {
            const int samples = 17, rows = 2 * samples, depth = 33;
            ViewLoss views = new(ViewPairs.BothViews, temperature, Member: loss);
            float[] z = Units(rows, depth);
            using CudaRig rig = new(precision);
            Tensor device = Unit(rig, z, rows, depth);
            using Arena arena = rig.Ops.CreateArena("indices", ViewLoss.BytesFor(rows));
            FamilyNear(rig, views.Batch(arena, device), views.Settings, views.Pairing(rows), Operands(z, precision), Operands(z, precision), [], precision);

            const int queries = 21, keys = 150;
            float[] q = Units(queries, depth, 1), k = Units(keys, depth, 2), own = supervised ? [] : Units(queries, depth, 3);
            int[] ofQueries = [.. Enumerable.Range(0, queries).Select(i => i % 3)], ofKeys = [.. Enumerable.Range(0, keys).Select(j => j * 2 % 3)];
            ContrastiveBatch batch = new(Unit(rig, q, queries, depth), Unit(rig, k, keys, depth));
            batch = supervised ? batch with { QueryLabels = rig.Of(ofQueries, queries), KeyLabels = rig.Of(ofKeys, keys) } : batch with { Positives = Unit(rig, own, queries, depth) };
            Pairing queue = Pairing.Queue(queries, keys) with { SameLabel = (i, j) => supervised && ofQueries[i] == ofKeys[j] };
            FamilyNear(rig, batch, views.Settings, queue, Operands(q, precision), Operands(k, precision), Operands(own, precision), precision);

            // Drawn keys of the queue, by the float32 tiles.
            NegativeSample sample = new(16, 7, 2);
            FamilyNear(rig, batch with { Sample = sample }, views.Settings, queue.Drawn(sample), q, k, own, Precision.Float32);
        }
    }

    /// <summary>What the CPU makes of the same rows: keys of the own label left out, positives among them, a key ignored or not, and losses that only the host knows.</summary>
    [Theory]
    [InlineData(Precision.Float32, 300, 9)]
    [InlineData(Precision.TensorFloat32, 300, 9)]
    [InlineData(Precision.BFloat16, 300, 9)]
    [InlineData(Precision.TensorFloat32, 70, 100)]
    [InlineData(Precision.BFloat16, 70, 130)]
    public void TheCpuAgrees(Precision precision, int keys, int depth)
    {
        const int rows = 40;
        const float temperature = 0.3f;
        float[] q = Units(rows, depth, 1), k = Units(keys, depth, 2);
        int[] positives = [.. Enumerable.Range(0, rows).Select(i => i * 7 % keys)], ignored = [.. Enumerable.Range(0, rows).Select(i => (i % 3) - 1)];
        int[] ofQueries = [.. Enumerable.Range(0, rows).Select(i => i % 7)], ofKeys = [.. Enumerable.Range(0, keys).Select(j => j * 5 % 7)];
        using CudaRig rig = new(precision);
        using Rig host = new(40 * (rows + keys) * depth);
        ContrastiveBatch ofDevice = new(Unit(rig, q, rows, depth), Unit(rig, k, keys, depth))
            { PositiveKeys = rig.Of(positives, rows), IgnoredKeys = rig.Of(ignored, rows), QueryLabels = rig.Of(ofQueries, rows), KeyLabels = rig.Of(ofKeys, keys) };
        ContrastiveBatch ofHost = new(Host(host, Operands(q, precision), rows, depth), Host(host, Operands(k, precision), keys, depth))
            { PositiveKeys = Ints(host, positives), IgnoredKeys = Ints(host, ignored), QueryLabels = Ints(host, ofQueries), KeyLabels = Ints(host, ofKeys) };
        foreach (RowLoss loss in new RowLoss[] { new InfoNce(), new HardNegatives(0.1, 0.5), new SupervisedContrastive(), new Squared() })
        {
            ContrastiveSettings settings = new(temperature, loss);
            Results found = Run(rig, ofDevice, settings, true, true);
            Tensor losses = host.Take(rows), lse = host.Take(rows), dq = host.Take(rows, depth), dk = host.Take(keys, depth);
            host.Ops.ContrastiveLoss(ofHost, settings, losses, lse, new ContrastiveGradients(dq, dk));
            string what = $"{loss}, {precision}";
            Assert.True(Rig.MaxError(found.Loss, Rig.Doubles(losses)) < 2e-6 * Math.Max(1, Largest(Rig.Doubles(losses))), what);
            double rounding = 2e-6 + (4 * Rounding(precision) / 1);
            double share = 4 / (rows * temperature);
            Assert.True(Rig.MaxError(found.Dq, Rig.Doubles(dq)) < rounding * share, $"{what}: dq off by {Rig.MaxError(found.Dq, Rig.Doubles(dq))}");
            Assert.True(Rig.MaxError(found.Dk, Rig.Doubles(dk)) < rounding * share, $"{what}: dk off by {Rig.MaxError(found.Dk, Rig.Doubles(dk))}");
        }
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.BFloat16)]
    public void ZeroRowsAndRowsWithoutNegativesAreFinite(Precision precision)
    {
        using CudaRig rig = new(precision);
        ContrastiveBatch zeros = new(rig.Zeros(5, 7), rig.Zeros(33, 7)) { Positives = rig.Zeros(5, 7) };
        Results found = Run(rig, zeros, new ContrastiveSettings(1e-3f), true, true);
        Assert.All(found.Loss, value => Assert.Equal(Math.Log(34), value, 1e-6));
        foreach (float[] gradient in new[] { found.Dq, found.Dk, found.Dp }) Assert.All(gradient, value => Assert.Equal(0, value));
        foreach (RowLoss loss in RowLossTests.Family.Where(loss => loss is not SupervisedContrastive))
        {
            ContrastiveBatch alone = new(rig.Of(Units(3, 7), ElementType.Float32, 3, 7), rig.Of(Units(1, 7, 2), ElementType.Float32, 1, 7)) { PositiveKeys = rig.Of([0, 0, 0], 3) };
            found = Run(rig, alone, new ContrastiveSettings(1e-3f, loss), true, true);
            foreach (float[] values in new[] { found.Loss, found.Dq, found.Dk }) Assert.All(values, value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.BFloat16)]
    public void ANaNIsNotLostAndTheSameCallGivesTheSameBits(Precision precision)
    {
        using Problem p = new(34, 300, 33, ContrastiveLossTests.Form.Keys, precision);
        Results first = p.Run(new ContrastiveSettings(0.1f)), second = p.Run(new ContrastiveSettings(0.1f));
        foreach ((float[] a, float[] b) in new[] { (first.Loss, second.Loss), (first.Dq, second.Dq), (first.Dk, second.Dk) }) Assert.Equal(a, b);
        p.SpoilKey(70);
        Results spoilt = p.Run(new ContrastiveSettings(0.1f));
        Assert.All(spoilt.Loss, value => Assert.True(float.IsNaN(value)));
        Assert.All(spoilt.LogSumExp, value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>½·Sum², in logits as they are: no loss of the literature, and none that a kernel knows.</summary>
    private sealed record Squared : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            double logarithm = Math.Log(row.Sum) + row.Maximum;
            return new RowResult((0.5 * logarithm * logarithm) - row.Positive, logarithm, logarithm / row.Sum, -1);
        }
    }

    internal static void FamilyNear(
        CudaRig rig, ContrastiveBatch batch, ContrastiveSettings settings, Pairing pairing, float[] q, float[] k, float[] p, Precision precision)
    {
        ContrastiveReference truth = ContrastiveReference.Of(settings, pairing, q, k, p);
        ContrastiveReference<double> moved = ContrastiveReference.Moved(settings, pairing, q, k, p, 5);
        Results found = Run(rig, batch, settings, true, true);
        string what = settings.ToString();
        double Allowed(double[] exact, double[] shifted, float[] single) =>
            (2 * Rig.MaxError(single, exact)) + (2 * exact.Zip(shifted, (a, b) => Math.Abs(a - b)).DefaultIfEmpty().Max()) + (UnitRounding * Largest(exact));
        Assert.True(Rig.MaxError(found.Loss, truth.Loss) <= Allowed(truth.Loss, moved.Loss, truth.NaiveLoss) + UnitRounding, $"{what}: loss");
        double rounding = (4 * Rounding(precision)) + (UnitRounding / settings.Temperature);
        foreach ((float[] gradient, double[] exact, double[] shifted, float[] single) in new[]
            { (found.Dq, truth.Dq, moved.Dq, truth.NaiveDq), (found.Dk, truth.Dk, moved.Dk, truth.NaiveDk), (found.Dp, truth.Dp, moved.Dp, truth.NaiveDp) })
        {
            if (exact.Length == 0) continue;
            double allowed = Allowed(exact, shifted, single) + (rounding * truth.LargestWeights), error = Rig.MaxError(gradient, exact);
            Assert.True(error <= allowed, $"{what}: gradient off by {error}, allowed {allowed}");
        }
    }

    private static void Near(float[] found, float[] naive, double[] truth, double rounding)
    {
        double error = Rig.MaxError(found, truth), allowed = (2 * Rig.MaxError(naive, truth)) + (UnitRounding * Largest(truth)) + rounding;
        Assert.True(error <= allowed, $"error {error}, allowed {allowed}");
    }

    private static Tensor Host(Rig rig, float[] values, int rows, int depth)
    {
        Tensor tensor = rig.Take(rows, depth);
        values.CopyTo(tensor.Floats);
        return tensor;
    }

    private static Tensor Ints(Rig rig, int[] values)
    {
        Tensor tensor = rig.Arena.Take(ElementType.Int32, values.Length);
        values.CopyTo(tensor.Ints);
        return tensor;
    }

    private static Results Run(CudaRig rig, ContrastiveBatch batch, ContrastiveSettings settings, bool dq, bool dk)
    {
        int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1];
        Tensor loss = rig.Unwritten(rows), lse = rig.Unwritten(rows), ofQueries = rig.Unwritten(rows, depth), ofKeys = rig.Unwritten(keys, depth), ofPositives = rig.Unwritten(rows, depth);
        rig.Ops.ContrastiveLoss(
            batch, settings, loss, lse, new ContrastiveGradients(dq ? ofQueries : default, dk ? ofKeys : default, batch.Positives.IsNone ? default : ofPositives));
        return new Results(rig.Floats(loss), rig.Floats(lse), rig.Floats(ofQueries), rig.Floats(ofKeys), batch.Positives.IsNone ? [] : rig.Floats(ofPositives));
    }

    private sealed record Results(float[] Loss, float[] LogSumExp, float[] Dq, float[] Dk, float[] Dp);

    private sealed class Problem : IDisposable
    {
        private readonly CudaRig rig;
        private readonly ContrastiveLossTests.Form form;
        private readonly int rows, keys, depth;
        private readonly float[] q, k, p;
        private readonly Precision precision;
        private ContrastiveBatch batch;

        public Problem(int rows, int keys, int depth, ContrastiveLossTests.Form form, Precision precision)
        {
            if (form == ContrastiveLossTests.Form.NtXent) keys = rows -= rows % 2;
            (this.rows, this.keys, this.depth, this.form, this.precision) = (rows, keys, depth, form, precision);
            rig = new CudaRig(precision);
            (q, k, p) = (Units(rows, depth, 1), form == ContrastiveLossTests.Form.NtXent ? Units(rows, depth, 1) : Units(keys, depth, 2), Units(rows, depth, 3));
            Tensor queries = Unit(rig, q, rows, depth);
            int[] positives = [.. Enumerable.Range(0, rows).Select(PositiveKey)];
            batch = form switch
            {
                ContrastiveLossTests.Form.OwnRows => new ContrastiveBatch(queries, Unit(rig, k, keys, depth)) { Positives = Unit(rig, p, rows, depth) },
                ContrastiveLossTests.Form.Keys => new ContrastiveBatch(queries, Unit(rig, k, keys, depth)) { PositiveKeys = rig.Of(positives, rows) },
                _ => new ContrastiveBatch(queries, queries) { PositiveKeys = rig.Of(positives, rows), IgnoredKeys = rig.Of([.. Enumerable.Range(0, rows)], rows) },
            };
        }

        public double LargestElement => Math.Max(Largest(q), Math.Max(Largest(k), Largest(p)));

        public ContrastiveReference Truth(float temperature)
        {
            Pairing pairing = form == ContrastiveLossTests.Form.OwnRows ? Pairing.Queue(rows, keys)
                : new Pairing(rows, keys, PositiveKey, (i, j) => j != PositiveKey(i) && (form != ContrastiveLossTests.Form.NtXent || j != i), (_, _) => false);
            return ContrastiveReference.Of(new ContrastiveSettings(temperature), pairing, Operands(q, precision), Operands(k, precision), Operands(p, precision));
        }

        /// <summary>The largest sum of a key's shares, in shares of a row.</summary>
        public double LargestColumn(ContrastiveReference truth, float temperature)
        {
            double[] sums = new double[keys];
            float[] a = Operands(q, precision), b = Operands(k, precision);
            for (int i = 0; i < rows; i++)
            for (int j = 0; j < keys; j++)
            {
                double s = 0;
                for (int d = 0; d < depth; d++) s += (double)a[(i * depth) + d] * b[(j * depth) + d];
                bool positive = form != ContrastiveLossTests.Form.OwnRows && j == PositiveKey(i);
                sums[j] += positive ? 1 : Math.Min(1, Math.Exp((s / temperature) - truth.LogSumExp[i]));
            }

            return sums.Max();
        }

        public void SpoilKey(int key)
        {
            k[key * depth] = float.NaN;
            rig.Ops.Upload<float>(k, batch.Keys);
        }

        public Results Run(ContrastiveSettings settings, bool dq = true, bool dk = true) => CudaContrastiveLossTests.Run(rig, batch, settings, dq, dk);

        public void Dispose() => rig.Dispose();

        private int PositiveKey(int i) => form == ContrastiveLossTests.Form.NtXent ? (i + (keys / 2)) % keys : i * 7 % keys;
    }
}
