using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The panels of a product of two matrices.</summary>
internal struct MatMulLoader<TArithmetic, TLeft, TRight> : IPanelLoader
    where TArithmetic : struct, IArithmetic
    where TLeft : unmanaged, IPanelLayout
    where TRight : unmanaged, IPanelLayout
{
    public PanelCopies<TArithmetic, TLeft> Left;

    public PanelCopies<TArithmetic, TRight> Right;

    public int Down, Across;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        int chunk = (step << 3) + (Group.IdxX & 7);
        Left.Load(stage, Down, TLeft.DepthContiguous ? chunk : step);
        Right.Load(stage + (Down * PanelText.Bytes), Across, TRight.DepthContiguous ? chunk : step);
    }
}
