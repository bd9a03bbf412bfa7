using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

public class LogisticTests
{
    /// <summary>Both results, at both ends and around 0: one exponential, a sum and a quotient of it, and a polynomial of ten coefficients.</summary>
    [Fact]
    public void ErrsByFourUnitsInTheLastPlaceAtMost()
    {
        double ofSigma = 0, ofLogarithm = 0;
        for (float x = -87; x < 200; x += 0.00273f)
        {
            (double sigma, double logarithm) = Truth(x);
            foreach ((float foundSigma, float foundLogarithm) in Both(x))
            {
                ofSigma = Math.Max(ofSigma, Math.Abs(foundSigma - sigma) / (MathF.BitIncrement((float)sigma) - (double)(float)sigma));
                ofLogarithm = Math.Max(ofLogarithm, Math.Abs(foundLogarithm - logarithm) / (MathF.BitIncrement((float)logarithm) - (double)(float)logarithm));
            }
        }

        Assert.InRange(ofSigma, 0, 4);
        Assert.InRange(ofLogarithm, 0, 4);
    }

    [Theory]
    [InlineData(float.MinValue, 0, 0)]
    [InlineData(float.NegativeInfinity, 0, 0)]
    [InlineData(-1000, 0, 0)]
    [InlineData(1000, 1, 1000)]
    [InlineData(float.MaxValue, 1, float.MaxValue)]
    [InlineData(float.NaN, float.NaN, float.NaN)]
    public void NothingOverflowsAndANaNStays(float x, float sigma, float logarithm) => Assert.All(Both(x), found => Assert.Equal((sigma, logarithm), found));

    private static (double Sigma, double Logarithm) Truth(double x)
    {
        double small = Math.Exp(-Math.Abs(x)), onePlus = 1 + small;
        return ((x > 0 ? 1 : small) / onePlus, Math.Max(x, 0) + (onePlus == 1 ? small : Math.Log(onePlus) * (small / (onePlus - 1))));
    }

    private static IEnumerable<(float Sigma, float Logarithm)> Both(float x)
    {
        float sigma = Logistic.Of(new Vector<float>(x), out Vector<float> logarithm)[0];
        yield return (sigma, logarithm[0]);
        Assert.Equal(sigma, Logistic.Of(new Vector<float>(x))[0]);
        if (!Avx512F.IsSupported) yield break;
        sigma = Logistic.Of(Vector512.Create(x), out Vector512<float> wide)[0];
        yield return (sigma, wide[0]);
        Assert.Equal(sigma, Logistic.Of(Vector512.Create(x))[0]);
    }
}
