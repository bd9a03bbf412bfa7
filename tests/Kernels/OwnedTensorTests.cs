using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class OwnedTensorTests
{
    [Fact]
    public void NumbersGoInAndComeOutUnderTheirShape()
    {
        using CpuOps ops = new(2);
        float[] values = [1, 2, 3, 4, 5, 6];
        using OwnedTensor a = ops.From<float>(values, 2, 3), b = ops.From<float>(values, 3, 2), c = ops.Zeros(2, 2), flat = ops.From<int>([7, 8, 9]);
        values[0] = 100; // The tensor has a copy.
        ops.MatMul(a, b, c);
        Assert.Equal([22, 28, 49, 64], c.ToArray());
        Assert.Equal("[3]", flat.Tensor.ShapeText);
        int[] labels = new int[3];
        flat.CopyTo<int>(labels);
        Assert.Equal([7, 8, 9], labels);
        using OwnedTensor bytes = ops.Zeros(ElementType.UInt8, 1, 2, 2, 3);
        Assert.Equal("UInt8[1, 2, 2, 3]", bytes.Tensor.ToString());
    }

    [Fact]
    public void AShapeThatDoesNotFitIsRefusedInWords()
    {
        using CpuOps ops = new(1);
        Assert.Contains("values has 6 elements; expected 8, as shape [2, 4] says.", Assert.Throws<ArgumentException>(() => ops.From<float>(new float[6], 2, 4)).Message, StringComparison.Ordinal);
        Assert.Contains("every axis must be at least 1", Assert.Throws<ArgumentException>(() => ops.Zeros(2, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("every axis must be at least 1", Assert.Throws<ArgumentException>(() => ops.Zeros(-2, -3)).Message, StringComparison.Ordinal);
        Assert.Contains("expected 1 to 4", Assert.Throws<ArgumentException>(() => ops.Zeros(1, 1, 1, 1, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("Double is not an element type", Assert.Throws<ArgumentException>(() => ops.From<double>([1.0])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItIsFreedByItsDisposeOrWithTheDevice()
    {
        OwnedTensor kept;
        using (CpuOps ops = new(1))
        {
            OwnedTensor freed = ops.Zeros(4);
            freed.Dispose();
            freed.Dispose(); // Twice does nothing.
            Assert.Throws<ObjectDisposedException>(() => freed.ToArray());
            kept = Forgotten(ops);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Assert.Equal([0, 0, 0], kept.ToArray());
        }

        Assert.Throws<ObjectDisposedException>(() => kept.ToArray());
        kept.Dispose();
    }

    private static OwnedTensor Forgotten(Ops ops)
    {
        for (int i = 0; i < 100; i++) _ = ops.Zeros(1000);
        return ops.Zeros(3);
    }
}
