using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class CountNonFiniteTests
{
    private static readonly float[] Bad = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    /// <summary>Numbers of which some are not finite and all others are as large or small as can be, in segments with gaps between them.</summary>
    public static (float[] Values, ParameterSegment[] Segments, int[] Counts) Sample(int count, int bad)
    {
        Random random = new(count + bad);
        float[] values = new float[count], finite = [float.MaxValue, -float.MaxValue, float.Epsilon, 0, -0f, 1];
        for (int i = 0; i < count; i++) values[i] = finite[random.Next(finite.Length)];
        for (int i = 0; i < bad; i++) values[random.Next(count)] = Bad[i % Bad.Length];
        int third = count / 3;
        ParameterSegment[] segments = [new(0, third, true), new(third, 0, false), new(third, 1, true), new(third + (count > 2 ? 2 : 1), count - third - (count > 2 ? 2 : 1), false)];
        return (values, segments, [.. segments.Select(of => values.AsSpan(of.Offset, of.Length).ToArray().Count(value => !float.IsFinite(value)))]);
    }

    /// <summary>One number, a ragged end, several chunks of a segment; none bad, one, many.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(77, 3)]
    [InlineData(100_003, 0)]
    [InlineData(100_003, 1)]
    [InlineData(100_003, 5_000)]
    public void EachSegmentHasItsCount(int count, int bad)
    {
        (float[] values, ParameterSegment[] segments, int[] expected) = Sample(count, bad);
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(count, threads);
            Tensor x = rig.Take(count);
            rig.Ops.Upload<float>(values, x);
            int[] counts = [7, 7, 7, 7];
            rig.Ops.CountNonFinite(x, segments, counts);
            Assert.Equal(expected, counts);
        }
    }

    /// <summary>A bad number is found wherever it stands in a vector or behind the last one.</summary>
    [Fact]
    public void EveryPlaceIsLookedAt()
    {
        using Rig rig = new(200);
        Tensor x = rig.Take(133);
        int[] counts = new int[1];
        for (int i = 0; i < 133; i++)
        {
            x.Floats.Clear();
            x.Floats[i] = Bad[i % 3];
            rig.Ops.CountNonFinite(x, [new(0, 133, true)], counts);
            Assert.Equal(1, counts[0]);
        }
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Rig rig = new(100);
        Tensor x = rig.Take(9);
        Assert.Equal("counts", Assert.Throws<ArgumentException>(() => rig.Ops.CountNonFinite(x, [new(0, 9, true)], new int[2])).ParamName);
        Assert.Equal("segments", Assert.Throws<ArgumentException>(() => rig.Ops.CountNonFinite(x, [new(1, 9, true)], new int[1])).ParamName);
    }
}
