using System.Numerics;
using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void ReluForwardCore(Tensor x, Tensor y)
    {
        Elementwise<Rectify> work = new() { A = x.FloatPointer, B = x.FloatPointer, Y = y.FloatPointer, Count = y.Count };
        Workers.Run(work.Chunks, work);
    }

    /// <inheritdoc/>
    protected override unsafe void ReluBackwardCore(Tensor dy, Tensor y, Tensor dx)
    {
        Elementwise<KeepWhereActive> work = new() { A = dy.FloatPointer, B = y.FloatPointer, Y = dx.FloatPointer, Count = dx.Count };
        Workers.Run(work.Chunks, work);
    }

    private readonly struct Rectify : IElementFormula
    {
        public static void Apply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => TensorPrimitives.Max(a, 0f, y);
    }

    private readonly struct KeepWhereActive : IElementFormula
    {
        public static void Apply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
        {
            int i = 0, width = Vector<float>.Count;
            for (; i + width <= y.Length; i += width)
            {
                Vector<float> kept = Vector.ConditionalSelect(Vector.GreaterThan(new Vector<float>(b[i..]), Vector<float>.Zero), new Vector<float>(a[i..]), Vector<float>.Zero);
                kept.CopyTo(y[i..]);
            }

            for (; i < y.Length; i++) y[i] = b[i] > 0 ? a[i] : 0;
        }
    }
}
