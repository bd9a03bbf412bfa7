using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public sealed class BFloat16MatMulTests
{
    /// <summary>Either side of the tile of 8 x 32 and of passes of 1024 and 2048 deep, three of them, odd depths, ragged in all three.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 7, 31, 5 }, { 8, 32, 192 }, { 9, 33, 193 }, { 130, 70, 401 }, { 17, 40, 1027 }, { 3, 300, 64 }, { 9, 33, 2050 }, { 5, 40, 4099 }, { 5, 40, 4100 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void TheProductOfRoundedNumbersErrsAsFloat32SumsDo(int m, int n, int k)
    {
        int form = 0;
        foreach ((bool transposeA, bool accumulate, ElementType left) in
            from transposeA in new[] { false, true }
            from accumulate in new[] { false, true }
            from type in new[] { ElementType.BFloat16, ElementType.Float32 }
            select (transposeA, accumulate, type))
        {
            // Every form of the left-hand side, and both of the right-hand one among them.
            bool transposeB = form % 3 == 0;
            ElementType right = form % 5 < 3 ? ElementType.BFloat16 : ElementType.Float32;
            foreach (ElementType result in new[] { ElementType.Float32, ElementType.BFloat16 })
            {
                using BFloat16Rig rig = new(((long)m * k) + ((long)k * n) + ((long)m * n));
                (Tensor a, double[] aValues) = transposeA ? rig.Known(left, k, m) : rig.Known(left, m, k);
                (Tensor b, double[] bValues) = transposeB ? rig.Known(right, n, k) : rig.Known(right, k, n);
                Tensor c = rig.Random(result, m, n);
                float[] before = rig.Floats(c);
                rig.Ops.MatMul(a, b, c, transposeA, transposeB, accumulate);
                float[] after = rig.Floats(c);
                for (int i = 0; i < m; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        double sum = accumulate ? before[(i * n) + j] : 0, size = Math.Abs(sum);
                        for (int p = 0; p < k; p++)
                        {
                            double product = aValues[transposeA ? (p * m) + i : (i * k) + p] * bValues[transposeB ? (j * k) + p : (p * n) + j];
                            sum += product;
                            size += Math.Abs(product);
                        }

                        // Errors of k float32 additions in any order grow as their square root; a rounded result is off by half of its last place.
                        double tolerance = (size * 6e-8 * (2 + Math.Sqrt(k))) + (result == ElementType.BFloat16 ? Math.Abs(sum) / 256 : 0);
                        Assert.Equal(sum, after[(i * n) + j], tolerance);
                    }
                }
            }

            form++;
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using BFloat16Rig rig = new(500_000, threads);
            Tensor a = rig.Random(ElementType.BFloat16, 301, 257);
            Tensor b = rig.Random(ElementType.Float32, 257, 333);
            Tensor c = rig.Take(ElementType.Float32, 301, 333);
            rig.Ops.MatMul(a, b, c);
            first ??= rig.Floats(c);
            Assert.Equal(first, rig.Floats(c));
        }
    }

    /// <summary>The plan of a run's memory counts on it.</summary>
    [Theory]
    [InlineData(300, 700, 65)]
    [InlineData(300, 33, 2050)]
    public void TheWorkspaceIsWhatThePlanSays(int m, int n, int k)
    {
        using BFloat16Rig rig = new(((long)m * n) + ((long)k * (m + n)));
        rig.Ops.MatMul(rig.Random(ElementType.BFloat16, m, k), rig.Random(ElementType.Float32, k, n), rig.Take(ElementType.BFloat16, m, n));
        Assert.InRange(rig.Ops.WorkspaceBytes, 1, CpuWorkspace.OfProduct(n, k).Bytes(rig.Ops.Threads));
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstCall()
    {
        using BFloat16Rig rig = new(100_000);
        Tensor a = rig.Random(ElementType.BFloat16, 65, 129);
        Tensor b = rig.Random(ElementType.Float32, 129, 77);
        Tensor c = rig.Take(ElementType.BFloat16, 65, 77);
        rig.Ops.MatMul(a, b, c);
        Assert.Equal(0, ManagedBytes.EachRoundOf(() => rig.Ops.MatMul(a, b, c)));
    }
}
