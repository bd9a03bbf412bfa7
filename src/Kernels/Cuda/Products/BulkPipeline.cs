using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// <see cref="WarpgroupPipeline"/> whose panels a warp of its own brings by <see cref="BulkCopy"/>: no barrier of the whole block stands between two steps, and no warp that
/// multiplies copies.
/// </summary>
/// <remarks>Each stage has two barriers: its panels are there, and all warps have multiplied them.</remarks>
internal static class BulkPipeline
{
    private const int WarpgroupThreads = 128, WarpThreads = 32, StageBarrierBytes = 2 * BulkCopy.BarrierBytes;

    /// <summary>Threads of a block: those that multiply, and a warp that copies.</summary>
    public static int ThreadsOf(TileShape tile) => tile.Threads + WarpThreads;

    /// <summary>The panels and the barriers behind them.</summary>
    public static int SharedBytesOf(TileShape tile) => tile.SharedBytes + (tile.Stages * StageBarrierBytes);

    /// <summary>Whether this warp has a tile: all but the one that copies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Multiplies(ProductShape shape) => Warp.Shuffle(Group.IdxX / WarpThreads, 0) < shape.Down * shape.Across;

    /// <summary>Leaves the sums in shared memory, a tile for each warp that multiplies, and returns where the warp's are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<Float4> Run<TArithmetic, TLeft, TRight, TLoader>(TLoader loader, ProductShape shape)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
        where TLoader : struct, IBulkLoader
    {
        ArrayView<Float4> shared = SharedMemory.GetDynamic<Float4>();
        int barriers = shape.TableStart() << 4;
        int warp = Group.IdxX >> 5, lane = Group.IdxX & 31;
        int firstPanel = Warp.Shuffle(Group.IdxX / WarpgroupThreads, 0) * TArithmetic.WarpgroupDown; // One number for all lanes, as the assembler then knows.
        bool multiplies = Multiplies(shape);
        int first = Grid.IdxY * shape.StepsPerSplit, last = first + shape.StepsPerSplit;
        if (last > shape.Steps) last = shape.Steps;

        CudaAsm.Emit(".expand panels ClearSums;");
        if (Group.IdxX < shape.Stages)
        {
            int barrier = barriers + (Group.IdxX * StageBarrierBytes);
            BulkCopy.MakeBarrier(barrier, 1);
            BulkCopy.MakeBarrier(barrier + BulkCopy.BarrierBytes, shape.Down * shape.Across);
            CudaAsm.Emit(".expand warpgroups Publish;");
        }

        Group.Barrier();
        if (multiplies) Multiply<TArithmetic, TLeft, TRight>(shape, barriers, firstPanel, lane, first, last);
        else Bring(loader, shape, barriers, lane, first, last);

        Group.Barrier(); // The tiles go where the panels were.
        if (multiplies) TArithmetic.Stage((firstPanel * PanelText.TileBytes) + ((warp & 3) * (PanelText.TileBytes / 4)), lane, shape.Down);
        Group.Barrier(); // A tile comes from the four warps of a group.
        return shared.SubView((warp * PanelText.TileBytes) >> 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TArithmetic, TLeft, TRight>(ProductShape shape, int barriers, int firstPanel, int lane, int first, int last)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
    {
        int stageBytes = (shape.Down + shape.Across) * PanelText.Bytes, left = firstPanel * PanelText.Bytes, right = shape.Down * PanelText.Bytes;
        int reading = 0, barrier = barriers, before = 0, parity = 0;
        for (int step = first; step < last; step++)
        {
            BulkCopy.Wait(barrier, parity);
            TArithmetic.Multiply<TLeft, TRight>(reading + left, reading + right);
            if (TArithmetic.StepsInFlight == 0)
            {
                CudaAsm.Emit(".expand warpgroups Wait 0;");
                BulkCopy.Arrive(barrier + BulkCopy.BarrierBytes, lane);
            }
            else
            {
                CudaAsm.Emit(".expand warpgroups Wait 1;");
                if (step > first) BulkCopy.Arrive(before + BulkCopy.BarrierBytes, lane); // The products of the step before are done.
                before = barrier;
            }

            reading += stageBytes;
            barrier += StageBarrierBytes;
            if (reading < shape.Stages * stageBytes) continue;
            reading = 0;
            barrier = barriers;
            parity ^= 1;
        }

        CudaAsm.Emit(".expand warpgroups Wait 0;");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Bring<TLoader>(TLoader loader, ProductShape shape, int barriers, int lane, int first, int last)
        where TLoader : struct, IBulkLoader
    {
        int stageBytes = (shape.Down + shape.Across) * PanelText.Bytes;
        int writing = 0, barrier = barriers, parity = 1;
        for (int step = first; step < last; step++)
        {
            BulkCopy.Wait(barrier + BulkCopy.BarrierBytes, parity);
            BulkCopy.Announce(barrier, stageBytes, lane);
            loader.Load(writing, step, barrier);
            writing += stageBytes;
            barrier += StageBarrierBytes;
            if (writing < shape.Stages * stageBytes) continue;
            writing = 0;
            barrier = barriers;
            parity ^= 1;
        }
    }
}
