using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;

namespace NegSamples.Tests.Theory.Measures;

public class RepresentationMeasuresTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 40).Select(i => i % 4)];

    [Fact]
    public void OneCallHasTheNumbersOfEach()
    {
        float[] first = Numbers(40 * 7, 1), second = Numbers(40 * 7, 2);
        IReadOnlyDictionary<MeasureName, double> all = RepresentationMeasures.Of(first, 7, Labels, second);
        SecondMoments moments = new(7);
        moments.Add(first);
        Spectrum spectrum = Spectrum.Of(moments);
        ClassSpread spread = ClassSpread.Of(first, 7, Labels)!;
        double[] wide = Array.ConvertAll(first, value => (double)value);
        PairMeasures pairs = PairMeasures.Of(new EmbeddedSet(7, wide, Array.ConvertAll(second, value => (double)value), wide, Labels), 0.3);
        Assert.Equal((spectrum.RankMe, spectrum.ParticipationRatio), (all[MeasureName.RankMe], all[MeasureName.ParticipationRatio]));
        Assert.Equal((spread.Variance, spread.Collapse, spread.MeanCosine), (all[MeasureName.Cdnv], all[MeasureName.Collapse], all[MeasureName.CentredMeanCosine]));
        Assert.Equal((pairs.Alignment, pairs.Uniformity), (all[MeasureName.Alignment], all[MeasureName.Uniformity]));
        Assert.DoesNotContain(MeasureName.Alpha, all.Keys); // of 7 dimensions there is none
        Assert.Equal([MeasureName.RankMe, MeasureName.ParticipationRatio, MeasureName.MeanDeviation, MeasureName.CovarianceTerm], RepresentationMeasures.Of(first, 7).Keys);
    }

    /// <summary>Rows along the axes have all directions alike; two views of opposite rows are as far apart as can be.</summary>
    [Fact]
    public void WhatIsKnownIsFound()
    {
        float[] axes = new float[16], opposite = new float[16];
        for (int i = 0; i < 4; i++) (axes[5 * i], opposite[5 * i]) = (2, -3);
        IReadOnlyDictionary<MeasureName, double> all = RepresentationMeasures.Of(axes, 4, secondView: opposite);
        Assert.Equal(4, all[MeasureName.RankMe], 1e-5);
        Assert.Equal(4, all[MeasureName.Alignment], 1e-12);
        Assert.Equal(-4, all[MeasureName.Uniformity], 1e-12); // |z − z′|² is 2 for each pair
    }

    /// <summary>One sample has no spread, two classes are one pair, one row has no deviation: what is not defined is not 0.</summary>
    [Fact]
    public void WhatIsNotDefinedIsLeftOut()
    {
        float[] rows = Numbers(3 * 4, 5);
        MeasureName[] ofSpread = [MeasureName.Cdnv, MeasureName.DirectionalCdnv, MeasureName.Collapse, MeasureName.ScatterRatio];
        IReadOnlyDictionary<MeasureName, double> single = RepresentationMeasures.Of(rows, 4, [0, 1, 2]);
        Assert.DoesNotContain(single.Keys, ofSpread.Contains);
        Assert.Contains(MeasureName.CosineDeviation, single.Keys);
        IReadOnlyDictionary<MeasureName, double> two = RepresentationMeasures.Of(rows, 4, [0, 1, 1]);
        Assert.All(ofSpread, name => Assert.True(two[name] > 0));
        Assert.DoesNotContain(MeasureName.CosineDeviation, two.Keys);
        Assert.Equal([MeasureName.RankMe], RepresentationMeasures.Of(rows.AsSpan(0, 4), 4).Keys);
    }

    /// <summary>The spread of a class of one sample is unknown: the median is of the pairs whose first class has two.</summary>
    [Fact]
    public void AClassOfOneSampleHasNoPartInTheMedian()
    {
        // Class 0 at 0 and 2, variance 1, mean 1; class 1 at 11, class 2 at 21.
        ClassSpread spread = ClassSpread.Of([0, 2, 11, 21], 1, [0, 0, 1, 2])!;
        Assert.Equal(((1 / 100.0) + (1 / 400.0)) / 2, spread.Variance, 1e-12);
        Assert.True(double.IsNaN(ClassGeometry.WithinClassVariance(new EmbeddedSet(1, [1, 2], [1, 2], [1, 2], [0, 1]))));
    }

    [Fact]
    public void ErrorsNameTheArgumentAndTheExpectedLength()
    {
        float[] rows = Numbers(12, 3);
        AssertRefused("features has 12 numbers; expected rows of 5", () => RepresentationMeasures.Of(rows, 5));
        AssertRefused("labels has 2 numbers; expected 4", () => RepresentationMeasures.Of(rows, 3, [0, 1]));
        AssertRefused("labels has -1", () => RepresentationMeasures.Of(rows, 3, [0, 1, -1, 0]));
        AssertRefused("labels has 2147483647; expected less than", () => RepresentationMeasures.Of(rows, 3, [0, 1, int.MaxValue, 0]));
        AssertRefused("secondView has 3 numbers; expected 12", () => RepresentationMeasures.Of(rows, 3, secondView: rows.AsSpan(0, 3)));
        rows[4] = float.NaN;
        AssertRefused("features[4] is NaN", () => RepresentationMeasures.Of(rows, 3));
    }

    private static void AssertRefused(string expected, Action call) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
