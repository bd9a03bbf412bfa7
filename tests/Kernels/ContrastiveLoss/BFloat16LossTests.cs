using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;

namespace NegSamples.Tests.Kernels;

/// <summary>
/// The losses of a CPU that computes in bfloat16, on rows that are bfloat16 already: the truth has the very operands, so that loss and logarithm err as in float32, and
/// a gradient by the rounding of each weight besides.
/// </summary>
public sealed class BFloat16LossTests
{
    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    // A weight is rounded by up to 2⁻⁹ of its size, and so is what makes a key's weights of cached exponentials: a query times a factor.
    private const double WeightRounding = 2.01 / (1 << 9);

    /// <summary>One key, ragged against the tiles of 8 x 32 and against pairs, and more keys than a tile.</summary>
    private static readonly (int Rows, int Keys, int Depth)[] Shapes = [(1, 1, 1), (5, 1, 33), (34, 33, 128), (37, 150, 17), (99, 513, 40)];

    public static TheoryData<int, float> Family
    {
        get
        {
            TheoryData<int, float> cases = [];
            for (int member = 0; member <= RowLossTests.Family.Length; member++)
            foreach (float temperature in new[] { 0.07f, 0.5f })
                cases.Add(member, temperature);
            return cases;
        }
    }

    /// <summary>Positives that are rows, keys, or of one label; ignored keys; drawn negatives; all gradients, dq alone, cached or not, and keys in parts.</summary>
    [Theory, MemberData(nameof(Family))]
    public void LossAndGradientsErrNoMoreThanTheRoundingOfTheirWeights(int member, float temperature)
    {
        RowLoss loss = member < RowLossTests.Family.Length ? RowLossTests.Family[member] : new Sigmoid();
        ContrastiveSettings settings = new(temperature, loss) { Bias = loss is Sigmoid ? -2 : 0 };
        foreach ((int rows, int keys, int depth) in Shapes)
        {
            using Device device = new(400L * (rows + keys) * (depth + 40));
            ContrastiveBatch plain = new(device.Units(rows, depth), device.Units(keys, depth));
            if (loss is SupervisedContrastive)
            {
                if (keys < 4) continue;
                Tensor labels = device.Ints(rows, i => i % 3), ofLabels = device.Ints(keys, j => j * 2 % 3);
                Pairing labelled = Pairing.Queue(rows, keys) with { SameLabel = (i, j) => i % 3 == j * 2 % 3 && j != i % keys, Counts = (i, j) => j != i % keys };
                device.Check(plain with { QueryLabels = labels, KeyLabels = ofLabels, IgnoredKeys = device.Ints(rows, i => i % keys) }, settings, labelled);
                continue;
            }

            device.Check(plain with { Positives = device.Units(rows, depth) }, settings, Pairing.Queue(rows, keys));
            if (keys == 1) continue;
            int PositiveOf(int i) => ((i * 5) + 2) % keys;
            ContrastiveBatch among = plain with { PositiveKeys = device.Ints(rows, PositiveOf), IgnoredKeys = device.Ints(rows, i => (i % 3) - 1) };
            Pairing pairing = new(rows, keys, PositiveOf, (i, j) => j != PositiveOf(i) && j != (i % 3) - 1, (_, _) => false);
            device.Check(among, settings, pairing);
            NegativeSample half = new(keys / 2, 3, 9);
            device.Check(among with { Sample = half }, settings, pairing.Drawn(half));
        }
    }

    public static TheoryData<int, int, float, ViewPairs, SymmetricBlocksTests.Rows> Views
    {
        get
        {
            TheoryData<int, int, float, ViewPairs, SymmetricBlocksTests.Rows> cases = [];
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            foreach ((int rows, int depth) in new[] { (2, 3), (66, 3), (386, 33), (902, 6) })
            foreach (SymmetricBlocksTests.Rows layout in Enum.GetValues<SymmetricBlocksTests.Rows>())
                cases.Add(rows, depth, layout == SymmetricBlocksTests.Rows.Random ? 0.5f : 0.05f, source, layout);
            cases.Add(2056, 3, 0.05f, ViewPairs.BothViews, SymmetricBlocksTests.Rows.Cones);
            cases.Add(1042, 33, 0.07f, ViewPairs.Across, SymmetricBlocksTests.Rows.Random);
            return cases;
        }
    }

