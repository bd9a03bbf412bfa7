using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The optimizers' view of the flat parameters: each segment cut into blocks of a fixed length.</summary>
/// <remarks>The table is made anew when the segments change and kept otherwise, so a training step allocates nothing.</remarks>
internal sealed class SegmentChunks
{
    /// <summary>Elements of a block: 64 KiB per array.</summary>
    public const int BlockLength = 16384;

    private ParameterSegment[] segments = [];

    /// <summary>Per block: its segment, its first element and its length.</summary>
    public (int Segment, int Start, int Length)[] Blocks { get; private set; } = [];

    /// <summary>Per segment: its first block; one more entry ends the last.</summary>
    public int[] FirstBlock { get; private set; } = [];

    /// <summary>One number per block and segment, for reductions.</summary>
    public double[] Sums { get; private set; } = [];

    public ParameterSegment[] Segments => segments;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Cut(ReadOnlySpan<ParameterSegment> wanted)
    {
        if (wanted.SequenceEqual(segments)) return;
        segments = wanted.ToArray();
        List<(int, int, int)> blocks = [];
        FirstBlock = new int[segments.Length + 1];
        for (int s = 0; s < segments.Length; s++)
        {
            FirstBlock[s] = blocks.Count;
            for (int start = 0; start < segments[s].Length; start += BlockLength)
                blocks.Add((s, segments[s].Offset + start, Math.Min(BlockLength, segments[s].Length - start)));
        }

        FirstBlock[segments.Length] = blocks.Count;
        Blocks = [.. blocks];
        Sums = new double[2 * Math.Max(blocks.Count, segments.Length)];
    }
}
