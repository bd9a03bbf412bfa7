using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The weights [O, taps·C] as panels of words of two bfloat16, [⌈O/32⌉][⌈taps·C/2⌉][32]; one panel a chunk.</summary>
internal unsafe struct PackRoundedWeights : IChunks
{
    private const int Columns = MicroKernel.TileColumns, Piece = 256;

    public float* W;
    public uint* Panels;
    public int Outputs, Depth;

    public readonly int Chunks => Tiling.Blocks(Outputs, Columns);

    public readonly void Run(int chunk, int worker)
    {
        int first = chunk * Columns, count = Math.Min(Columns, Outputs - first), words = Tiling.Blocks(Depth, 2);
        uint* panel = Panels + ((long)first * words);
        ushort* rounded = stackalloc ushort[Columns * Piece];
        for (int k = 0; k < Depth; k += Piece)
        {
            int length = Math.Min(Piece, Depth - k);
            for (int row = 0; row < count; row++)
            {
                BFloat16Rows.Round(W + ((long)(first + row) * Depth) + k, rounded + (row * Piece), length);
                if ((length & 1) != 0) rounded[(row * Piece) + length] = 0;
            }

            // Moved as floats are, a word at a time: no arithmetic is done on them.
            Pack.Panel((float*)rounded, Piece / 2, true, 0, count, Tiling.Blocks(length, 2), (float*)panel);
            panel += Piece / 2 * Columns;
        }
    }
}

/// <summary>For one panel of 32 input channels: [reached tap][O][32] from w [O][tap][C].</summary>
internal unsafe struct PackInputGradientPanels : IChunks
{
    private const int Width = MicroKernel.TileColumns, Ahead = 24;

    public float* W, Panels;
    public int* TapOf;
    public int Reached, Taps, Depth, Columns;

    /// <summary>Whether neighbours in k, of a tap's outputs or the last of one tap and the first of the next, are rounded into words.</summary>
    public bool IsRounded;

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

    private readonly float* Row(int k) => W + ((((long)(k % Depth) * Taps) + TapOf[k / Depth]) * Columns);
}
