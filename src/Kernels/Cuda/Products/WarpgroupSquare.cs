using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>bfloat16 on the tensor cores of compute capability 9.0: a warpgroup has 2 x 2 panels.</summary>
internal readonly struct WarpgroupSquare : IArithmetic
{
    public static bool BFloat16 => true;

    public static int WarpgroupDown => 2;

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
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand warpgroups Multiply Contiguous Contiguous 2 2 %0 %1;", left, right);
            else CudaAsm.Emit(".expand warpgroups Multiply Contiguous Strided 2 2 %0 %1;", left, right);
        }
        else
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand warpgroups Multiply Strided Contiguous 2 2 %0 %1;", left, right);
            else CudaAsm.Emit(".expand warpgroups Multiply Strided Strided 2 2 %0 %1;", left, right);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown) =>
        CudaAsm.Emit(".expand warpgroups Stage 2 2 %0 %1;", area + Fragments.StageOffset(lane), tilesDown);
}
