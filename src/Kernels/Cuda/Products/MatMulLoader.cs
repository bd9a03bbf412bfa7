using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The panels of a product of two matrices.</summary>
internal struct MatMulLoader<TArithmetic, TLeft, TRight> : IPanelLoader
    where TArithmetic : struct, IArithmetic
    where TLeft : unmanaged, IPanelLayout
    where TRight : unmanaged, IPanelLayout
{
    public MatrixPanels Left, Right;

    public int Down, Across, FirstRow, FirstColumn;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        Left.Load<TArithmetic, TLeft>(stage, Down, FirstRow, step);
        Right.Load<TArithmetic, TRight>(stage + (Down * PanelText.Bytes), Across, FirstColumn, step);
    }
}
