using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class ContrastiveLossTests
{
    /// <summary>Positives as rows of their own (MoCo), as keys (cross-entropy), and the batch against itself with the query left out (NT-Xent).</summary>
    public enum Form
    {
        OwnRows,
        Keys,
        NtXent,
    }

    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    /// <summary>One of everything, one key, one query, ragged against tiles of 8 x 32 and against the rows and keys of a chunk.</summary>
    private static readonly (int Rows, int Keys, int Depth)[] Shapes = [(1, 1, 1), (2, 2, 3), (5, 1, 33), (3, 700, 7), (34, 33, 128), (130, 1030, 17), (450, 300, 5)];

    private static readonly float[] Temperatures = [1e-3f, 0.01f, 0.07f, 0.5f, 1];

    public static TheoryData<int, int, int, float, Form> Cases
    {
        get
        {
            TheoryData<int, int, int, float, Form> cases = [];
            foreach ((int rows, int keys, int depth) in Shapes)
            foreach (float temperature in Temperatures)
            foreach (Form form in Enum.GetValues<Form>())
                if (form != Form.NtXent || rows == 2 || rows > 5) cases.Add(rows, keys, depth, temperature, form);
            return cases;
        }
    }

    public static TheoryData<Form, float, bool> ManyTiles
    {
        get
        {
            TheoryData<Form, float, bool> cases = [];
            foreach (Form form in new[] { Form.OwnRows, Form.Keys })
            foreach (float temperature in Temperatures)
            foreach (bool rising in new[] { false, true })
                cases.Add(form, temperature, rising);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientsErrNoMoreThanTwiceTheNaiveFloatFormula(int rows, int keys, int depth, float temperature, Form form)
    {
        using Problem p = new(rows, keys, depth, form);
        ContrastiveReference truth = p.Truth(temperature);
        foreach (long spill in new[] { 0L, 4L * 208 * 1024, 1L << 20 })
        {
            Results results = p.Run(new ContrastiveSettings(temperature) { SpillBytes = spill });
            Near(results.Loss, truth.NaiveLoss, truth.Loss, temperature, 1e-6);
            Near(results.LogSumExp, truth.NaiveLogSumExp, truth.LogSumExp, 0, 0);
            Near(results.Dq, truth.NaiveDq, truth.Dq, temperature, 1e-5);
            Near(results.Dk, truth.NaiveDk, truth.Dk, temperature, 1e-5);
            if (form == Form.OwnRows) Near(results.Dp, truth.NaiveDp, truth.Dp, temperature, 1e-5);
        }
    }

    /// <summary>Each gradient alone, and two of three, are the numbers that come of all three together, up to the rounding of another order of sums.</summary>
    [Theory]
    [InlineData(Form.OwnRows)]
    [InlineData(Form.Keys)]
    [InlineData(Form.NtXent)]
    public void GradientsThatAreNotAskedForChangeNothing(Form form)
    {
        using Problem p = new(130, 1030, 17, form);
        ContrastiveSettings settings = new(0.07f);
        Results all = p.Run(settings);
        foreach ((bool dq, bool dk) in new[] { (true, false), (false, true), (false, false) })
        {
            Results some = p.Run(settings, dq, dk);
            Assert.Equal(all.Loss.Floats.ToArray(), some.Loss.Floats.ToArray());
            if (dq) Assert.InRange(Rig.MaxError(some.Dq.Floats, Rig.Doubles(all.Dq)), 0, 1e-6 * Largest(Rig.Doubles(all.Dq)));
            if (dk) Assert.InRange(Rig.MaxError(some.Dk.Floats, Rig.Doubles(all.Dk)), 0, 1e-6 * Largest(Rig.Doubles(all.Dk)));
        }
    }

    [Theory]
    [InlineData(Form.OwnRows)]
    [InlineData(Form.Keys)]
    [InlineData(Form.NtXent)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(Form form)
    {
        List<float[]>? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Problem p = new(450, 1030, 17, form, threads);
            List<float[]> values = [];
            foreach (long spill in new[] { 0L, 4L * 208 * 1024, 1L << 20 })
            foreach (bool dk in new[] { true, false })
            {
                Results results = p.Run(new ContrastiveSettings(0.1f) { SpillBytes = spill }, true, dk);
                values.AddRange([results.Loss.Floats.ToArray(), results.LogSumExp.Floats.ToArray(), results.Dq.Floats.ToArray()]);
                if (dk) values.Add(results.Dk.Floats.ToArray());
            }

            first ??= values;
            for (int i = 0; i < values.Count; i++) Assert.Equal(first[i], values[i]);
        }
    }

    [Theory]
    [InlineData(Form.OwnRows)]
    [InlineData(Form.Keys)]
    [InlineData(Form.NtXent)]
    public void TheTemperatureGradientIsTheSlopeOfTheMeanLossAlongTheTemperature(Form form)
    {
        const float temperature = 0.25f, step = 1f / 4096;
        using Problem p = new(66, 130, 17, form);
        Results results = p.Run(new ContrastiveSettings(temperature));
        double MeanLoss(float t) => p.Truth(t).Loss.Average();

        // Richardson's extrapolation of two central differences: the error is of fourth order in the step.
        double narrow = (MeanLoss(temperature + step) - MeanLoss(temperature - step)) / (2 * step);
        double wide = (MeanLoss(temperature + (2 * step)) - MeanLoss(temperature - (2 * step))) / (4 * step);
        double slope = ((4 * narrow) - wide) / 3;
        double found = p.Rig.Ops.ContrastiveTemperatureGradient(p.Batch, new ContrastiveSettings(temperature), new ContrastiveGradients(results.Dq));
        Assert.InRange(found, slope - (1e-5 * Math.Abs(slope)), slope + (1e-5 * Math.Abs(slope)));
    }

    /// <summary>Two sums, keys of the own label left out, no positive, an ignored key: against differences of the loss written down in double.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheGradientOfAnyRowLossIsTheSlopeOfItsMean(bool labelsArePositives)
    {
        const int rows = 40, keys = 300, depth = 9;
        const float temperature = 0.3f;
        const double step = 1e-5;
        using Problem p = new(rows, keys, depth, Form.Keys, labels: 7);
        RowLoss loss = labelsArePositives ? new Attraction() : new TwoSums();
        foreach (long spill in new[] { 0L, 1L << 20 })
        {
            Results results = p.Run(new ContrastiveSettings(temperature, loss) { SpillBytes = spill });
            double[] q = Rig.Doubles(p.Batch.Queries), k = Rig.Doubles(p.Batch.Keys), dq = Rig.Doubles(results.Dq), dk = Rig.Doubles(results.Dk);
            Assert.InRange(results.Loss.Floats.ToArray().Average(value => (double)value) - p.MeanOf(loss, q, k, temperature), -1e-6, 1e-6);
            Random random = new(3);
            for (int direction = 0; direction < 4; direction++)
            {
                double[] v = [.. q.Select(_ => random.NextDouble() - 0.5)], w = [.. k.Select(_ => random.NextDouble() - 0.5)];
                double At(double t) => p.MeanOf(loss, [.. q.Select((x, i) => x + (t * v[i]))], [.. k.Select((x, i) => x + (t * w[i]))], temperature);
                double slope = (At(step) - At(-step)) / (2 * step), found = 0, size = 0;
                for (int i = 0; i < v.Length; i++) (found, size) = (found + (dq[i] * v[i]), size + Math.Abs(dq[i] * v[i]));
                for (int i = 0; i < w.Length; i++) (found, size) = (found + (dk[i] * w[i]), size + Math.Abs(dk[i] * w[i]));
                Assert.InRange(slope - found, -2e-6 * size, 2e-6 * size);
            }
        }
    }

    [Theory]
    [InlineData(1e-3f)]
    [InlineData(0.5f)]
    public void EqualRowsHaveTheLossOfAGuess(float temperature)
    {
        foreach (Form form in Enum.GetValues<Form>())
        {
            using Problem p = new(34, 300, 33, form);
            foreach (Tensor tensor in new[] { p.Batch.Queries, p.Batch.Keys, p.Positives })
                for (int i = 0; i < tensor[0]; i++) p.Batch.Queries.Row(0).CopyTo(tensor.Row(i));
            Results results = p.Run(new ContrastiveSettings(temperature));
            double guess = Math.Log(form switch { Form.OwnRows => p.Batch.Keys[0] + 1, Form.Keys => p.Batch.Keys[0], _ => p.Batch.Keys[0] - 1 });
            foreach (float value in results.Loss.Floats) Assert.Equal(guess, value, 1e-6);

            // All attract and all repel alike: a query's gradient is nothing but the rounding of the shares, which add up to 1 and to −1.
            double rounding = 2 * UnitRounding / temperature / 34;
            foreach (float value in results.Dq.Floats) Assert.InRange(value, -rounding, rounding);
        }
    }

    [Fact]
    public void ZeroRowsHaveTheLossOfAGuessAndNoGradient()
    {
        using Problem p = new(5, 33, 7, Form.OwnRows);
        p.Batch.Queries.Floats.Clear();
        p.Batch.Keys.Floats.Clear();
        p.Positives.Floats.Clear();
        Results results = p.Run(new ContrastiveSettings(1e-3f));
        foreach (float value in results.Loss.Floats) Assert.Equal(Math.Log(34), value, 1e-6);
        foreach (Tensor gradient in new[] { results.Dq, results.Dk, results.Dp }) Assert.All(gradient.Floats.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void ARowWithoutNegativesHasNoLossAndNoGradient()
    {
        using Problem p = new(3, 1, 7, Form.Keys);
        Results results = p.Run(new ContrastiveSettings(1e-3f));
        Assert.All(results.Loss.Floats.ToArray(), value => Assert.Equal(0, value));
        foreach (Tensor gradient in new[] { results.Dq, results.Dk }) Assert.All(gradient.Floats.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L << 20)]
    public void ANaNIsNotLost(long spill)
    {
        using Problem p = new(34, 300, 33, Form.OwnRows);
        p.Batch.Keys.Row(70)[5] = float.NaN;
        Results results = p.Run(new ContrastiveSettings(0.1f) { SpillBytes = spill });
        Assert.All(results.Loss.Floats.ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(results.LogSumExp.Floats.ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>Runs of several tiles, whose spilled exponentials are relative to one number and then to a greater one; for some queries the first tiles have no negatives at
    /// all, and every logit lies far below 0.</summary>
    [Theory]
    [InlineData(1e-3f)]
    [InlineData(0.07f)]
    public void MaximaMayRiseFromTileToTileAndTilesMayBeMaskedWhole(float temperature)
    {
        const int rows = 40, keys = 9000, depth = 7;
        using Problem p = new(rows, keys, depth, Form.OwnRows);
        Shift(p.Batch.Queries, _ => 3);
        Shift(p.Batch.Keys, j => -4 + (3f * j / keys));
        Tensor queryLabels = p.Rig.Arena.Take(ElementType.Int32, rows), keyLabels = p.Rig.Arena.Take(ElementType.Int32, keys);
        for (int i = 0; i < rows; i++) queryLabels.Ints[i] = i % 5;
        for (int j = 0; j < keys; j++) keyLabels.Ints[j] = j / 1000;
        p.Batch = p.Batch with { QueryLabels = queryLabels, KeyLabels = keyLabels };
        ContrastiveReference truth = ContrastiveReference.Of(
            new ContrastiveSettings(temperature), Pairing.Queue(rows, keys) with { Counts = (i, j) => i % 5 != j / 1000 }, p.Batch.Queries.Floats, p.Batch.Keys.Floats, p.Positives.Floats);
        foreach (long spill in new[] { 0L, 1L << 22 })
        foreach ((bool dq, bool dk) in new[] { (true, true), (true, false), (false, true) })
        {
            Results results = p.Run(new ContrastiveSettings(temperature) { SpillBytes = spill }, dq, dk);
            Near(results.Loss, truth.NaiveLoss, truth.Loss, temperature, 1e-6);
            if (dq) Near(results.Dq, truth.NaiveDq, truth.Dq, temperature, 1e-5);
            if (dk) Near(results.Dk, truth.NaiveDk, truth.Dk, temperature, 1e-5);
        }
    }

    /// <summary>Many tiles of keys whose pairs all count but for the positives: unit rows, whose maxima hardly rise, and keys that come nearer from tile to tile.</summary>
    [Theory, MemberData(nameof(ManyTiles))]
    public void ManyTilesErrNoMoreThanTwiceTheNaiveFloatFormula(Form form, float temperature, bool rising)
    {
        const int rows = 150, keys = 4099, depth = 19;
        using Problem p = new(rows, keys, depth, form);
        if (rising)
        {
            Shift(p.Batch.Queries, _ => 3);
            Shift(p.Batch.Keys, j => -4 + (3f * j / keys));
        }

        ContrastiveReference truth = p.Truth(temperature);
        foreach (long spill in new[] { 0L, 1L << 23 })
        foreach ((bool dq, bool dk) in new[] { (true, true), (true, false), (false, true), (false, false) })
        {
            Results results = p.Run(new ContrastiveSettings(temperature) { SpillBytes = spill }, dq, dk);
            Near(results.Loss, truth.NaiveLoss, truth.Loss, temperature, 1e-6);
            if (dq) Near(results.Dq, truth.NaiveDq, truth.Dq, temperature, 1e-5);
            if (dk) Near(results.Dk, truth.NaiveDk, truth.Dk, temperature, 1e-5);
        }
    }

    [Fact]
    public void TheBitsOfManyTilesDoNotDependOnTheNumberOfThreads()
    {
        List<float[]>? first = null;
        for (int threads = 1; threads <= 5; threads++)
        {
            using Problem p = new(70, 9000, 5, Form.OwnRows, threads);
            List<float[]> values = [];
            foreach (long spill in new[] { 0L, 1L << 20, 1L << 22 })
            {
                Results results = p.Run(new ContrastiveSettings(0.1f) { SpillBytes = spill });
                values.AddRange([results.Loss.Floats.ToArray(), results.Dq.Floats.ToArray(), results.Dk.Floats.ToArray(), results.Dp.Floats.ToArray()]);
            }

            first ??= values;
            for (int i = 0; i < values.Count; i++) Assert.Equal(first[i], values[i]);
        }
    }

    [Fact]
    public void AfterTheFirstCallNothingIsAllocated()
    {
        using Problem p = new(130, 1030, 17, Form.OwnRows);
        ContrastiveSettings settings = new(0.1f);
        Results results = p.Run(settings);
        ContrastiveGradients gradients = new(results.Dq, results.Dk, results.Dp);
        Assert.Equal(0, ManagedBytes.EachRoundOf(() => p.Rig.Ops.ContrastiveLoss(p.Batch, settings, results.Loss, results.LogSumExp, gradients)));
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Problem p = new(3, 4, 2, Form.Keys);
        using Problem other = new(3, 4, 5, Form.OwnRows);
        Assert.Contains("Keys is [4, 5]; expected 2 columns", Refusal(p, p.Batch with { Keys = other.Batch.Keys }), StringComparison.Ordinal);
        Assert.Contains("InfoNce needs a positive", Refusal(p, p.Batch with { PositiveKeys = default }), StringComparison.Ordinal);
        Assert.Contains("QueryLabels and KeyLabels belong together", Refusal(p, p.Batch with { QueryLabels = p.Batch.PositiveKeys }), StringComparison.Ordinal);
        p.Batch.PositiveKeys.Ints[1] = 4;
        Assert.Contains("PositiveKeys[1] is 4; expected 0 to 3.", Refusal(p, p.Batch), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => other.Run(new ContrastiveSettings(0)));
        Assert.Throws<ArgumentException>(() => other.Run(new ContrastiveSettings(1) { SpillBytes = -1 }));
    }

    private static string Refusal(Problem p, ContrastiveBatch batch) =>
        Assert.ThrowsAny<ArgumentException>(() => p.Rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(1), p.Rig.Take(3), p.Rig.Take(3))).Message;

    /// <summary>No more than twice the naive error and, for the temperatures that people use, within the bound relative to the largest value.</summary>
    private static void Near(Tensor found, float[] naive, double[] truth, float temperature, double bound)
    {
        double error = Rig.MaxError(found.Floats, truth), allowed = (2 * Rig.MaxError(naive, truth)) + (UnitRounding * Largest(truth));
        Assert.True(error <= allowed, $"error {error}, allowed {allowed}");
        if (temperature >= 0.07f) Assert.True(error <= bound * Largest(truth), $"error {error}, {error / Largest(truth)} of the largest value");
    }

    /// <summary>Adds to the first coordinate of each row and makes it a unit row again.</summary>
    private static void Shift(Tensor z, Func<int, float> by)
    {
        for (int i = 0; i < z.Rows; i++)
        {
            double squares = 0;
            z.Row(i)[0] += by(i);
            foreach (float value in z.Row(i)) squares += (double)value * value;
            foreach (ref float value in z.Row(i)) value = (float)(value / Math.Sqrt(squares));
        }
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);

    private sealed record Results(Tensor Loss, Tensor LogSumExp, Tensor Dq, Tensor Dk, Tensor Dp);

    /// <summary>ln(Sum) + ½·ln(TiltedSum) − s⁺: no loss of the literature, but one in which each sum has a weight of its own.</summary>
    private sealed record TwoSums : RowLoss
    {
        public override double Tilt => 0.75;

        public override RowResult Of(in RowSums row)
        {
            double loss = Math.Log(row.Sum) + (0.5 * Math.Log(row.TiltedSum)) + (row.Maximum * (1 + (0.5 * (1 + Tilt)))) - row.Positive;
            return new RowResult(loss, Math.Log(row.Sum) + row.Maximum, 1 / row.Sum, -1, 0.5 / row.TiltedSum);
        }
    }

    /// <summary>ln(Sum) − the mean logit of the own label.</summary>
    private sealed record Attraction : RowLoss
    {
        public override bool NeedsPositive => false;

        public override bool EqualLabelsArePositives => true;

        public override RowResult Of(in RowSums row)
        {
            double logarithm = Math.Log(row.Sum) + row.Maximum;
            return new RowResult(logarithm - (row.EqualLabelSum / row.EqualLabels), logarithm, 1 / row.Sum, 0, ByEqualLabel: -1.0 / row.EqualLabels);
        }
    }

    /// <summary>Random unit rows with room for the results.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly Form form;

        public Problem(int rows, int keys, int depth, Form form, int threads = 2, int labels = 0)
        {
            this.form = form;
            if (form == Form.NtXent) keys = rows;
            Rig = new Rig(40L * (rows + keys + 64) * (depth + 32), threads);
            Tensor queries = Units(rows, depth);
            Positives = Units(rows, depth);
            Batch = form switch
            {
                Form.OwnRows => new ContrastiveBatch(queries, Units(keys, depth)) { Positives = Positives },
                Form.Keys => new ContrastiveBatch(queries, Units(keys, depth)) { PositiveKeys = Ints(rows, PositiveKey(keys)) },
                _ => new ContrastiveBatch(queries, queries) { PositiveKeys = Ints(rows, PositiveKey(keys)), IgnoredKeys = Ints(rows, i => i) },
            };
            if (labels > 0) Batch = Batch with { QueryLabels = Ints(rows, i => i % labels), KeyLabels = Ints(keys, j => j * 5 % labels), IgnoredKeys = Ints(rows, i => (i % 3) - 1) };
        }

        public Rig Rig { get; }

        public Tensor Positives { get; }

        public ContrastiveBatch Batch { get; set; }

        public ContrastiveReference Truth(float temperature)
        {
            int rows = Batch.Queries[0], keys = Batch.Keys[0];
            Pairing pairing = form switch
            {
                Form.OwnRows => Pairing.Queue(rows, keys),
                Form.Keys => new Pairing(rows, keys, PositiveKey(keys), (i, j) => j != PositiveKey(keys)(i), (_, _) => false),
                _ => new Pairing(rows, keys, PositiveKey(keys), (i, j) => j != PositiveKey(keys)(i) && j != i, (_, _) => false),
            };
            return ContrastiveReference.Of(new ContrastiveSettings(temperature), pairing, Batch.Queries.Floats, Batch.Keys.Floats, Positives.Floats);
        }

        /// <summary>The mean of a row loss over rows of doubles, from the logits themselves.</summary>
        public double MeanOf(RowLoss loss, double[] q, double[] k, double temperature)
        {
            int rows = Batch.Queries[0], keys = Batch.Keys[0], depth = Batch.Queries[1];
            double total = 0;
            for (int i = 0; i < rows; i++)
            {
                List<double> negatives = [], equals = [];
                double positive = 0;
                for (int j = 0; j < keys; j++)
                {
                    double s = 0;
                    for (int d = 0; d < depth; d++) s += q[(i * depth) + d] * k[(j * depth) + d] / temperature;
                    bool equal = Batch.QueryLabels.Ints[i] == Batch.KeyLabels.Ints[j], isPositive = j == Batch.PositiveKeys.Ints[i];
                    if (isPositive) positive = s;
                    if (j == Batch.IgnoredKeys.Ints[i] && !isPositive) continue;
                    if (equal) equals.Add(s);
                    if (!isPositive && (!equal || loss.EqualLabelsArePositives)) negatives.Add(s);
                }

                double logarithm = Math.Log(negatives.Sum(Math.Exp));
                total += loss.EqualLabelsArePositives ? logarithm - equals.Average() : logarithm + (0.5 * Math.Log(negatives.Sum(s => Math.Exp(1.75 * s)))) - positive;
            }

            return total / rows;
        }

        public Results Run(ContrastiveSettings settings, bool dq = true, bool dk = true)
        {
            int rows = Batch.Queries[0], depth = Batch.Queries[1];
            Results results = new(Rig.Take(rows), Rig.Take(rows), Rig.Take(rows, depth), Rig.Take(Batch.Keys[0], depth), Rig.Take(rows, depth));
            foreach (Tensor tensor in new[] { results.Loss, results.LogSumExp, results.Dq, results.Dk, results.Dp }) tensor.Floats.Fill(float.NaN);
            ContrastiveGradients gradients = new(dq ? results.Dq : default, dk ? results.Dk : default, form == Form.OwnRows ? results.Dp : default);
            Rig.Ops.ContrastiveLoss(Batch, settings, results.Loss, results.LogSumExp, gradients);
            return results;
        }

        public void Dispose() => Rig.Dispose();

        private Func<int, int> PositiveKey(int keys) => form == Form.NtXent ? i => (i + (keys / 2)) % keys : i => i * 7 % keys;

        private Tensor Ints(int count, Func<int, int> value)
        {
            Tensor tensor = Rig.Arena.Take(ElementType.Int32, count);
            for (int i = 0; i < count; i++) tensor.Ints[i] = value(i);
            return tensor;
        }

        private Tensor Units(int rows, int depth)
        {
            Tensor z = Rig.Random(rows, depth);
            for (int i = 0; i < rows; i++)
            {
                double squares = 0;
                foreach (float value in z.Row(i)) squares += (double)value * value;
                foreach (ref float value in z.Row(i)) value = (float)(value / Math.Sqrt(squares));
            }

            return z;
        }
    }
}