    /// <summary>Each pair multiplied once, of whole blocks and ragged ones, with rows whose sums cannot share an exponential among them.</summary>
    [Theory, MemberData(nameof(Views))]
    public void TwoViewsErrNoMoreThanTheRoundingOfTheirWeights(int rows, int depth, float temperature, ViewPairs source, SymmetricBlocksTests.Rows layout)
    {
        ViewLoss views = new(source, temperature);
        using Device device = new(16L * rows * (depth + 4));
        Tensor z = device.Units(rows, depth);
        SymmetricBlocksTests.Lay(z, layout);
        Device.Round(z);
        ContrastiveReference truth = views.Truth(rows, z.Floats);
        ContrastiveReference<double> moved = ContrastiveReference.Moved(
            views.Settings, views.Pairing(rows), z.Floats[..(views.Queries(rows) * depth)], source == ViewPairs.OtherView ? z.Floats[(rows / 2 * depth)..] : z.Floats, default, 5);
        Tensor loss = device.Take(views.Queries(rows)), lse = device.Take(views.Queries(rows)), dz = device.Take(rows, depth);
        views.Run(device.Ops, z, loss, lse, dz);
        double ofLogarithms = UnitRounding * (1 + truth.LogSumExp.Max(Math.Abs));
        LossFamilyTests.Near("loss", loss.Floats, truth.NaiveLoss, truth.Loss, [moved.Loss], ofLogarithms);
        LossFamilyTests.Near("logarithm", lse.Floats, truth.NaiveLogSumExp, truth.LogSumExp, [moved.LogSumExp], ofLogarithms);
        double largest = z.Floats.ToArray().Max(Math.Abs);
        LossFamilyTests.Near("dz", dz.Floats, truth.NaiveRows, truth.Rows, [moved.Rows], (WeightRounding + ofLogarithms) * truth.LargestRowWeights * largest);
    }

