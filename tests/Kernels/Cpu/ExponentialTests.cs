using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

public class ExponentialTests
{
    [Fact]
    public void ErrsByOneUnitInTheLastPlaceAtMostOverTheNormalRange()
    {
        double worst = 0;
        for (float x = -87.3f; x < 88.2f; x += 0.00137f)
        {
            foreach (float value in Both(x)) worst = Math.Max(worst, Math.Abs(value - Math.Exp(x)) / (MathF.BitIncrement(value) - (double)value));
        }

        Assert.InRange(worst, 0, 1);
    }

    [Fact]
    public void OfTwoErrsByOneUnitInTheLastPlaceAtMostOverTheNormalRange()
    {
        // Half a unit of the result, and what g's last rounding makes of at most 0.3 of it; without fused multiply-adds the product r·g rounds as well.
        double allowed = Fma.IsSupported ? 1 : 1.5;
        double worst = 0;
        for (float t = -126; t < 127.4f; t += 0.00197f)
        {
            foreach (float value in BothOfTwo(t)) worst = Math.Max(worst, Math.Abs(value - Math.Pow(2, t)) / (MathF.BitIncrement(value) - (double)value));
        }

        Assert.InRange(worst, 0, allowed);
        foreach ((float t, float expected) in new[] { (0, 1), (-3, 0.125f), (-150.5f, 0), (float.MinValue, 0), (float.NegativeInfinity, 0), (float.NaN, float.NaN) })
            Assert.All(BothOfTwo(t), value => Assert.Equal(expected, value));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-104.5f, 0)]
    [InlineData(float.MinValue, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void SpecialValues(float x, float expected) => Assert.All(Both(x), value => Assert.Equal(expected, value));

    private static float[] BothOfTwo(float t)
    {
        float vector = Exponential.OfTwo(new Vector<float>(t))[Vector<float>.Count - 1];
        return Avx512F.IsSupported ? [vector, Exponential.OfTwo(Vector512.Create(t))[15]] : [vector];
    }

    private static float[] Both(float x)
    {
        float vector = Exponential.Of(new Vector<float>(x))[Vector<float>.Count - 1];
        return Avx512F.IsSupported ? [vector, Exponential.Of(Vector512.Create(x))[15]] : [vector];
    }
}
