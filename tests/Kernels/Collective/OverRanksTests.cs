using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>The operations that join the tensors of all ranks, on both devices.</summary>
public class OverRanksTests
{
    public static TheoryData<int, bool> Cases => new() { { 1, false }, { 2, false }, { 3, false }, { 1, true }, { 2, true }, { 3, true } };

    [Theory, MemberData(nameof(Cases))]
    public void AllGather(int ranks, bool onCuda) => OnRanks(ranks, onCuda, (ops, take, rank) =>
    {
        Tensor own = take(ElementType.Float32, [3, 5]), all = take(ElementType.Float32, [3 * ranks, 5]);
        ops.Upload<float>(Floats(rank, 15), own);
        ops.AllGather(own, all);
        Assert.Equal(Enumerable.Range(0, ranks).SelectMany(other => Floats(other, 15)), Floats(ops, all));
        Assert.Equal(Floats(rank, 15), Floats(ops, own));

        Tensor label = take(ElementType.Int32, [3]), labels = take(ElementType.Int32, [3 * ranks]);
        ops.Upload<int>([rank, 2 * rank, -7], label);
        ops.AllGather(label, labels);
        int[] got = new int[3 * ranks];
        ops.Download<int>(labels, got);
        Assert.Equal(Enumerable.Range(0, ranks).SelectMany(other => new[] { other, 2 * other, -7 }), got);

        Tensor odd = take(ElementType.Float32, [(3 * ranks) + 1, 5]);
        Assert.Contains($"expected {ranks} times", Assert.Throws<ArgumentException>(() => ops.AllGather(own, odd)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ops.AllGather(label, all));
    });

    [Theory, MemberData(nameof(Cases))]
    public void ReduceScatter(int ranks, bool onCuda) => OnRanks(ranks, onCuda, (ops, take, rank) =>
    {
        Tensor all = take(ElementType.Float32, [2 * ranks, 7]), own = take(ElementType.Float32, [2, 7]);
        ops.Upload<float>(Floats(rank, 14 * ranks), all);
        ops.ReduceScatter(all, own);
        Assert.Equal(Sums(ranks, 14 * ranks).AsSpan(14 * rank, 14).ToArray(), Floats(ops, own));
    });

    [Theory, MemberData(nameof(Cases))]
    public void SumOverRanks(int ranks, bool onCuda) => OnRanks(ranks, onCuda, (ops, take, rank) =>
    {
        foreach (int count in new[] { 1, ranks, 1009 })
        {
            Tensor x = take(ElementType.Float32, [count]);
            ops.Upload<float>(Floats(rank, count), x);
            ops.SumOverRanks(x);
            Assert.Equal(Sums(ranks, count), Floats(ops, x));
        }

        Assert.Throws<ArgumentException>(() => ops.SumOverRanks(take(ElementType.Int32, [4])));
    });

    private static void OnRanks(int ranks, bool onCuda, Action<Ops, Func<ElementType, int[], Tensor>, int> work) => ThreadCollective.Run(ranks, collective =>
    {
        if (onCuda)
        {
            using CudaRig rig = new();
            rig.Ops.Collective = collective;
            work(rig.Ops, (type, shape) => rig.Unwritten(type, shape), collective.Rank);
            return;
        }

        using CpuOps ops = new(1) { Collective = collective };
        using Arena arena = ops.CreateArena("test", 1 << 16);
        work(ops, (type, shape) => arena.Take(type, shape), collective.Rank);
    });

    private static float[] Floats(int rank, int count)
    {
        Random random = new(50 + rank);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>The sums in float32, rank after rank.</summary>
    private static float[] Sums(int ranks, int count)
    {
        float[] sum = Floats(0, count);
        for (int rank = 1; rank < ranks; rank++) sum = [.. sum.Zip(Floats(rank, count), (before, more) => before + more)];
        return sum;
    }

    private static float[] Floats(Ops ops, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        ops.Download<float>(tensor, values);
        return values;
    }
}
