using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class TensorTests
{
    [Fact]
    public void ADisposedArenaSaysSo()
    {
        using CpuOps ops = new(1);
        Arena arena = ops.CreateArena("views", 256);
        Tensor tensor = arena.Take(4);
        arena.Dispose();
        Assert.Contains("The arena 'views', in which the tensor Float32[4] lies, is disposed.", Assert.Throws<ObjectDisposedException>(() => tensor.Floats.Length).Message, StringComparison.Ordinal);
        Assert.Contains("disposed", Assert.Throws<ArgumentException>(() => ops.Zero(tensor)).Message, StringComparison.Ordinal);
        Assert.Contains("The arena 'views' is disposed", Assert.Throws<ObjectDisposedException>(() => arena.Take(4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASpanOfTooManyElementsIsRefusedInWords()
    {
        using CpuOps ops = new(1);
        using Arena arena = ops.CreateArena("labels", 64);

        // Nothing of it is touched: 2^31 elements where the arena has 16.
        foreach ((ElementType type, Action<Tensor> read) in new (ElementType, Action<Tensor>)[]
        {
            (ElementType.Float32, tensor => _ = tensor.Floats), (ElementType.Int32, tensor => _ = tensor.Ints), (ElementType.UInt8, tensor => _ = tensor.Bytes),
        })
        {
            Tensor tensor = new(arena, 0, type, [1 << 16, 1 << 15]);
            Assert.Contains($"{type}[65536, 32768] has 2147483648 elements; expected at most 2147483647", Assert.Throws<OverflowException>(() => read(tensor)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("loss", "logSumExp overlaps loss")]
    [InlineData("logSumExp", "logSumExp overlaps batch.Queries")]
    [InlineData("dq", "gradients.Queries overlaps batch.Keys")]
    [InlineData("dk", "gradients.Keys overlaps gradients.Queries")]
    [InlineData("shape", "gradients.Queries is [5, 4]; expected [4, 4].")]
    public void OutputsOfTheLossLieApart(string wrong, string message)
    {
        using CpuOps ops = new(1);
        using Arena arena = ops.CreateArena("loss", 4096);
        Tensor q = arena.Take(4, 4), k = arena.Take(4, 4), p = arena.Take(4, 4), dq = arena.Take(4, 4), dk = arena.Take(4, 4), loss = arena.Take(4), logSumExp = arena.Take(4), longer = arena.Take(5, 4);
        ContrastiveBatch batch = new(q, k) { Positives = p };
        ContrastiveSettings settings = new(1);
        ops.ContrastiveLoss(batch, settings, loss, logSumExp, new ContrastiveGradients(dq, dk));
        if (wrong == "loss") logSumExp = loss;
        if (wrong == "logSumExp") logSumExp = q.Slice(3, 1).Reshape(4);
        if (wrong == "dq") dq = k;
        if (wrong == "dk") dk = dq;
        if (wrong == "shape") dq = longer;
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => ops.ContrastiveLoss(batch, settings, loss, logSumExp, new ContrastiveGradients(dq, dk))).Message, StringComparison.Ordinal);
    }
}
