using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Where the gradients go, as the loops of the CPU want it; null for what nobody asks for.</summary>
internal unsafe struct ContrastiveTargets
{
    public float* Dq, Dk, Dp;

    /// <summary>Of rows that are queries and keys at once dq and dk are one matrix, to which both are added.</summary>
    public ContrastiveTargets(in ContrastiveGradients gradients)
    {
        Dq = Pointer(gradients.Rows.IsNone ? gradients.Queries : gradients.Rows);
        Dk = Pointer(gradients.Rows.IsNone ? gradients.Keys : gradients.Rows);
        Dp = Pointer(gradients.Positives);
    }

    /// <summary>Zeroes dq and dk.</summary>
    public readonly void Clear(in ContrastivePairs pairs)
    {
        Clear(Dq, (long)pairs.Rows * pairs.Depth);
        Clear(Dk, (long)pairs.KeyCount * pairs.Depth);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clear(float* values, long count)
    {
        for (long i = 0; i < count && values != null; i += 1 << 20) new Span<float>(values + i, (int)Math.Min(1 << 20, count - i)).Clear();
    }

    private static float* Pointer(Tensor tensor) => tensor.IsNone ? null : tensor.FloatPointer;
}
