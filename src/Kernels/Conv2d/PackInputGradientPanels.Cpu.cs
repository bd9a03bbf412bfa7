using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>For one panel of 32 input channels: [reached tap][O][32] from w [O][tap][C].</summary>
internal unsafe struct PackInputGradientPanels : IChunks
{
    private const int Width = MicroKernel.TileColumns, Ahead = 24;

    public float* W, Panels;
    public int* TapOf;
    public int Reached, Taps, Depth, Columns;

    /// <summary>Whether neighbours in k, of a tap's outputs or the last of one tap and the first of the next, are rounded into words.</summary>
    public bool IsRounded;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int first = chunk * Width, count = Math.Min(Width, Columns - first);
        if (IsRounded)
        {
            int depth = Reached * Depth;
            uint* words = (uint*)Panels + ((long)first * Tiling.Blocks(depth, 2));
            for (int k = 0; k < depth; k += 2, words += Width)
            {
                for (int ahead = k + Ahead; ahead < Math.Min(depth, k + Ahead + 2); ahead++) Prefetch.ToSecondLevel(Row(ahead) + first, Width);
                BFloat16Rows.InterleaveRounded(Row(k) + first, k + 1 < depth ? Row(k + 1) + first : null, count, words);
                new Span<uint>(words + count, Width - count).Clear();
            }

            return;
        }

        float* panel = Panels + ((long)first * Reached * Depth);
        for (int tap = 0; tap < Reached; tap++)
        {
            Pack.Panel(
                W + ((long)TapOf[tap] * Columns), (long)Taps * Columns, false, first, count, Depth,
                panel + ((long)tap * Depth * Width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly float* Row(int k) => W + ((((long)(k % Depth) * Taps) + TapOf[k / Depth]) * Columns);
}
