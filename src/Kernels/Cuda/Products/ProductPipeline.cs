using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>What brings the panels of one step of the depth into shared memory, by all threads of the block.</summary>
internal interface IPanelLoader
{
    /// <param name="stage">The byte of the left panels; the right ones follow.</param>
    /// <param name="step">The step of the depth.</param>
    void Load(int stage, int step);
}

/// <summary>The loop of every product: panels arrive while earlier ones are multiplied.</summary>
internal static class ProductPipeline
{
    /// <summary>Leaves the sums of each warp's tile in shared memory, and returns where the warp's are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<Float4> Run<TArithmetic, TLeft, TRight, TLoader>(TLoader loader, ProductShape shape)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
        where TLoader : struct, IPanelLoader
    {
        if (TArithmetic.WarpgroupDown > 0) return WarpgroupPipeline.Run<TArithmetic, TLeft, TRight, TLoader>(loader, shape);
        ArrayView<Float4> shared = SharedMemory.GetDynamic<Float4>();
        int stageBytes = (shape.Down + shape.Across) * PanelText.Bytes, end = shape.Stages * stageBytes;
        int warp = Group.IdxX >> 5, lane = Group.IdxX & 31, ahead = shape.Stages - 1;
        int left = (warp % shape.Down * PanelText.Bytes) + TArithmetic.LeftOffset<TLeft>(lane);
        int right = ((shape.Down + (warp / shape.Down)) * PanelText.Bytes) + TArithmetic.RightOffset<TRight>(lane);
        int first = Grid.IdxY * shape.StepsPerSplit, last = first + shape.StepsPerSplit;
        if (last > shape.Steps) last = shape.Steps;

        CudaAsm.Emit(".expand panels ClearSums;");
        for (int i = 0; i < ahead; i++)
        {
            if (first + i < last) loader.Load(i * stageBytes, first + i);
            AsyncCopy.Commit();
        }

        int reading = 0, writing = ahead * stageBytes;
        for (int step = first; step < last; step++)
        {
            AsyncCopy.Wait(butTheLast: ahead == 2);
            Group.Barrier(); // Everybody's copies of this step are here, and nobody reads the panels that are now written over.
            if (step + ahead < last) loader.Load(writing, step + ahead);
            AsyncCopy.Commit(); // Also an empty group, so that the count of groups to wait for stays the same.
            TArithmetic.Multiply<TLeft, TRight>(reading + left, reading + right);
            reading += stageBytes;
            writing += stageBytes;
            if (reading == end) reading = 0;
            if (writing == end) writing = 0;
        }

        Group.Barrier(); // The tiles go where the panels were.
        TArithmetic.Stage(warp * PanelText.TileBytes, lane, shape.Down);
        Warp.Barrier();
        return shared.SubView((warp * PanelText.TileBytes) >> 4);
    }

    /// <summary>The first row of the warp's tile within the block's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RowOfWarp(ProductShape shape) => (Group.IdxX >> 5) % shape.Down * PanelText.Side;

    /// <summary>The first column of the warp's tile within the block's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ColumnOfWarp(ProductShape shape) => (Group.IdxX >> 5) / shape.Down * PanelText.Side;
}
