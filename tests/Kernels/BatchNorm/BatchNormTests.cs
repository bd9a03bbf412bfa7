using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class BatchNormTests
{
    /// <summary>Rows and channels: two rows, ragged channels, more rows than one run, the whole vector width.</summary>
    public static TheoryData<int, int, bool, bool> Cases => new()
    {
        { 2, 1, false, false }, { 7, 3, true, false }, { 65, 37, true, true }, { 3000, 19, false, true }, { 1024, 64, true, true }, { 33, 513, true, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void TrainingForwardErrsNoMoreThanTwiceANaiveFloatLoop(int rows, int channels, bool relu, bool withResidual)
    {
        using Rig rig = new((4L * rows * channels) + (10L * channels));
        Problem p = new(rig, rows, channels, withResidual);
        double[] runningMean = Rig.Doubles(p.RunningMean), runningVariance = Rig.Doubles(p.RunningVariance);
        float[] naiveRunningVariance = p.RunningVariance.Floats.ToArray();
        rig.Ops.BatchNormForward(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Mean, p.InverseDeviation, p.Residual, relu, p.Y);

        double[] truth = new double[rows * channels];
        float[] naive = new float[rows * channels];
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = p.Moments(c);
            (float meanInFloat, float varianceInFloat) = p.MomentsInFloat(c);
            double inverse = 1 / Math.Sqrt(variance + 1e-5);
            float inverseInFloat = 1 / MathF.Sqrt(varianceInFloat + 1e-5f);
            for (int r = 0; r < rows; r++)
            {
                int at = (r * channels) + c;
                double value = (p.Gamma.Floats[c] * (p.X.Floats[at] - mean) * inverse) + p.Beta.Floats[c] + (withResidual ? p.Residual.Floats[at] : 0);
                float valueInFloat = (p.Gamma.Floats[c] * (p.X.Floats[at] - meanInFloat) * inverseInFloat) + p.Beta.Floats[c] + (withResidual ? p.Residual.Floats[at] : 0);
                truth[at] = relu ? Math.Max(0, value) : value;
                naive[at] = relu ? Math.Max(0, valueInFloat) : valueInFloat;
            }

            runningMean[c] = (0.9 * runningMean[c]) + (0.1 * mean);
            runningVariance[c] = (0.9 * runningVariance[c]) + (0.1 * variance * rows / (rows - 1));
        }

        Assert.InRange(Rig.MaxError(p.Y.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 1e-6);
        Assert.InRange(Rig.MaxError(p.RunningMean.Floats, runningMean), 0, 1e-6);
        Assert.InRange(Rig.MaxError(p.RunningVariance.Floats, runningVariance), 0, 1e-6);
    }

    [Theory, MemberData(nameof(Cases))]
    public void BackwardIsTheSlopeOfForward(int rows, int channels, bool relu, bool withResidual)
    {
        using Rig rig = new((8L * rows * channels) + (20L * channels));
        Problem p = new(rig, rows, channels, withResidual);
        Tensor dy = rig.Random(rows, channels), dx = rig.Take(rows, channels), dgamma = rig.Random(channels), dbeta = rig.Random(channels);
        Tensor dresidual = withResidual ? rig.Take(rows, channels) : default;
        double[] dgammaTruth = Rig.Doubles(dgamma), dbetaTruth = Rig.Doubles(dbeta);
        rig.Ops.BatchNormForward(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Mean, p.InverseDeviation, p.Residual, relu, p.Y);
        rig.Ops.BatchNormBackward(dy, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, relu, dgamma, dbeta, dx, dresidual);

        double[] dxTruth = new double[rows * channels], maskedTruth = new double[rows * channels];
        for (int c = 0; c < channels; c++)
        {
            (double mean, double variance) = p.Moments(c);
            double inverse = 1 / Math.Sqrt(variance + 1e-5), sum = 0, product = 0;
            for (int r = 0; r < rows; r++)
            {
                int at = (r * channels) + c;
                double g = relu && !(p.Y.Floats[at] > 0) ? 0 : dy.Floats[at];
                maskedTruth[at] = g;
                sum += g;
                product += g * (p.X.Floats[at] - mean) * inverse;
            }

            dbetaTruth[c] += sum;
            dgammaTruth[c] += product;
            for (int r = 0; r < rows; r++)
            {
                int at = (r * channels) + c;
                dxTruth[at] = p.Gamma.Floats[c] * inverse * (maskedTruth[at] - (sum / rows) - ((p.X.Floats[at] - mean) * inverse * product / rows));
            }
        }

        // Two rows have a variance near 1e-5 sometimes, and then 1/sigma multiplies every rounding.
        double scale = dxTruth.Max(Math.Abs);
        Assert.InRange(Rig.MaxError(dx.Floats, dxTruth), 0, 4e-6 * Math.Max(1, scale));
        Assert.InRange(Rig.MaxError(dbeta.Floats, dbetaTruth), 0, 3e-7 * rows);
        Assert.InRange(Rig.MaxError(dgamma.Floats, dgammaTruth), 0, 6e-7 * rows);
        if (withResidual) Assert.Equal(0, Rig.MaxError(dresidual.Floats, maskedTruth));
    }

    /// <summary>Truth in float64 on the numbers as they are stored; the float32 arithmetic errs as above, and each store rounds once.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void ActivationsInBFloat16AreRoundedOnce(int rows, int channels, bool relu, bool withResidual)
    {
        using Rig rig = new((4L * rows * channels) + (20L * channels), precision: Precision.BFloat16);
        Tensor x = rig.Activations(rows, channels), y = rig.Activations(rows, channels), dy = rig.Activations(rows, channels), dx = rig.Activations(rows, channels);
        Tensor residual = withResidual ? rig.Activations(rows, channels) : default, dresidual = withResidual ? rig.Activations(rows, channels) : default;
        Tensor gamma = rig.Random(channels), beta = rig.Random(channels), running = rig.Random(channels), variances = rig.Random(channels), mean = rig.Take(channels),
            deviation = rig.Take(channels), dgamma = rig.Random(channels), dbeta = rig.Random(channels);
        double[] dgammaTruth = Rig.Doubles(dgamma), dbetaTruth = Rig.Doubles(dbeta);
        rig.Ops.BatchNormForward(x, gamma, beta, running, variances, mean, deviation, residual, relu, y);
        rig.Ops.BatchNormBackward(dy, x, y, gamma, mean, deviation, relu, dgamma, dbeta, dx, dresidual);

        float[] input = rig.Floats(x), output = rig.Floats(y), added = withResidual ? rig.Floats(residual) : [], given = rig.Floats(dy);
        double[] forward = new double[input.Length], backward = new double[input.Length], masked = new double[input.Length];
        for (int c = 0; c < channels; c++)
        {
            int[] places = [.. Enumerable.Range(0, rows).Select(row => (row * channels) + c)];
            double centre = places.Average(at => (double)input[at]), inverse = 1 / Math.Sqrt(places.Average(at => Math.Pow(input[at] - centre, 2)) + 1e-5);
            double sum = 0, product = 0;
            foreach (int at in places)
            {
                double value = (gamma.Floats[c] * (input[at] - centre) * inverse) + beta.Floats[c] + (withResidual ? added[at] : 0);
                forward[at] = relu ? Math.Max(0, value) : value;
                masked[at] = relu && !(output[at] > 0) ? 0 : given[at];
                sum += masked[at];
                product += masked[at] * (input[at] - centre) * inverse;
            }

            dbetaTruth[c] += sum;
            dgammaTruth[c] += product;
            foreach (int at in places)
                backward[at] = gamma.Floats[c] * inverse * (masked[at] - (sum / rows) - ((input[at] - centre) * inverse * product / rows));
        }

        Activations.AssertClose(forward, output, 4e-6 * Math.Max(1, deviation.Floats.ToArray().Max()), ElementType.BFloat16);
        Activations.AssertClose(backward, rig.Floats(dx), 4e-6 * Math.Max(1, backward.Max(Math.Abs)), ElementType.BFloat16);
        Assert.InRange(Rig.MaxError(dbeta.Floats, dbetaTruth), 0, 3e-7 * rows);
        Assert.InRange(Rig.MaxError(dgamma.Floats, dgammaTruth), 0, 6e-7 * rows);
        if (withResidual) Assert.Equal(0, Rig.MaxError(rig.Floats(dresidual), masked));
    }

    /// <summary>As a residual block does: the residual's gradient takes the place of the one that came in.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void InPlaceTheGradientsHaveTheSameBits(int rows, int channels, bool relu, bool withResidual)
    {
        foreach (Precision precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            (float[] Dx, float[] Dresidual, float[] Dgamma, float[] Dbeta) Gradients(bool inPlace)
            {
                using Rig rig = new((6L * rows * channels) + (20L * channels), precision: precision);
                Tensor x = rig.Activations(rows, channels), y = rig.Activations(rows, channels), dy = rig.Activations(rows, channels), dx = rig.Activations(rows, channels);
                Tensor residual = withResidual ? rig.Activations(rows, channels) : default, apart = rig.Activations(rows, channels);
                Tensor gamma = rig.Random(channels), beta = rig.Random(channels), running = rig.Random(channels), variances = rig.Random(channels), mean = rig.Take(channels),
                    deviation = rig.Take(channels), dgamma = rig.Random(channels), dbeta = rig.Random(channels);
                rig.Ops.BatchNormForward(x, gamma, beta, running, variances, mean, deviation, residual, relu, y);
                Tensor dresidual = inPlace ? dy : apart;
                rig.Ops.BatchNormBackward(dy, x, y, gamma, mean, deviation, relu, dgamma, dbeta, dx, dresidual);
                return (rig.Floats(dx), rig.Floats(dresidual), dgamma.Floats.ToArray(), dbeta.Floats.ToArray());
            }

            (float[] Dx, float[] Dresidual, float[] Dgamma, float[] Dbeta) apart = Gradients(false), inPlace = Gradients(true);
            Assert.Equal(apart.Dx, inPlace.Dx);
            Assert.Equal(apart.Dresidual, inPlace.Dresidual);
            Assert.Equal(apart.Dgamma, inPlace.Dgamma);
            Assert.Equal(apart.Dbeta, inPlace.Dbeta);
        }
    }

    [Fact]
    public void ALargeCommonOffsetDoesNotCancelTheVariance()
    {
        using Rig rig = new(20_000);
        Problem p = new(rig, 1500, 3, false);
        foreach (ref float value in p.X.Floats) value = 1000 + (0.01f * value);
        rig.Ops.BatchNormForward(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Mean, p.InverseDeviation, default, false, p.Y);
        for (int c = 0; c < 3; c++)
        {
            double expected = 1 / Math.Sqrt(p.Moments(c).Variance + 1e-5);
            Assert.InRange(p.InverseDeviation.Floats[c], expected * 0.999, expected * 1.001);
        }
    }

    [Fact]
    public void InferenceUsesTheRunningStatistics()
    {
        using Rig rig = new(10_000);
        Problem p = new(rig, 5, 21, true);
        rig.Ops.BatchNormInference(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Residual, true, p.Y);
        for (int at = 0; at < 5 * 21; at++)
        {
            int c = at % 21;
            double value = (p.Gamma.Floats[c] * ((double)p.X.Floats[at] - p.RunningMean.Floats[c]) / Math.Sqrt(p.RunningVariance.Floats[c] + 1e-5)) + p.Beta.Floats[c] + p.Residual.Floats[at];
            Assert.InRange(p.Y.Floats[at] - Math.Max(0, value), -2e-6, 2e-6);
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[][]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(3_000_000, threads);
            Problem p = new(rig, 4000, 67, true);
            Tensor dy = rig.Random(4000, 67), dx = rig.Take(4000, 67), dgamma = rig.Take(67), dbeta = rig.Take(67), dresidual = rig.Take(4000, 67);
            rig.Ops.BatchNormForward(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Mean, p.InverseDeviation, p.Residual, true, p.Y);
            rig.Ops.BatchNormBackward(dy, p.X, p.Y, p.Gamma, p.Mean, p.InverseDeviation, true, dgamma, dbeta, dx, dresidual);
            float[][] results = [p.Y.Floats.ToArray(), dx.Floats.ToArray(), dgamma.Floats.ToArray(), dbeta.Floats.ToArray(), p.RunningVariance.Floats.ToArray()];
            first ??= results;
            for (int i = 0; i < results.Length; i++) Assert.Equal(first[i], results[i]);
        }
    }

    [Fact]
    public void OneRowIsRefused()
    {
        using Rig rig = new(1000);
        Problem p = new(rig, 1, 4, false);
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => rig.Ops.BatchNormForward(p.X, p.Gamma, p.Beta, p.RunningMean, p.RunningVariance, p.Mean, p.InverseDeviation, default, false, p.Y));
        Assert.Contains("x is [1, 4]; batch normalisation in training needs at least 2 rows per channel.", refused.Message, StringComparison.Ordinal);
    }

    private sealed class Problem
    {
        private readonly int rows, channels;

        public Problem(Rig rig, int rows, int channels, bool withResidual)
        {
            this.rows = rows;
            this.channels = channels;
            (X, Y, Residual) = (rig.Random(rows, channels), rig.Take(rows, channels), withResidual ? rig.Random(rows, channels) : default);
            (Gamma, Beta, RunningMean, RunningVariance) = (rig.Random(channels), rig.Random(channels), rig.Random(channels), rig.Random(channels));
            (Mean, InverseDeviation) = (rig.Take(channels), rig.Take(channels));
            foreach (ref float value in RunningVariance.Floats) value = 1.5f + value;
        }

        public Tensor X, Y, Residual, Gamma, Beta, RunningMean, RunningVariance, Mean, InverseDeviation;

        public (double Mean, double Variance) Moments(int c)
        {
            double mean = 0, squares = 0;
            for (int r = 0; r < rows; r++) mean += X.Floats[(r * channels) + c];
            mean /= rows;
            for (int r = 0; r < rows; r++) squares += Math.Pow(X.Floats[(r * channels) + c] - mean, 2);
            return (mean, squares / rows);
        }

        public (float Mean, float Variance) MomentsInFloat(int c)
        {
            float mean = 0, squares = 0;
            for (int r = 0; r < rows; r++) mean += X.Floats[(r * channels) + c];
            mean /= rows;
            for (int r = 0; r < rows; r++) squares += (X.Floats[(r * channels) + c] - mean) * (X.Floats[(r * channels) + c] - mean);
            return (mean, squares / rows);
        }
    }
}
