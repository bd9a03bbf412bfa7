using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary><see cref="WarpgroupSquare"/> with 4 x 1 panels, for few columns: the rows of the tile are the columns of the product.</summary>
internal readonly struct WarpgroupTall : IArithmetic
{
    public static bool BFloat16 => true;

    public static int WarpgroupDown => 4;

    public static int StepsInFlight => 0;

    public static int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => 0;

    public static int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
    {
        if (TLeft.DepthContiguous)
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand warpgroups MultiplyTurned Contiguous Contiguous 4 %0 %1;", left, right);
            else CudaAsm.Emit(".expand warpgroups MultiplyTurned Contiguous Strided 4 %0 %1;", left, right);
        }
        else
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand warpgroups MultiplyTurned Strided Contiguous 4 %0 %1;", left, right);
            else CudaAsm.Emit(".expand warpgroups MultiplyTurned Strided Strided 4 %0 %1;", left, right);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown)
    {
        int warp = area / (PanelText.TileBytes / 4); // All tiles are the warpgroup's.
        CudaAsm.Emit(".expand warpgroups StageTurned 4 %0;", Fragments.TurnedStageOffset(warp, lane));
    }
}
