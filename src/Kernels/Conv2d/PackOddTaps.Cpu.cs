using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>For one panel of 32 outputs: [tap][words][32] from w [O][tap][Depth], Depth odd; the other half of a tap's last word is a zero.</summary>
internal unsafe struct PackOddTaps : IChunks
{
    private const int Width = MicroKernel.TileColumns;

    public float* W;
    public uint* Panels;
    public int Taps, Depth, Columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int first = chunk * Width, count = Math.Min(Width, Columns - first), words = Tiling.Blocks(Depth, 2);
        uint* panel = Panels + ((long)first * Taps * words);
        float* even = stackalloc float[2 * Width], odd = even + Width;
        for (int tap = 0; tap < Taps; tap++)
        {
            for (int k = 0; k < Depth; k += 2, panel += Width)
            {
                float* source = W + (((((long)first * Taps) + tap) * Depth) + k);
                for (int j = 0; j < count; j++, source += (long)Taps * Depth) (even[j], odd[j]) = (source[0], k + 1 < Depth ? source[1] : 0);
                BFloat16Rows.InterleaveRounded(even, odd, count, panel);
                new Span<uint>(panel + count, Width - count).Clear();
            }
        }
    }
}
