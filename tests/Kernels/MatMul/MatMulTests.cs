using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class MatMulTests
{
    /// <summary>One value, either side of the tile of 8 x 32, more than one block of 192 deep, and ragged in all three.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 7, 31, 5 }, { 8, 32, 192 }, { 9, 33, 193 }, { 130, 70, 401 }, { 3, 257, 64 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void ErrsNoMoreThanTwiceANaiveFloatLoop(int m, int n, int k)
    {
        foreach ((bool transposeA, bool transposeB, bool accumulate) in new[] { (false, false, false), (true, false, true), (false, true, false), (true, true, true) })
        {
            using Rig rig = new((2L * m * k) + (2L * k * n) + (2L * m * n));
            Tensor a = transposeA ? rig.Random(k, m) : rig.Random(m, k), b = transposeB ? rig.Random(n, k) : rig.Random(k, n), c = rig.Random(m, n);
            double[] truth = Rig.Doubles(c);
            float[] naive = c.Floats.ToArray();
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = accumulate ? truth[(i * n) + j] : 0;
                    float sumInFloat = accumulate ? naive[(i * n) + j] : 0;
                    for (int p = 0; p < k; p++)
                    {
                        float left = a.Floats[transposeA ? (p * m) + i : (i * k) + p], right = b.Floats[transposeB ? (j * k) + p : (p * n) + j];
                        sum += (double)left * right;
                        sumInFloat += left * right;
                    }

                    truth[(i * n) + j] = sum;
                    naive[(i * n) + j] = sumInFloat;
                }
            }

            rig.Ops.MatMul(a, b, c, transposeA, transposeB, accumulate);
            Assert.InRange(Rig.MaxError(c.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 1e-6);
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(500_000, threads);
            Tensor a = rig.Random(301, 257), b = rig.Random(257, 333), c = rig.Take(301, 333);
            rig.Ops.MatMul(a, b, c);
            first ??= c.Floats.ToArray();
            Assert.Equal(first, c.Floats.ToArray());
        }
    }

    [Fact]
    public void AWrongShapeIsNamed()
    {
        using Rig rig = new(1000);
        ArgumentException inner = Assert.Throws<ArgumentException>(() => rig.Ops.MatMul(rig.Take(2, 3), rig.Take(4, 5), rig.Take(2, 5)));
        Assert.Contains("b is [4, 5]; its inner length 4 must equal the inner length 3 of a, [2, 3].", inner.Message, StringComparison.Ordinal);
        ArgumentException result = Assert.Throws<ArgumentException>(() => rig.Ops.MatMul(rig.Take(2, 3), rig.Take(3, 5), rig.Take(3, 5)));
        Assert.Contains("c is [3, 5]; expected [2, 5].", result.Message, StringComparison.Ordinal);
    }
}
