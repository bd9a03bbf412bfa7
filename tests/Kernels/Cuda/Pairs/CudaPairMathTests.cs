using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda.Pairs;

public class CudaPairMathTests
{
    [Fact]
    public void ExponentialAndLogarithmAreThoseOfTheHostToAFewUnits()
    {
        Random random = new(3);
        for (int i = 0; i < 100_000; i++)
        {
            double x = (random.NextDouble() * 1400) - 700;
            Assert.InRange(DeviceMath.Exp(x), Math.Exp(x) * (1 - 1e-15), Math.Exp(x) * (1 + 1e-15));
            x /= 700;
            Assert.InRange(DeviceMath.Exp(x), Math.Exp(x) * (1 - 5e-16), Math.Exp(x) * (1 + 5e-16));
            double y = Math.Exp(x * 700), near = 1 + (x * 1e-3);
            Assert.InRange(DeviceMath.Log(y), Math.Log(y) - (5e-16 * Math.Abs(Math.Log(y))) - 1e-300, Math.Log(y) + (5e-16 * Math.Abs(Math.Log(y))) + 1e-300);
            Assert.InRange(DeviceMath.Log(near), Math.Log(near) - (5e-16 * Math.Abs(Math.Log(near))), Math.Log(near) + (5e-16 * Math.Abs(Math.Log(near))));
        }
    }

    [Fact]
    public void TheirEndsAreThoseOfTheHost()
    {
        foreach (double x in new[] { 0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, -1e300, 1e300, 709.5 })
            Assert.Equal(Math.Exp(x), DeviceMath.Exp(x), double.IsFinite(Math.Exp(x)) ? 1e-15 * Math.Exp(x) : 0);
        foreach (double x in new[] { 0, -0.0, double.NaN, double.PositiveInfinity, -1, 1, double.Epsilon, 1e-310, double.MaxValue })
            Assert.Equal(Math.Log(x), DeviceMath.Log(x), double.IsFinite(Math.Log(x)) ? 1e-15 * Math.Abs(Math.Log(x)) : 0);
    }
}
