using ILGPU;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaBatchNormTests
{
    private const ElementType F32 = ElementType.Float32, BF16 = ElementType.BFloat16;

    /// <summary>Two rows, one channel, ragged channels, packs that do not fill a block, more packs than a block has threads, several tiles.</summary>
    public static TheoryData<int, int, bool, bool, ElementType> Cases => new()
    {
        { 2, 1, false, false, F32 }, { 65, 3, true, false, F32 }, { 70, 24, true, true, F32 }, { 301, 100, false, true, F32 }, { 5, 1100, true, true, F32 }, { 600, 64, true, true, F32 },
        { 2, 1, false, false, BF16 }, { 65, 3, true, true, BF16 }, { 70, 24, true, true, BF16 }, { 301, 100, false, true, BF16 }, { 5, 2056, true, false, BF16 }, { 600, 64, true, true, BF16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ForwardInTraining(int rows, int channels, bool relu, bool withResidual, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new((5L * rows * channels) + (20L * (channels + 16)));
        Problem p = new(rig, rows, channels, withResidual, type);
        Problem twin = p.OnCpu(cpu);
        double[] runningMean = rig.Doubles(p.RunningMean), runningVariance = rig.Doubles(p.RunningVariance), x = rig.Doubles(p.X), truth = new double[rows * channels];
        double[] inverses = new double[channels];
        float[] naive = new float[rows * channels];
        float naiveInverseError = 0;
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = Moments(x, c, channels);
            (float meanInFloat, float varianceInFloat) = MomentsInFloat(x, c, channels);
            inverses[c] = 1 / Math.Sqrt(variance + 1e-5);
            float inverseInFloat = 1 / MathF.Sqrt(varianceInFloat + 1e-5f);
            naiveInverseError = Math.Max(naiveInverseError, (float)Math.Abs(inverseInFloat - inverses[c]));
            for (int at = c; at < x.Length; at += channels)
            {
                double added = withResidual ? twin.Residual.Floats[at] : 0;
                truth[at] = (twin.Gamma.Floats[c] * (x[at] - mean) * inverses[c]) + twin.Beta.Floats[c] + added;
                naive[at] = (twin.Gamma.Floats[c] * ((float)x[at] - meanInFloat) * inverseInFloat) + twin.Beta.Floats[c] + (float)added;
                if (relu) (truth[at], naive[at]) = (Math.Max(0, truth[at]), Math.Max(0, naive[at]));
            }

            runningMean[c] = (0.9 * runningMean[c]) + (0.1 * mean);
            runningVariance[c] = (0.9 * runningVariance[c]) + (0.1 * variance * rows / (rows - 1));
        }

        p.Forward(rig.Ops, relu);
        twin.Forward(cpu.Ops, relu);
        double error = (2 * Rig.MaxError(naive, truth)) + (1e-6 * Math.Max(1, inverses.Max() / 16));
        Activations.AssertClose(truth, rig.Floats(p.Y), error, type);
        Activations.AssertClose(Rig.Doubles(twin.Y), rig.Floats(p.Y), 2 * error, type);
        Activations.AssertClose(inverses, rig.Floats(p.InverseDeviation), (2 * naiveInverseError) + (1e-6 * inverses.Max()));
        Activations.AssertClose(runningMean, rig.Floats(p.RunningMean), 1e-6);
        Activations.AssertClose(runningVariance, rig.Floats(p.RunningVariance), 1e-6);
        Activations.AssertClose(Rig.Doubles(twin.Mean), rig.Floats(p.Mean), 1e-6);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Backward(int rows, int channels, bool relu, bool withResidual, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new((9L * rows * channels) + (24L * (channels + 16)));
        Problem p = new(rig, rows, channels, withResidual, type);
        p.Forward(rig.Ops, relu);
        Problem twin = p.OnCpu(cpu);
        Tensor dy = rig.Random(type, rows, channels), dx = rig.Unwritten(type, rows, channels), dresidual = withResidual ? rig.Unwritten(type, rows, channels) : default;
        Tensor dgamma = rig.Random(channels), dbeta = rig.Random(channels);
        Tensor cpuDy = rig.OnCpu(cpu, dy), cpuDx = cpu.Take(rows, channels), cpuDgamma = rig.OnCpu(cpu, dgamma), cpuDbeta = rig.OnCpu(cpu, dbeta);
        double[] x = rig.Doubles(p.X), y = rig.Doubles(p.Y), mean = rig.Doubles(p.Mean), inverse = rig.Doubles(p.InverseDeviation), gamma = rig.Doubles(p.Gamma);
        double[] dgammaTruth = rig.Doubles(dgamma), dbetaTruth = rig.Doubles(dbeta), dxTruth = new double[x.Length], g = rig.Doubles(dy);
        for (int i = 0; i < g.Length; i++) g[i] = relu && !(y[i] > 0) ? 0 : g[i];
        double greatest = 0;
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, product = 0;
            for (int at = c; at < x.Length; at += channels) (sum, product) = (sum + g[at], product + (g[at] * (x[at] - mean[c]) * inverse[c]));
            dbetaTruth[c] += sum;
            dgammaTruth[c] += product;
            for (int at = c; at < x.Length; at += channels) dxTruth[at] = gamma[c] * inverse[c] * (g[at] - (sum / rows) - ((x[at] - mean[c]) * inverse[c] * product / rows));
            greatest = Math.Max(greatest, Math.Abs(gamma[c] * inverse[c]));
        }

        rig.Ops.BatchNormBackward(dy, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, relu, dgamma, dbeta, dx, dresidual);
        cpu.Ops.BatchNormBackward(
            cpuDy, twin.X, twin.Y, twin.Gamma, twin.Mean, twin.InverseDeviation, relu, cpuDgamma, cpuDbeta, cpuDx, withResidual ? cpu.Take(rows, channels) : default);

        // The terms of dx are up to γ/σ; two rows have a small σ sometimes, and then it multiplies every rounding.
        double error = 4e-6 * Math.Max(1, greatest);
        Activations.AssertClose(dxTruth, rig.Floats(dx), error, type);
        Activations.AssertClose(Rig.Doubles(cpuDx), rig.Floats(dx), 2 * error, type);
        Activations.AssertClose(dbetaTruth, rig.Floats(dbeta), 3e-7 * rows);
        Activations.AssertClose(dgammaTruth, rig.Floats(dgamma), 6e-7 * rows);
        Activations.AssertClose(Rig.Doubles(cpuDgamma), rig.Floats(dgamma), 1.2e-6 * rows);
        if (withResidual) Assert.Equal(g, rig.Doubles(dresidual));

        // The layers let dx take the place of dy, or dresidual where dx has its own.
        float[] expected = rig.Floats(dx);
        if (withResidual) rig.Ops.BatchNormBackward(dy, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, relu, dgamma, dbeta, dx, dy);
        else rig.Ops.BatchNormBackward(dy, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, relu, dgamma, dbeta, dy, default);
        Assert.Equal(expected, rig.Floats(withResidual ? dx : dy));
        if (withResidual) Assert.Equal(g, rig.Doubles(dy));
    }

    [Theory]
    [InlineData(33, 24, F32)]
    [InlineData(33, 24, BF16)]
    [InlineData(7, 3, BF16)]
    public void Inference(int rows, int channels, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new((5L * rows * channels) + (20L * (channels + 16)));
        Problem p = new(rig, rows, channels, true, type);
        Problem twin = p.OnCpu(cpu);
        rig.Ops.BatchNormInference(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Residual, true, p.X);
        double[] truth = new double[rows * channels];
        for (int at = 0; at < truth.Length; at++)
        {
            int c = at % channels;
            double deviation = Math.Sqrt(twin.RunningVariance.Floats[c] + 1e-5);
            truth[at] = Math.Max(0, (twin.Gamma.Floats[c] * ((double)twin.X.Floats[at] - twin.RunningMean.Floats[c]) / deviation) + twin.Beta.Floats[c] + twin.Residual.Floats[at]);
        }

        cpu.Ops.BatchNormInference(twin.X, twin.Gamma, twin.Beta, twin.RunningMean, twin.RunningVariance, twin.Residual, true, twin.X);
        Activations.AssertClose(truth, rig.Floats(p.X), 2e-6, type);
        Activations.AssertClose(Rig.Doubles(twin.X), rig.Floats(p.X), 4e-6, type);
    }

    /// <summary>Tiles that a pass with tiles of its own size would write, merged in groups and at once: 1 to 3 stages, a ragged last tile, a ragged last group.</summary>
    [Theory]
    [InlineData(5, 3, 3, 2)]
    [InlineData(1000, 8, 33, 16)]
    [InlineData(1027, 16, 40, 64)]
    public void TilesOfAnySizeMergeToTheWhole(int rows, int rowsPerTile, int columns, int tilesPerGroup)
    {
        using CudaRig rig = new();
        int tiles = (rows + rowsPerTile - 1) / rowsPerTile, groups = (tiles + tilesPerGroup - 1) / tilesPerGroup;
        double[] x = MeanThousand(rows, columns);
        float[] partials = new float[2 * tiles * columns];
        double[] sums = new double[groups * columns], squares = new double[groups * columns];
        for (int c = 0; c < columns; c++)
        {
            for (int tile = 0; tile < tiles; tile++)
            {
                (double sum, double about) = SumAndSquares(x, c, columns, tile * rowsPerTile, rowsPerTile);
                (partials[(2 * tile * columns) + c], partials[(((2 * tile) + 1) * columns) + c]) = ((float)sum, (float)about);
            }

            for (int group = 0; group < groups; group++)
                (sums[(group * columns) + c], squares[(group * columns) + c]) = SumAndSquares(x, c, columns, group * tilesPerGroup * rowsPerTile, tilesPerGroup * rowsPerTile);
        }

        Tensor merged = rig.Unwritten(groups, 2, columns);
        rig.Launch(
            ColumnStatistics.ColumnStatisticsMergeKernel, ((columns + 31) / 32, groups), (ColumnStatistics.MergeColumns, ColumnStatistics.MergeRows),
            rig.Of(partials, F32, tiles, 2, columns), merged, tiles, tilesPerGroup, rowsPerTile, rows, columns);
        float[] results = rig.Floats(merged);
        for (int group = 0; group < groups; group++)
        {
            for (int c = 0; c < columns; c++)
            {
                // A tile's sum is rounded to float32, which moves its mean by 1000·2^-24 and its squares by 2·deviation times that, per row.
                double count = Math.Min(rows - (group * tilesPerGroup * rowsPerTile), tilesPerGroup * rowsPerTile);
                Assert.Equal(sums[(group * columns) + c], results[(2 * group * columns) + c], count * 1.2e-4);
                Assert.Equal(squares[(group * columns) + c], results[(((2 * group) + 1) * columns) + c], (count * 2.4e-4) + 1e-6);
            }
        }
    }

    /// <summary>The last of the blocks that join groups goes on with what all of them have left: the bits are those of two launches, twice in a row.</summary>
    [Theory]
    [InlineData(70, 5)]
    [InlineData(200, 33)]
    public void TheLastBlockOfTheGroupsLeavesWhatASecondLaunchWould(int tiles, int columns)
    {
        using CudaRig rig = new();
        const int RowsPerTile = 64, PerGroup = ColumnStatistics.TilesPerGroup;
        int rows = (tiles * RowsPerTile) - 5, groups = (tiles + PerGroup - 1) / PerGroup, blocks = (columns + 31) / 32;
        Tensor partials = rig.Random(tiles, 2, columns), gamma = rig.Random(columns), beta = rig.Random(columns), arrived = rig.Of(new int[blocks], blocks);
        Tensor merged = rig.Unwritten(groups, 2, columns), once = rig.Unwritten(groups, 2, columns);
        Tensor[] expected = Results(), results = Results();
        LaunchExtent threads = (ColumnStatistics.MergeColumns, ColumnStatistics.MergeRows);
        for (int round = 0; round < 2; round++)
        {
            rig.Launch(ColumnStatistics.ColumnStatisticsMergeKernel, (blocks, groups), threads, partials, merged, tiles, PerGroup, RowsPerTile, rows, columns);
            rig.Launch(
                CudaOps.BatchNormStatisticsKernel, blocks, threads, merged, groups, RowsPerTile * PerGroup, rows, columns, gamma, beta, expected[0], expected[1], expected[2],
                expected[3], expected[4]);
            rig.Launch(
                CudaOps.BatchNormGroupsKernel, (blocks, groups), threads, partials, once, tiles, PerGroup, RowsPerTile, rows, columns, arrived, gamma, beta, results[0], results[1],
                results[2], results[3], results[4]);
            for (int i = 0; i < results.Length; i++) Assert.Equal(rig.Floats(expected[i]), rig.Floats(results[i]));
            Assert.All(rig.Ints(arrived), count => Assert.Equal(0, count));
        }

        Tensor[] Results() => [rig.Zeros(columns), rig.Zeros(columns), rig.Unwritten(columns), rig.Unwritten(columns), rig.Unwritten(2 * columns)];
    }

    [Fact]
    public void AMeanFarAboveTheDeviationCostsNoDigitsAndACopyThatSquaresFirstFailsTheSameCheck()
    {
        const int Rows = 640, Channels = 8;
        using CudaRig rig = new();
        Problem p = new(rig, Rows, Channels, false, F32);
        double[] x = MeanThousand(Rows, Channels);
        rig.Ops.Upload<float>(Array.ConvertAll(x, value => (float)value), p.X);
        p.Forward(rig.Ops, false);
        double[] variances = [.. Enumerable.Range(0, Channels).Select(c => Moments(x, c, Channels).Variance)];
        void Check(IEnumerable<double> deviations) => Assert.All(
            deviations.Zip(variances), pair => Assert.Equal(1 / Math.Sqrt(pair.Second + 1e-5), pair.First, 1e-3)); // 1000·2^-24 in a mean, over a deviation near 1.
        Check(rig.Doubles(p.InverseDeviation));
        Activations.AssertClose(
            [.. x.Select((value, at) => (p.GammaOf(rig, at % Channels) * (value - Moments(x, at % Channels, Channels).Mean) / Math.Sqrt(variances[at % Channels] + 1e-5)) + p.BetaOf(rig, at % Channels))],
            rig.Floats(p.Y), 1e-3);

        Tensor variance = rig.Unwritten(Channels);
        rig.Launch(SquaresFirstKernel, 1, 32, p.X, variance, Rows, Channels);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(rig.Doubles(variance).Select(value => 1 / Math.Sqrt(value + 1e-5))));
    }

    [Fact]
    public void ATreeWithoutItsBarrierIsFound()
    {
        using CudaRig rig = new(failOnFindings: false);
        Tensor x = rig.Random(64, 32), y = rig.Unwritten(32);
        rig.Launch(SumOfRowsKernel, 1, (32, 8), x, y, 64, true);
        rig.Device.Reports[^1].AssertClean();
        rig.Launch(SumOfRowsKernel, 1, (32, 8), x, y, 64, false);
        Assert.Contains(rig.Device.Reports[^1].Findings, finding => finding.Kind is FindingKind.SharedRace or FindingKind.UninitializedShared);
    }

    [Theory]
    [InlineData(F32)]
    [InlineData(BF16)]
    public void WholeSectorsMove(ElementType type)
    {
        using CudaRig rig = new();
        Problem p = new(rig, 1024, 64, true, type);
        p.Forward(rig.Ops, true);
        Tensor dx = rig.Unwritten(type, 1024, 64), dresidual = rig.Unwritten(type, 1024, 64);
        rig.Ops.BatchNormBackward(p.Y, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, true, rig.Zeros(64), rig.Zeros(64), dx, dresidual);
        foreach (string kernel in new[] { "ColumnStatistics", "BatchNormStatistics", "BatchNormApply", "BatchNormGradientSums", "BatchNormGradientKernel" }) rig.AssertWholeSectors(kernel);
    }

    [Fact]
    public void OddShapesAndAlignedOnesGiveTheSameBitsInEveryRun()
    {
        foreach (int channels in new[] { 64, 37 })
        {
            float[]? first = null;
            for (int run = 0; run < 2; run++)
            {
                using CudaRig rig = new();
                Problem p = new(rig, 200, channels, true, BF16);
                p.Forward(rig.Ops, true);
                first ??= rig.Floats(p.Y);
                Assert.Equal(first, rig.Floats(p.Y));
            }
        }
    }

    [Theory]
    [InlineData(F32)]
    [InlineData(BF16)]
    public void ReluLeavesNaNAsItIs(ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new(1024);
        float[] values = [.. Enumerable.Range(-20, 40).Select(i => i == -7 ? float.NaN : i)];
        Tensor x = rig.Of(values, type, 40, 1), zero = rig.Of([0], F32, 1), one = rig.Of([1], F32, 1);
        Tensor cpuX = rig.OnCpu(cpu, x), cpuZero = rig.OnCpu(cpu, zero), cpuOne = rig.OnCpu(cpu, one);
        rig.Ops.BatchNormInference(x, one, zero, zero, one, default, true, x);
        cpu.Ops.BatchNormInference(cpuX, cpuOne, cpuZero, cpuZero, cpuOne, default, true, cpuX);
        int[] expected = [.. values.Select(Kind)];
        Assert.Equal(expected, rig.Floats(x).Select(Kind));
        Assert.Equal(expected, cpuX.Floats.ToArray().Select(Kind));

        static int Kind(float value) => float.IsNaN(value) ? -1 : value > 0 ? 1 : 0;
    }

    [Fact]
    public void AStepAllocatesNothing()
    {
        CountingDevice device = new();
        using CudaOps ops = new(device, Precision.BFloat16);
        using Arena arena = ops.CreateArena("batch norm", 1 << 20);
        Tensor x = arena.Take(BF16, 4, 8, 8, 64), y = arena.Take(BF16, 4, 8, 8, 64), dx = arena.Take(BF16, 4, 8, 8, 64), pooled = arena.Take(BF16, 4, 4, 4, 64);
        Tensor winner = arena.Take(ElementType.Int32, 4, 4, 4, 64), gamma = arena.Take(64), beta = arena.Take(64), mean = arena.Take(64), deviation = arena.Take(64);
        Tensor runningMean = arena.Take(64), runningVariance = arena.Take(64), dgamma = arena.Take(64), dbeta = arena.Take(64);
        void Step()
        {
            ops.BatchNormForward(x, gamma, beta, runningMean, runningVariance, mean, deviation, default, true, y);
            ops.BatchNormBackward(y, x, y, gamma, mean, deviation, true, dgamma, dbeta, dx, default);
            ops.MaxPoolForward(x, pooled, winner, 2, 2, 0);
            ops.MaxPoolBackward(pooled, winner, dx, 2, 2, 0);
            ops.Scale(dx, 0.5f, dx);
        }

        Step();
        Assert.Equal(8, device.Launches); // Batch norm: statistics, merging, applying; sums with merging, applying.
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            for (int step = 0; step < 10; step++) Step();
        }));
    }

    private static (double Mean, double Variance) Moments(double[] x, int c, int channels)
    {
        int rows = x.Length / channels;
        (double sum, double squares) = SumAndSquares(x, c, channels, 0, rows);
        return (sum / rows, squares / rows);
    }

    private static (double Sum, double Squares) SumAndSquares(double[] x, int c, int channels, int firstRow, int rows)
    {
        double sum = 0, squares = 0;
        int last = Math.Min(x.Length / channels, firstRow + rows);
        for (int row = firstRow; row < last; row++) sum += x[(row * channels) + c];
        double mean = sum / (last - firstRow);
        for (int row = firstRow; row < last; row++) squares += Math.Pow(x[(row * channels) + c] - mean, 2);
        return (sum, squares);
    }

    private static (float Mean, float Variance) MomentsInFloat(double[] x, int c, int channels)
    {
        float mean = 0, squares = 0;
        int rows = x.Length / channels;
        for (int at = c; at < x.Length; at += channels) mean += (float)x[at];
        mean /= rows;
        for (int at = c; at < x.Length; at += channels) squares += ((float)x[at] - mean) * ((float)x[at] - mean);
        return (mean, squares / rows);
    }

    /// <summary>Mean 1000, deviation 1, in float32.</summary>
    private static double[] MeanThousand(int rows, int columns)
    {
        Random random = new(3);
        return [.. Enumerable.Range(0, rows * columns).Select(_ => (double)(float)(1000 + (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()))))];
    }

    /// <summary>The variance as E[x²] − E[x]².</summary>
    private static void SquaresFirstKernel(ArrayView<float> x, ArrayView<float> variance, int rows, int columns)
    {
        int column = Group.IdxX;
        if (column >= columns) return;
        float sum = 0, squares = 0;
        for (int row = 0; row < rows; row++)
        {
            float value = x[(row * columns) + column];
            sum += value;
            squares += value * value;
        }

        float mean = sum / rows;
        variance[column] = (squares / rows) - (mean * mean);
    }

    /// <summary>The tree of <see cref="ColumnReduction"/> on one float per thread, with or without its barrier.</summary>
    private static void SumOfRowsKernel(ArrayView<float> x, ArrayView<float> y, int rows, bool synchronised)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(256);
        int at = (Group.IdxY * 32) + Group.IdxX;
        float own = 0;
        for (int row = Group.IdxY; row < rows; row += Group.DimY) own += x[(row * 32) + Group.IdxX];
        for (int half = Group.DimY / 2; half > 0; half /= 2)
        {
            if (Group.IdxY >= half && Group.IdxY < 2 * half) shared[at] = own;
            if (synchronised) Group.Barrier();
            if (Group.IdxY < half) own += shared[at + (half * 32)];
        }

        if (Group.IdxY == 0) y[Group.IdxX] = own;
    }

    private sealed class Problem
    {
        public Problem(CudaRig rig, int rows, int channels, bool withResidual, ElementType type)
        {
            (X, Y, Residual) = (rig.Random(type, rows, channels), rig.Unwritten(type, rows, channels), withResidual ? rig.Random(type, rows, channels) : default);
            (Gamma, Beta, RunningMean) = (rig.Random(channels), rig.Random(channels), rig.Random(channels));
            RunningVariance = rig.Of(Array.ConvertAll(rig.Floats(rig.Random(channels)), value => 1.5f + value), ElementType.Float32, channels);
            (Mean, InverseDeviation) = (rig.Unwritten(channels), rig.Unwritten(channels));
            source = rig;
        }

        private Problem()
        {
        }

        private readonly CudaRig? source;

        public Tensor X, Y, Residual, Gamma, Beta, RunningMean, RunningVariance, Mean, InverseDeviation;

        public float GammaOf(CudaRig rig, int c) => rig.Floats(Gamma)[c];

        public float BetaOf(CudaRig rig, int c) => rig.Floats(Beta)[c];

        public Problem OnCpu(Rig cpu) => new()
        {
            X = source!.OnCpu(cpu, X), Y = source!.OnCpu(cpu, Y), Residual = Residual.IsNone ? default : source!.OnCpu(cpu, Residual), Gamma = source!.OnCpu(cpu, Gamma),
            Beta = source!.OnCpu(cpu, Beta), RunningMean = source!.OnCpu(cpu, RunningMean), RunningVariance = source!.OnCpu(cpu, RunningVariance), Mean = source!.OnCpu(cpu, Mean),
            InverseDeviation = source!.OnCpu(cpu, InverseDeviation),
        };

        public void Forward(Ops ops, bool relu) => ops.BatchNormForward(X, Gamma, Beta, RunningMean, RunningVariance, Mean, InverseDeviation, Residual, relu, Y);
    }
}
