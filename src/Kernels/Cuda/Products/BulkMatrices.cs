using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The panels of two matrices, the kernel's first and second tensor map.</summary>
internal struct BulkMatrices<TLeft, TRight> : IBulkLoader
    where TLeft : unmanaged, IPanelLayout
    where TRight : unmanaged, IPanelLayout
{
    public BulkLane Lane;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier)
    {
        int depth = step * PanelText.Side, panel = stage + Lane.Panel;
        BulkCopy.FromFirst(panel, TLeft.DepthContiguous ? depth : Lane.Side, TLeft.DepthContiguous ? Lane.Side : depth, barrier, Lane.IsLeft);
        BulkCopy.FromSecond(panel, TRight.DepthContiguous ? depth : Lane.Side, TRight.DepthContiguous ? Lane.Side : depth, barrier, Lane.IsRight);
    }
}
