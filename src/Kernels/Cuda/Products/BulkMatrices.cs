using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The panels of two matrices, the kernel's first and second tensor map.</summary>
internal struct BulkMatrices<TLeft, TRight> : IBulkLoader
    where TLeft : unmanaged, IPanelLayout
    where TRight : unmanaged, IPanelLayout
{
    public int FirstRow, FirstColumn, Down, Across;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier, int lane)
    {
        int depth = step * PanelText.Side, panel = stage;
        for (int i = 0; i < Down; i++)
        {
            int row = FirstRow + (i * PanelText.Side);
            BulkCopy.FromFirst(panel, TLeft.DepthContiguous ? depth : row, TLeft.DepthContiguous ? row : depth, barrier, lane);
            panel += PanelText.Bytes;
        }

        for (int i = 0; i < Across; i++)
        {
            int column = FirstColumn + (i * PanelText.Side);
            BulkCopy.FromSecond(panel, TRight.DepthContiguous ? depth : column, TRight.DepthContiguous ? column : depth, barrier, lane);
            panel += PanelText.Bytes;
        }
    }
}
