using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    // Warps that share the words out: enough for every multiprocessor of a large GPU, and never a function of how many it has.
    private const int MostWordOwners = 2048;

    /// <inheritdoc/>
    private protected override void EmbeddingBagForwardCore(Tensor ids, Tensor w, Tensor y) => Launch(
        y.Type == ElementType.BFloat16 ? EmbeddingBagForwardKernel<BFloat16x1> : (Delegate)EmbeddingBagForwardKernel<Float32x1>,
        RowLaunch.Blocks(ids[0]), RowLaunch.Threads, 0, ids, w, KernelArgument.Address(y), ids[0], ids[1], w[0], w[1]);

    /// <inheritdoc/>
    private protected override void EmbeddingBagBackwardCore(Tensor dy, Tensor ids, Tensor dw)
    {
        int owners = Math.Min(MostWordOwners, dw[0]);
        Launch(
            dy.Type == ElementType.BFloat16 ? EmbeddingBagBackwardKernel<BFloat16x1> : (Delegate)EmbeddingBagBackwardKernel<Float32x1>,
            RowLaunch.Blocks(owners), RowLaunch.Threads, 0, new Packing(dy.Type, 1).View(dy), ids, dw, ids[0], ids[1], dw[0], dw[1], owners);
    }

    /// <summary>A warp per bag, whose lanes stride over the columns.</summary>
    [LaunchBounds(RowLaunch.Threads)]
    private static void EmbeddingBagForwardKernel<TPack>(
        ArrayView<int> ids, ArrayView<float> w, PackTarget<TPack> y, int bags, int length, int words, int columns)
        where TPack : unmanaged, IPack<TPack>
    {
        int bag = RowLaunch.Row(), lane = Group.IdxX % 32;
        if (bag >= bags) return; // The whole warp leaves together.
        long first = (long)bag * length;
        float count = WordsOf(ids, first, length, words, lane);
        for (int c = lane; c < columns; c += 32)
        {
            float sum = 0;
            for (int place = 0; place < length; place++)
            {
                int id = ids[first + place];
                if ((uint)id < (uint)words) sum += w[((long)id * columns) + c];
            }

            y[((long)bag * columns) + c] = new() { L0 = count > 0 ? sum / count : 0f };
        }
    }

    /// <summary>
    /// A warp owns the words whose id is its own number modulo all owners. It looks at 32 ids at a time, and adds for those that are its own one by one, in order.
    /// </summary>
    [LaunchBounds(RowLaunch.Threads)]
    private static void EmbeddingBagBackwardKernel<TPack>(
        ArrayView<TPack> dy, ArrayView<int> ids, ArrayView<float> dw, int bags, int length, int words, int columns, int owners)
        where TPack : unmanaged, IPack<TPack>
    {
        int owner = RowLaunch.Row(), lane = Group.IdxX % 32;
        if (owner >= owners) return; // The whole warp leaves together.
        long places = (long)bags * length;
        for (long first = 0; first < places; first += 32)
        {
            float mine = 0;
            if (first + lane < places && IsOwned(ids[first + lane], words, owner, owners)) mine = 1;
            if (WarpReduction.Maximum(mine) == 0) continue;
            for (long place = first; place < first + 32 && place < places; place++)
            {
                int id = ids[place];
                if (!IsOwned(id, words, owner, owners)) continue;
                long bag = place / length;
                float count = WordsOf(ids, bag * length, length, words, lane);
                for (int c = lane; c < columns; c += 32) dw[((long)id * columns) + c] += TPack.ToLanes(dy[(bag * columns) + c]).L0 / count;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsOwned(int id, int words, int owner, int owners) => (uint)id < (uint)words && id % owners == owner;

    /// <summary>The words of a bag, the same number in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float WordsOf(ArrayView<int> ids, long first, int length, int words, int lane)
    {
        float count = 0;
        for (int place = lane; place < length; place += 32)
        {
            if ((uint)ids[first + place] < (uint)words) count += 1;
        }

        return WarpReduction.Sum(count);
    }
}