    /// <summary>Many tiles, whose cached exponentials are relative to one number and then to a greater one.</summary>
    [Fact]
    public void MaximaMayRiseFromTileToTile()
    {
        const int rows = 101, keys = 8200, depth = 18;
        using Device device = new(200L * (rows + keys) * (depth + 40));
        Tensor queries = device.Units(rows, depth), ofKeys = device.Units(keys, depth);
        for (int i = 0; i < rows; i++) queries.Row(i)[0] += 3;
        for (int j = 0; j < keys; j++) ofKeys.Row(j)[0] += -4 + (3f * j / keys);
        Device.Round(queries);
        Device.Round(ofKeys);
        device.Check(new(queries, ofKeys) { Positives = device.Units(rows, depth) }, new(0.5f), Pairing.Queue(rows, keys), inParts: false);
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        List<float[]>? first = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using Device device = new(2_000_000, threads);
            Tensor queries = device.Units(450, 17), keys = device.Units(1030, 17), z = device.Units(902, 40);
            ContrastiveBatch batch = new(queries, keys) { Positives = device.Units(450, 17) };
            List<float[]> values = [];
            foreach (long spill in new[] { 0L, 2L * 208 * 1024, 1L << 21 }) values.AddRange(device.Run(batch, new(0.1f) { SpillBytes = spill }).All);
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            {
                Tensor loss = device.Take(902), lse = device.Take(902), dz = device.Take(902, 40);
                ViewLoss views = new(source, 0.1f);
                views.Run(device.Ops, z, loss.Slice(0, views.Queries(902)), lse.Slice(0, views.Queries(902)), dz);
                values.AddRange([loss.Floats.ToArray(), dz.Floats.ToArray()]);
            }

            first ??= values;
            for (int i = 0; i < values.Count; i++) Assert.Equal(first[i], values[i]);
        }
    }

    /// <summary>At the least temperature products are bfloat16, just below it the results have the bits of float32.</summary>
    [Fact]
    public void BelowTheLeastTemperatureProductsAreFloat32()
    {
        using Device device = new(400_000);
        using CpuOps single = new(2);
        Tensor z = device.Units(130, 33, rounded: false);
        foreach ((float temperature, bool equal) in new[]
            { (CpuOps.LeastBFloat16Temperature, false), (MathF.BitDecrement(CpuOps.LeastBFloat16Temperature), true), (0.01f, true) })
        {
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            {
                ViewLoss views = new(source, temperature);
                Tensor loss = device.Take(views.Queries(130)), lse = device.Take(views.Queries(130)), dz = device.Take(130, 33);
                views.Run(device.Ops, z, loss, lse, dz);
                float[] found = [.. loss.Floats, .. dz.Floats];
                views.Run(single, z, loss, lse, dz);
                Assert.Equal(equal, found.SequenceEqual([.. loss.Floats, .. dz.Floats]));
            }
        }
    }

    /// <summary>Beside a float32 CPU on rows that are not rounded, as the self-test has it.</summary>
    [Fact]
    public void TheLossesOfTheSelfTestPass()
    {
        string[] names = ["InfoNce", "Decoupled", "Debiased", "HardNegatives", "Sigmoid", "SupervisedContrastive"];
        using CpuOps ops = new(2, Precision.BFloat16), single = new(2);
        SelfTestResult[] results =
            [.. DeviceSelfTest.Run(ops, Precision.BFloat16, single, small: true).Where(result => names.Any(name => result.Name.StartsWith(name, StringComparison.Ordinal)))];
        Assert.True(results.Length > 15);
        Assert.All(results, result => Assert.True(result.Passed, result.ToString()));
        Assert.Contains(results, result => result.Error > 1e-4);
    }

    [Fact]
    public void ANaNIsNotLost()
    {
        using Device device = new(200_000);
        ContrastiveBatch batch = new(device.Units(34, 33), device.Units(304, 33)) { Positives = device.Units(34, 33) };
        batch.Keys.Row(70)[5] = float.NaN;
        foreach (long spill in new[] { 0L, 1L << 20 })
            Assert.All(device.Run(batch, new(0.1f) { SpillBytes = spill }).Loss, value => Assert.True(float.IsNaN(value)));
        Tensor z = device.Units(600, 20), loss = device.Take(600), lse = device.Take(600), dz = device.Take(600, 20);
        z.Row(411)[7] = float.NaN;
        new ViewLoss(ViewPairs.BothViews, 0.1f).Run(device.Ops, z, loss, lse, dz);
        Assert.All(loss.Floats.ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(dz.Floats.ToArray(), value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>Nothing is allocated after the first call, and the workspace is what the plan of memory says at most.</summary>
    [Theory]
    [InlineData(1024, 4096, 128)]
    [InlineData(300, 2056, 33)]
    public void TheWorkspaceIsPlannedAndNothingElseIsTaken(int rows, int keys, int depth)
    {
        using Device device = new(8L * (rows + keys) * (depth + 8));
        ContrastiveBatch batch = new(device.Units(rows, depth), device.Units(keys, depth)) { Positives = device.Units(rows, depth) };
        Tensor loss = device.Take(keys), lse = device.Take(keys), dq = device.Take(rows, depth), dk = device.Take(keys, depth);
        ContrastiveSettings settings = new(0.1f);
        Assert.Equal(0, ManagedBytes.EachRoundOf(
            () => device.Ops.ContrastiveLoss(batch, settings, loss.Slice(0, rows), lse.Slice(0, rows), new ContrastiveGradients(dq, dk))));
        CpuWorkspace plan = CpuWorkspace.OfLoss(rows, keys, depth, ContrastiveSettings.AutomaticSpillBytes(keys, depth));
        Assert.InRange(device.Ops.WorkspaceBytes, 1, plan.Bytes(2));
        using Device other = new(8L * keys * (depth + 8));
        Tensor z = other.Units(keys, depth), dz = other.Take(keys, depth);
        using Arena arena = other.Ops.CreateArena("indices", ViewLoss.BytesFor(keys));
        ViewLoss views = new(ViewPairs.BothViews, 0.1f);
        (ContrastiveBatch ofViews, ContrastiveSettings same, ContrastiveGradients gradients) = (views.Batch(arena, z), views.Settings, views.Gradients(dz));
        Assert.Equal(0, ManagedBytes.EachRoundOf(() => other.Ops.ContrastiveLoss(ofViews, same, loss, lse, gradients)));
        Assert.InRange(other.Ops.WorkspaceBytes, 1, CpuWorkspace.OfSymmetricLoss(keys, depth).Bytes(2));
    }

    /// <summary>A CPU that computes in bfloat16, and tensors of floats that are such numbers.</summary>
    private sealed class Device : IDisposable
    {
        private readonly Random random = new(11);
        private readonly HostArena memory;

        public Device(long floats, int threads = 2)
        {
            Ops = new CpuOps(threads, Precision.BFloat16);
            memory = new HostArena(Ops, (floats * sizeof(float)) + 65536);
        }

        public CpuOps Ops { get; }

        public Tensor Take(params ReadOnlySpan<int> shape)
        {
            Tensor tensor = memory.Arena.Take(shape);
            tensor.Floats.Fill(float.NaN);
            return tensor;
        }

        public Tensor Ints(int count, Func<int, int> value)
        {
            Tensor tensor = memory.Arena.Take(ElementType.Int32, count);
            for (int i = 0; i < count; i++) tensor.Ints[i] = value(i);
            return tensor;
        }

        public Tensor Units(int rows, int depth, bool rounded = true)
        {
            Tensor z = memory.Arena.Take(rows, depth);
            foreach (ref float value in z.Floats) value = (float)((random.NextDouble() * 2) - 1);
            SymmetricBlocksTests.Lay(z, SymmetricBlocksTests.Rows.Random);
            if (rounded) Round(z);
            return z;
        }

        public static void Round(Tensor z)
        {
            foreach (ref float value in z.Floats) value = BFloat16.ToFloat(BFloat16.FromFloat(value));
        }

        public Results Run(ContrastiveBatch batch, ContrastiveSettings settings, bool dq = true, bool dk = true)
        {
            int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1];
            Tensor loss = Take(rows), lse = Take(rows), ofQueries = Take(rows, depth), ofKeys = Take(keys, depth), ofPositives = Take(rows, depth);
            Ops.ContrastiveLoss(
                batch, settings, loss, lse, new ContrastiveGradients(dq ? ofQueries : default, dk ? ofKeys : default, batch.Positives.IsNone ? default : ofPositives));
            return new(
                loss.Floats.ToArray(), lse.Floats.ToArray(), ofQueries.Floats.ToArray(), ofKeys.Floats.ToArray(),
                batch.Positives.IsNone ? [] : ofPositives.Floats.ToArray());
        }

        public void Check(ContrastiveBatch batch, ContrastiveSettings settings, Pairing pairing, bool inParts = true)
        {
            Span<float> positives = batch.Positives.IsNone ? default : batch.Positives.Floats;
            ContrastiveReference truth = ContrastiveReference.Of(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, positives);
            ContrastiveReference<double>[] moved =
                [.. Enumerable.Range(1, 2).Select(seed => ContrastiveReference.Moved(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, batch.Positives.IsNone ? default : batch.Positives.Floats, seed))];
            foreach ((long? spill, bool dq, bool dk) in new (long?, bool, bool)[] { (null, true, true), (0, true, true), (0, true, false), (0, false, true), (0, false, false) })
                Near(Run(batch, settings with { SpillBytes = spill }, dq, dk), dq, dk);
            if (!inParts || batch.Keys[0] < 3) return;
            foreach ((bool products, bool ofKeys) in settings.HasProducts ? new[] { (false, true), (true, false) } : [(false, true)])
            {
                PartsRun parts = PartsRun.Of(Ops, batch, settings, [0, batch.Keys[0] / 3, batch.Keys[0]], products, ofKeys);
                Near(new(parts.Loss, parts.LogSumExp, parts.Dq, parts.Dk, parts.Dp), true, ofKeys);
            }

            void Near(Results found, bool dq, bool dk)
            {
                double ofLogarithms = UnitRounding * (1 + truth.LogSumExp.Max(Math.Abs));
                double ofWeights = (WeightRounding + ofLogarithms) * truth.LargestWeights;
                LossFamilyTests.Near("loss", found.Loss, truth.NaiveLoss, truth.Loss, moved.Select(one => one.Loss), ofLogarithms + (UnitRounding * truth.Loss.Max(Math.Abs)));
                LossFamilyTests.Near("logarithm", found.LogSumExp, truth.NaiveLogSumExp, truth.LogSumExp, moved.Select(one => one.LogSumExp), ofLogarithms);
                if (dq) LossFamilyTests.Near("dq", found.Dq, truth.NaiveDq, truth.Dq, moved.Select(one => one.Dq), ofWeights);
                if (dk) LossFamilyTests.Near("dk", found.Dk, truth.NaiveDk, truth.Dk, moved.Select(one => one.Dk), ofWeights);
                if (!batch.Positives.IsNone) LossFamilyTests.Near("dp", found.Dp, truth.NaiveDp, truth.Dp, moved.Select(one => one.Dp), ofWeights);
            }
        }

        public void Dispose()
        {
            memory.Dispose();
            Ops.Dispose();
        }
    }

    private sealed record Results(float[] Loss, float[] LogSumExp, float[] Dq, float[] Dk, float[] Dp)
    {
        public IEnumerable<float[]> All => [Loss, LogSumExp, Dq, Dk, Dp];
    }
}
