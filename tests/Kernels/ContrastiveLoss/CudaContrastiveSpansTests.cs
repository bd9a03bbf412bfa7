using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>Calls over spans on devices that cannot read them in place, or compute in another precision.</summary>
public class CudaContrastiveSpansTests
{
    [Fact]
    public void AGpuHasTheNumbersOfTheCpu()
    {
        using CudaRig rig = new();
        using CpuOps cpu = new(2);
        Assert.All(All(cpu).Zip(All(rig.Ops)), both => AssertNear(both.First, both.Second, 1e-5));

        // Again: the workspace is there already.
        long workspace = rig.Ops.WorkspaceBytes;
        All(rig.Ops);
        Assert.Equal(workspace, rig.Ops.WorkspaceBytes);
    }

    [Fact]
    public void ACpuOfBFloat16RoundsProductsAlone()
    {
        using CpuOps rounded = new(2, Precision.BFloat16), cpu = new(2);
        Assert.All(All(cpu).Zip(All(rounded)), both => AssertNear(both.First, both.Second, 0.03));
    }

    /// <summary>What each call gives, gradients and all.</summary>
    private static float[][] All(Ops ops)
    {
        const int rows = 10, depth = 12;
        float[] x = Numbers(rows * depth, 1), z = new float[x.Length], scale = new float[rows], dz = new float[x.Length], dx = new float[x.Length];
        float[] k = Numbers(14 * depth, 2), dk = new float[k.Length], product = new float[rows * 14], cosines = new float[rows * 14], nearest = new float[rows * 2];
        UnitRows.Of(x, depth, z, scale, ops);
        UnitRows.Of(k, depth, k, ops: ops);
        double views = ContrastiveLoss.NtXent(z, depth, 0.5f, dz, ops);
        UnitRows.Gradient(dz, z, scale, depth, dx, ops);
        float[] dq = new float[x.Length], losses = new float[rows], supervised = new float[x.Length];
        double keys = ContrastiveLoss.InfoNce(z, k, depth, 0.5f, [.. Enumerable.Range(2, rows)], dq, dk, ops);
        ContrastiveLoss.Of(new Decoupled(), new ContrastiveSpans { Queries = z, Keys = k, Losses = losses }, depth, 0.5f, ops: ops);
        double labelled = ContrastiveLoss.SupervisedContrastive(z, [.. Enumerable.Range(0, rows).Select(i => i % 3)], depth, 0.5f, supervised, ops);
        double queue = ContrastiveLoss.MomentumContrast(z, z, k, depth, 0.5f, ops: ops), sigmoid = ContrastiveLoss.Sigmoid(z, k, depth, 0.5f, -1, ops: ops);
        MatrixProduct.Of(z, k, depth, product, transposeB: true, ops: ops);
        CosineSimilarity.Of(x, k, depth, cosines, ops);
        NearestRows.Of(x, k, depth, 2, new int[rows * 2], nearest, ops);
        return [[(float)views, (float)keys, (float)labelled, (float)queue, (float)sigmoid], z, dz, dx, dq, dk, losses, supervised, product, cosines, nearest];
    }

    private static void AssertNear(float[] expected, float[] found, double tolerance)
    {
        double size = Math.Max(0.05, expected.Max(Math.Abs));
        Assert.All(expected.Zip(found), both => Assert.Equal(both.First, both.Second, tolerance * size));
    }

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
