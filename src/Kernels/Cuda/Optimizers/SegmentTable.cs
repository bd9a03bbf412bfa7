using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Optimizers;

/// <summary>A run of one parameter, the work of one block of threads.</summary>
internal struct SegmentBlock
{
    /// <summary>Its first element, its elements, its parameter and whether that decays (0 or 1).</summary>
    public int Start, Length, Segment, Decays;
}

/// <summary>The optimizers' view of the flat parameters in device memory: each segment cut into runs of a fixed length.</summary>
/// <remarks>The table is uploaded when the segments change and kept otherwise, so a training step neither uploads nor allocates. A block never has elements of
/// two
/// segments, so what a segment decides is decided once per block, and sums over the blocks of a segment have an order that depends on its length
/// alone.</remarks>
internal sealed class SegmentTable(KernelDevice device, DeviceScratch scratch)
{
    /// <summary>Elements of a block: 16 for each of its threads.</summary>
    public const int BlockLength = 4096;

    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    private ParameterSegment[] segments = [];

    /// <summary>How often the table was made anew.</summary>
    public int Cuts { get; private set; }

    /// <summary>How many blocks, which is the grid of an update.</summary>
    public int BlockCount { get; private set; }

    /// <summary>How many segments.</summary>
    public int SegmentCount => segments.Length;

    /// <summary>The blocks, one <see cref="SegmentBlock"/> each.</summary>
    public DeviceSpan Blocks { get; private set; }

    /// <summary>Per segment: its first block; one more entry ends the last.</summary>
    public DeviceSpan FirstBlocks { get; private set; }

    /// <summary>Makes the table of these segments, unless it is there.</summary>
    public SegmentTable Cut(ReadOnlySpan<ParameterSegment> wanted)
    {
        if (wanted.SequenceEqual(segments)) return this;
        segments = wanted.ToArray();
        Cuts++;
        List<SegmentBlock> blocks = [];
        int[] firstBlocks = new int[segments.Length + 1];
        for (int s = 0; s < segments.Length; s++)
        {
            firstBlocks[s] = blocks.Count;
            for (int start = 0; start < segments[s].Length; start += BlockLength)
            {
                int length = Math.Min(BlockLength, segments[s].Length - start);
                blocks.Add(new() { Start = segments[s].Offset + start, Length = length, Segment = s, Decays = segments[s].Decay ? 1 : 0 });
            }
        }

        firstBlocks[^1] = BlockCount = blocks.Count;
        if (BlockCount == 0) return this;
        Blocks = scratch.Take("optimizer blocks", BlockCount, Unsafe.SizeOf<SegmentBlock>());
        FirstBlocks = scratch.Take("optimizer segments", firstBlocks.Length);
        device.Upload(MemoryMarshal.AsBytes<SegmentBlock>(blocks.ToArray()), Blocks.Address);
        device.Upload(MemoryMarshal.AsBytes<int>(firstBlocks), FirstBlocks.Address);
        return this;
    }

    /// <summary>Packs of four that tile the front of a block; the rest goes one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PacksOf(SegmentBlock block, bool aligned) => aligned && block.Start % 4 == 0 ? block.Length / 4 : 0;

    /// <summary>The sum of a number over all threads of a block, for the first thread, as a tree; all threads must call.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double SumOfThreads(double own, ArrayView<double> shared)
    {
        shared[Group.IdxX] = own;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half) shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }

        return shared[0];
    }
}
