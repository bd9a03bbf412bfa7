using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void AddCore(Tensor a, Tensor b, Tensor y)
    {
        Elementwise<Sum> work = new() { A = a.FloatPointer, B = b.FloatPointer, Y = y.FloatPointer, Count = y.Count };
        Workers.Run(work.Chunks, work);
    }

    private readonly struct Sum : IElementFormula
    {
        public static void Apply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => TensorPrimitives.Add(a, b, y);
    }
}
