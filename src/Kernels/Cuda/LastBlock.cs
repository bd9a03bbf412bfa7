using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Blocks that leave something for the last of them, in the launch that makes it: a launch less, and none of its start and end.</summary>
/// <remarks>
/// Which block is the last is chance. What it does with what all have left has a fixed order, so that the bits do not tell. Source: NVIDIA's sample
/// threadFenceReduction.
/// </remarks>
internal static class LastBlock
{
    /// <summary>Whether the block is the last of so many that come here with this counter; then it sees what all threads of the others wrote before.</summary>
    /// <param name="arrived">Counters, 0 before and after.</param>
    /// <param name="counter">Which of them.</param>
    /// <param name="blocks">How many blocks come.</param>
    /// <remarks>All threads of the block must call.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Is(ArrayView<int> arrived, int counter, int blocks)
    {
        ArrayView<int> before = SharedMemory.Allocate<int>(1);
        MemoryFence.DeviceLevel();
        Group.Barrier(); // All threads have written, and their writes are on the way before the count.
        if (Group.IdxX == 0 && Group.IdxY == 0)
        {
            before[0] = Atomic.Add(ref arrived[counter], 1);
            if (before[0] == blocks - 1) arrived[counter] = 0; // For the next launch.
        }

        Group.Barrier();
        MemoryFence.DeviceLevel();
        return before[0] == blocks - 1;
    }
}
