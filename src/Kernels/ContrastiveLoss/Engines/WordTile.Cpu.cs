using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

/// <summary>What a thread holds of a tile of keys in bfloat16: the keys in the two layouts that products read, and the weights of a tile of rows.</summary>
internal unsafe struct WordTile
{
    private const int TileRows = ContrastiveBlock.TileRows, PanelRows = ContrastiveBlock.PanelRows;

    /// <summary>The keys as [keys/8][words][8] and in pairs as [depth/32][keys/2][32].</summary>
    public readonly uint* Strips, Values;

    /// <summary>The weights as [key][row] and in pairs of keys as [keys/2][row] words; dot products and weights of a panel as [key][32] floats.</summary>
    public readonly ushort* ByRows;
    public readonly uint* ByPairs;
    public readonly float* Panel;

    /// <summary>A row that is written and not read.</summary>
    public readonly float* Beyond;

    private readonly uint* buffer;
    private readonly int depth, words, tileKeys;

    public WordTile(in ContrastiveBlock block, int worker)
    {
        (depth, words, tileKeys) = (block.Pairs.Depth, BFloat16Rows.Words(block.Pairs.Depth), block.TileKeys);
        long half = (long)tileKeys * TileRows / 2, values = (long)tileKeys / 2 * block.Width;
        float* memory = block.Scratch.OfWorker(
            worker, (2 * half) + ((long)tileKeys * PanelRows) + ((long)tileKeys * words) + values + (MicroKernel.TileRows * words) + block.Width);
        ByRows = (ushort*)memory;
        ByPairs = (uint*)(memory + half);
        Panel = memory + (2 * half);
        Strips = (uint*)(Panel + ((long)tileKeys * PanelRows));
        Values = Strips + ((long)tileKeys * words);
        buffer = Values + values;
        Beyond = (float*)(buffer + (MicroKernel.TileRows * words));
    }

    /// <summary>Words from one 32 of the depth to the next in <see cref="Values"/>.</summary>
    public readonly long PanelWords => (long)tileKeys / 2 * MicroKernel.TileColumns;

    public readonly void PackStrips(float* keys, int count) => WordPanels.Strips(keys, count, depth, Strips, buffer);

    public readonly void PackValues(float* keys, int count) => WordPanels.Values(keys, count, depth, Values, PanelWords);

    /// <summary>The keys' dot products with a panel of queries.</summary>
    public readonly void Dots(uint* queries, int keys, float* dots) => DotTiles.OfStrips(Strips, keys, queries, PanelRows, words, dots, PanelRows);

    /// <summary>What <see cref="BFloat16Kernel.Exponentials"/> takes, the weights' places left open.</summary>
    /// <param name="queries">A panel of queries.</param>
    /// <param name="keys">How many keys, a multiple of 8.</param>
    /// <param name="offsets">The panel's 32 offsets.</param>
    /// <param name="shifts">Receives 32 numbers.</param>
    /// <param name="scale">log₂ e over the temperature.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly ExponentialArguments Weighing(uint* queries, int keys, float* offsets, float* shifts, float scale)
    {
        for (int i = 0; i < PanelRows; i++) shifts[i] = -offsets[i] * scale;
        return new ExponentialArguments
        {
            Strips = Strips, Panel = queries, DepthBytes = (long)words * sizeof(uint), Groups = keys / MicroKernel.TileRows, Shifts = shifts, Scale = scale,
        };
    }
}
