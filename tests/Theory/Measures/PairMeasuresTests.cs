using NegSamples.Kernels;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using static NegSamples.Tests.Theory.Measures.Representations;

namespace NegSamples.Tests.Theory.Measures;

public class PairMeasuresTests
{
    [Theory]
    [InlineData(2, 3, 0.5)]
    [InlineData(33, 5, 0.2)]
    [InlineData(131, 17, 0.1)]
    [InlineData(70, 9, 0.002)]
    public void PairsAreTheirDefinitions(int samples, int dimension, double temperature)
    {
        (double[][] first, double[][] second, int[] labels) = Views(samples, dimension, 3);
        PairMeasures measured = PairMeasures.Of(Set(first, second, labels), temperature);
        double alignment = 0, uniformity = 0, limit = 0, gap = 0, share = 0, effective = 0, counted = 0;
        for (int i = 0; i < samples; i++)
        {
            double positive = Dot(first[i], second[i]) / temperature;
            int[] others = [.. Enumerable.Range(0, samples).Where(j => j != i)];
            double top = others.Max(j => Dot(first[i], second[j]) / temperature);
            double[] weights = [.. others.Select(j => Math.Exp((Dot(first[i], second[j]) / temperature) - top))];
            double mean = weights.Average(), variance = weights.Average(weight => (weight - mean) * (weight - mean));
            alignment += first[i].Zip(second[i], (a, b) => (a - b) * (a - b)).Sum() / samples;
            uniformity += others.Where(j => j > i).Sum(j => Math.Exp(-2 * first[i].Zip(first[j], (a, b) => (a - b) * (a - b)).Sum()));
            limit += (Math.Log(mean) + top - positive) / samples;
            gap += ((Math.Exp(positive - top) / mean) - (variance / (2 * mean * mean))) / samples / 7;
            share += others.Zip(weights, (j, weight) => labels[j] == labels[i] ? weight : 0).Sum() / weights.Sum() / samples;
            counted += others.Count(j => labels[j] == labels[i]) / (samples - 1.0) / samples;
            effective += weights.Sum() * weights.Sum() / weights.Sum(weight => weight * weight) / samples;
        }

        Near(alignment, measured.Alignment);
        Near(Math.Log(uniformity / (samples * (samples - 1) / 2.0)), measured.Uniformity);
        Near(limit, measured.LimitLoss);
        Near(gap, measured.GapAt(7));
        Near(share, measured.SameClassShare);
        Near(counted, measured.CountedSameClassShare);
        Near(effective, measured.EffectiveNegatives);
    }

    [Fact]
    public void EqualWeightsCountNegativesAndIdenticalViewsAlign()
    {
        double[][] same = [.. Enumerable.Range(0, 12).Select(_ => new double[] { 0.6, 0.8 })];
        PairMeasures measured = PairMeasures.Of(Set(same, same, [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2]), 0.2);
        Assert.Equal(0, measured.Alignment);
        Assert.Equal(0, measured.Uniformity, Rounding);
        Assert.Equal(0, measured.LimitLoss, Rounding);
        Assert.Equal(11, measured.EffectiveNegatives, Rounding);
        Assert.Equal(((5 * 4) + (4 * 3) + (3 * 2)) / (12.0 * 11), measured.SameClassShare, Rounding);
        Assert.Equal(measured.CountedSameClassShare, measured.SameClassShare, Rounding);
        Assert.Equal(1.0 / 5, measured.GapAt(5), Rounding); // ln(1 + 1/K) to first order
    }

    /// <summary>L_info(K) − ln K of K draws with replacement from the others, by many draws, nears the limit as its first order says.</summary>
    [Fact]
    public void TheGapIsThatOfDrawnNegatives()
    {
        const int samples = 40, negatives = 200, draws = 400;
        const double temperature = 0.5;
        (double[][] first, double[][] second, int[] labels) = Views(samples, 6, 3);
        PairMeasures measured = PairMeasures.Of(Set(first, second, labels), temperature);
        double mean = 0;
        for (int i = 0; i < samples; i++)
        {
            double positive = Dot(first[i], second[i]) / temperature;
            for (int draw = 0; draw < draws; draw++)
            {
                Philox random = new(5, RandomPurpose.Evaluation, (uint)draw, (uint)i);
                double sum = Math.Exp(positive);
                for (uint k = 0; k < negatives; k++)
                {
                    int j = (int)(random.Bits(k) % (samples - 1));
                    sum += Math.Exp(Dot(first[i], second[j < i ? j : j + 1]) / temperature);
                }

                mean += (Math.Log(sum / negatives) - positive) / (samples * draws);
            }
        }

        // Deviation of a mean of 16,000 logarithms that each scatter by about 1/√200; the second order is 1/200 of the first.
        Assert.Equal(measured.LimitLoss + measured.GapAt(negatives), mean, 4 * 0.08 / Math.Sqrt(samples * draws));
        Assert.True(Math.Abs(measured.GapAt(negatives)) > 8 * 0.08 / Math.Sqrt(samples * draws));
    }

    [Fact]
    public void RotationAndThreadsChangeNothing()
    {
        const int samples = 75, dimension = 8;
        (double[][] first, double[][] second, int[] labels) = Views(samples, dimension, 4);
        double[][] turn = Rotation(dimension);
        double[][] Turned(double[][] rows) => [.. rows.Select(row => turn.Select(axis => Dot(axis, row)).ToArray())];
        PairMeasures one = PairMeasures.Of(Set(first, second, labels), 0.3), three = PairMeasures.Of(Set(first, second, labels), 0.3, threads: 3);
        Assert.Equal(one, three);
        PairMeasures turned = PairMeasures.Of(Set(Turned(first), Turned(second), labels), 0.3);
        Near(one.Uniformity, turned.Uniformity);
        Near(one.LimitLoss, turned.LimitLoss);
        Near(one.EffectiveNegatives, turned.EffectiveNegatives);

        // The rows are float32 after the rotation.
        const double input = 1e-4;
        float[] plain = Flat(first), other = Flat(Turned(first));
        (Spectrum a, Spectrum b) = (Spectrum.Of(Moments(plain, dimension)), Spectrum.Of(Moments(other, dimension)));
        Assert.Equal(a.RankMe, b.RankMe, input);
        Assert.Equal(a.ParticipationRatio, b.ParticipationRatio, input);
        Assert.Equal(a.Alpha, b.Alpha, input);
        (ClassSpread c, ClassSpread d) = (ClassSpread.Of(plain, dimension, labels)!, ClassSpread.Of(other, dimension, labels)!);
        Assert.Equal(1, c.Variance / d.Variance, input);
        Assert.Equal(1, c.DirectionalVariance / d.DirectionalVariance, input);
        Assert.Equal(1, c.Collapse / d.Collapse, input);
        Assert.Equal(c.CosineDeviation, d.CosineDeviation, input);
        double[] means = [.. first.Zip(second, (x, y) => x.Zip(y, (u, v) => (u + v) / 2)).SelectMany(row => row)];
        double[] turnedMeans = [.. Turned([.. means.Chunk(dimension)]).SelectMany(row => row)];
        double lidar = Lidar.Of(Moments([.. plain, .. Flat(second)], dimension), means);
        Assert.Equal(lidar, Lidar.Of(Moments([.. other, .. Flat(Turned(second))], dimension), turnedMeans), input);
    }
}
