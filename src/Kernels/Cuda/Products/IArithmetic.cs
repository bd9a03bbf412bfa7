using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>How a warp multiplies two panels. All sums are float32; every element of the product is summed in the order of the depth.</summary>
internal interface IArithmetic
{
    /// <summary>Whether the operands are bfloat16 in memory; float32 otherwise.</summary>
    static abstract bool BFloat16 { get; }

    /// <summary>How many panels down a warpgroup has in <see cref="WarpgroupPipeline"/>; 0 where warps multiply by themselves.</summary>
    static abstract int WarpgroupDown { get; }

    /// <summary>How many steps' products may still run in a warpgroup when the next ones start.</summary>
    static abstract int StepsInFlight { get; }

    /// <summary>What a lane adds to the address of a panel for <see cref="Multiply"/>.</summary>
    static abstract int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout;

    static abstract int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout;

    /// <summary>Adds the products of two panels to the sums.</summary>
    static abstract void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout;

    /// <summary>Writes the sums into shared memory, as <see cref="TileRows"/> reads them.</summary>
    /// <param name="area">The byte of the warp's area.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="tilesDown">Tiles of the block in a column of them, for a warp that has sums of several.</param>
    static abstract void Stage(int area, int lane, int tilesDown);
}

/// <summary>bfloat16 on tensor cores.</summary>
internal readonly struct BFloat16Arithmetic : IArithmetic
{
    public static bool BFloat16 => true;

    public static int WarpgroupDown => 0;

    public static int StepsInFlight => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? Fragments.RowsFirst(lane) : Fragments.ChunksFirst(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? Fragments.ChunksFirst(lane) : Fragments.RowsFirst(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
    {
        if (TLeft.DepthContiguous)
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand fragments Multiply BFloat16 Contiguous Contiguous %0 %1;", left, right);
            else CudaAsm.Emit(".expand fragments Multiply BFloat16 Contiguous Strided %0 %1;", left, right);
        }
        else
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand fragments Multiply BFloat16 Strided Contiguous %0 %1;", left, right);
            else CudaAsm.Emit(".expand fragments Multiply BFloat16 Strided Strided %0 %1;", left, right);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown) => CudaAsm.Emit(".expand fragments Stage %0;", area + Fragments.StageOffset(lane));
}

/// <summary>float32 in memory, rounded to TF32 (nearest, ties away) as it enters tensor cores.</summary>
internal readonly struct TensorFloat32Arithmetic : IArithmetic
{
    public static bool BFloat16 => false;

    public static int WarpgroupDown => 0;

    public static int StepsInFlight => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? Fragments.RowsFirst(lane) : Fragments.Words(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? Fragments.ChunksFirst(lane) : Fragments.Words(lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
    {
        if (TLeft.DepthContiguous)
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand fragments Multiply TensorFloat32 Contiguous Contiguous %0 %1;", left, right);
            else CudaAsm.Emit(".expand fragments Multiply TensorFloat32 Contiguous Strided %0 %1;", left, right);
        }
        else
        {
            if (TRight.DepthContiguous) CudaAsm.Emit(".expand fragments Multiply TensorFloat32 Strided Contiguous %0 %1;", left, right);
            else CudaAsm.Emit(".expand fragments Multiply TensorFloat32 Strided Strided %0 %1;", left, right);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown) => CudaAsm.Emit(".expand fragments Stage %0;", area + Fragments.StageOffset(lane));
}

/// <summary>float32 throughout, without tensor cores.</summary>
internal readonly struct Float32Arithmetic : IArithmetic
{
    public static bool BFloat16 => false;

    public static int WarpgroupDown => 0;

    public static int StepsInFlight => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? ((lane & 7) << 7) | ((lane & 7) << 4) : (lane & 7) << 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => TLayout.DepthContiguous ? ((lane >> 3) << 9) | (((lane >> 3) & 1) << 6) : (lane >> 3) << 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
    {
        for (int chunk = 0; chunk < 8; chunk++)
        {
            if (TLeft.DepthContiguous)
            {
                if (TRight.DepthContiguous) CudaAsm.Emit(".expand blocks Multiply Contiguous Contiguous %0 %1 %2;", left, right, chunk);
                else CudaAsm.Emit(".expand blocks Multiply Contiguous Strided %0 %1 %2;", left, right, chunk);
            }
            else
            {
                if (TRight.DepthContiguous) CudaAsm.Emit(".expand blocks Multiply Strided Contiguous %0 %1 %2;", left, right, chunk);
                else CudaAsm.Emit(".expand blocks Multiply Strided Strided %0 %1 %2;", left, right, chunk);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown)
    {
        int row = lane & 7;
        CudaAsm.Emit(".expand blocks Stage %0;", area + (row << 8) + (((lane >> 3) ^ TileRows.Turn(row)) << 4));
    }
}
