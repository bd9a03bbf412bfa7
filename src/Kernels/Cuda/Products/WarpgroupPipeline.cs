using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The loop of products whose tensor cores read shared memory by themselves, beside <see cref="ProductPipeline"/>.</summary>
internal static class WarpgroupPipeline
{
    private const int WarpgroupThreads = 128;

    /// <summary>Leaves the sums in shared memory as <see cref="ProductPipeline"/> does, a tile for each warp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<Float4> Run<TArithmetic, TLeft, TRight, TLoader>(TLoader loader, ProductShape shape)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
        where TLoader : struct, IPanelLoader
    {
        ArrayView<Float4> shared = SharedMemory.GetDynamic<Float4>();
        int stageBytes = (shape.Down + shape.Across) * PanelText.Bytes, end = shape.Stages * stageBytes;
        int warp = Group.IdxX >> 5, lane = Group.IdxX & 31, ahead = shape.Stages - 1 - TArithmetic.StepsInFlight;
        int firstPanel = Warp.Shuffle(Group.IdxX / WarpgroupThreads, 0) * TArithmetic.WarpgroupDown; // One number for all lanes, as the assembler then knows.
        int left = firstPanel * PanelText.Bytes, right = shape.Down * PanelText.Bytes;
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
            // The copies of this step are here, and the products that read the stage to be written over are done: the barrier says both of all threads.
            AsyncCopy.Wait(butTheLast: ahead == 2);
            if (TArithmetic.StepsInFlight == 0) CudaAsm.Emit(".expand warpgroups Wait 0;");
            else CudaAsm.Emit(".expand warpgroups Wait 1;");
            CudaAsm.Emit(".expand warpgroups Publish;");
            Group.Barrier();
            TArithmetic.Multiply<TLeft, TRight>(reading + left, reading + right);
            if (step + ahead < last) loader.Load(writing, step + ahead); // While the products run.
            AsyncCopy.Commit();
            reading += stageBytes;
            writing += stageBytes;
            if (reading == end) reading = 0;
            if (writing == end) writing = 0;
        }

        CudaAsm.Emit(".expand warpgroups Wait 0;");
        Group.Barrier(); // The tiles go where the panels were.
        TArithmetic.Stage((firstPanel * PanelText.TileBytes) + ((warp & 3) * (PanelText.TileBytes / 4)), lane, shape.Down);
        Group.Barrier(); // A tile comes from the four warps of a group.
        return shared.SubView((warp * PanelText.TileBytes) >> 4);
    }
}
