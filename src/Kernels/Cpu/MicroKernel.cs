using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The innermost products, on tiles of 8 rows and 32 columns that live in registers.</summary>
/// <remarks>
/// Every matrix product, convolution and its gradients end here. The right-hand side is always a panel: 32 columns packed as
/// [k][32], zero-padded. The left-hand side is either eight row pointers (an image's pixels, read where they lie) or a k-major strip.
/// 8 x 32 takes 16 of 32 registers with AVX-512 and leaves general registers for eight row pointers; the narrower instruction sets walk
/// the same tile in smaller ones, so that packing is the same for all. The kernels themselves know whole tiles only and call nothing: a value
/// that lives across a call would be spilled inside the loop.
/// </remarks>
internal static unsafe partial class MicroKernel
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 8;

    /// <summary>Columns of a tile and width of a packed panel.</summary>
    public const int TileColumns = 32;

    /// <summary>c[i][column + 0..columns) (+)= Σ over taps and k of rows[tap][i][offset + k] · panel[tap·depth + k][0..columns).</summary>
    /// <param name="rows">8 pointers for each tap, one behind the other.</param>
    /// <param name="taps">How many groups of 8 pointers.</param>
    /// <param name="offset">Where in each row to begin.</param>
    /// <param name="depth">How many elements of each row.</param>
    /// <param name="panel">[taps·depth][32].</param>
    /// <param name="c">8 pointers to rows of the result.</param>
    /// <param name="column">The first column to write.</param>
    /// <param name="columns">How many columns to write, 1 to 32.</param>
    /// <param name="accumulate">Whether to add to what c holds.</param>
    public static void RowsTimesPanel(float** rows, int taps, int offset, int depth, float* panel, float** c, int column, int columns, bool accumulate) =>
        RowsTimesPanel(rows, new Taps { Count = taps, Offset = offset, Depth = depth, LastDepth = depth }, panel, c, column, columns, accumulate);

    /// <summary>The same with a last tap of another length, and with rows that come from memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowsTimesPanel(float** rows, in Taps taps, float* panel, float** c, int column, int columns, bool accumulate)
    {
        if (columns == TileColumns)
        {
            if (InstructionSets.Chosen == InstructionSet.Avx512) RowsTimesPanelAvx512(rows, taps, panel, c, column, accumulate);
            else if (InstructionSets.Chosen == InstructionSet.Avx2) RowsTimesPanelAvx2(rows, taps, panel, c, column, accumulate);
            else RowsTimesPanelPortable(rows, taps, panel, c, column, accumulate);
            return;
        }

        float* tile = stackalloc float[TileRows * TileColumns];
        float** tileRows = stackalloc float*[TileRows];
        for (int i = 0; i < TileRows; i++) tileRows[i] = tile + (i * TileColumns);
        RowsTimesPanel(rows, taps, panel, tileRows, 0, TileColumns, false);
        for (int i = 0; i < TileRows; i++) StoreRow(tileRows[i], c[i] + column, columns, accumulate);
    }

    /// <summary>c[i][0..columns) (+)= Σ over k of strip[k·stride + i] · panel[k][0..columns), i below 8.</summary>
    /// <param name="strip">k-major, 8 elements for each k.</param>
    /// <param name="stride">Floats from one k to the next in the strip.</param>
    /// <param name="depth">How many k.</param>
    /// <param name="panel">[depth][32].</param>
    /// <param name="c">The result's first element.</param>
    /// <param name="cStride">Floats from one row of the result to the next.</param>
    /// <param name="rows">How many rows to write, 1 to 8.</param>
    /// <param name="columns">How many columns to write, 1 to 32.</param>
    /// <param name="accumulate">Whether to add to what c holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StripTimesPanel(float* strip, long stride, int depth, float* panel, float* c, long cStride, int rows, int columns, bool accumulate)
    {
        if (columns == TileColumns && rows == TileRows)
        {
            if (InstructionSets.Chosen == InstructionSet.Avx512) StripTimesPanelAvx512(strip, stride, depth, panel, c, cStride, accumulate);
            else if (InstructionSets.Chosen == InstructionSet.Avx2) StripTimesPanelAvx2(strip, stride, depth, panel, c, cStride, accumulate);
            else StripTimesPanelPortable(strip, stride, depth, panel, c, cStride, accumulate);
            return;
        }

        float* tile = stackalloc float[TileRows * TileColumns];
        StripTimesPanel(strip, stride, depth, panel, tile, TileColumns, TileRows, TileColumns, false);
        for (int i = 0; i < rows; i++) StoreRow(tile + (i * TileColumns), c + (i * cStride), columns, accumulate);
    }

    /// <summary>
    /// Whether <see cref="Exponentials"/> can be called here: 16 results and the constants of an exponential want the 32 registers of AVX-512.
    /// </summary>
    public static bool HasExponentials => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>
    /// c[i][column + j] = f_j·2^{(s − m_j)·scale} for the s that <see cref="RowsTimesPanel(float**, in Taps, float*, float**, int, int, bool)"/> would write: a
    /// softmax's terms without a second walk over the tile.
    /// </summary>
    /// <param name="rows">8 pointers.</param>
    /// <param name="depth">How many elements of each row.</param>
    /// <param name="panel">[depth][32].</param>
    /// <param name="c">8 pointers to rows of the result.</param>
    /// <param name="column">The first of 32 columns to write.</param>
    /// <param name="weighing">m, f and the scale; a second term is not looked at.</param>
    /// <param name="limit">The greatest sum of 8 results that the caller takes.</param>
    /// <param name="sums">Each of the 32 grows by the sum of its column.</param>
    /// <param name="next">What is asked of memory meanwhile: the line that holds next + k·rate at element k.</param>
    /// <param name="rate">Floats from one to the next; 0 where nothing is to come.</param>
    /// <returns>Whether all did; if one column's sum is above the limit, none grew.</returns>
    public static bool Exponentials(
        float** rows, int depth, float* panel, float** c, int column, in PanelWeights weighing, float limit, float* sums, float* next, nint rate) =>
        ExponentialsAvx512(rows, depth, panel, c, column, weighing, limit, sums, next, rate);

    /// <summary>Writes or adds one row of a tile whose right part lies outside the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void StoreRow(float* source, float* target, int columns, bool accumulate)
    {
        for (int j = 0; j < columns; j++) target[j] = accumulate ? target[j] + source[j] : source[j];
    }
}

/// <summary>
/// How long the rows are that <see cref="MicroKernel.RowsTimesPanel(float**, in Taps, float*, float**, int, int, bool)"/> reads, and what it asks memory for
/// meanwhile.
/// </summary>
internal struct Taps
{
    /// <summary>Groups of 8 pointers.</summary>
    public int Count;

    /// <summary>Where in each row to begin, and how many elements to read: of the last tap's rows <see cref="LastDepth"/>.</summary>
    public int Offset, Depth, LastDepth;

    /// <summary>
    /// At element k the line that holds the first row's element Ahead + k·Rate is asked for: AVX-512 alone, whose products are done before memory has answered.
    /// </summary>
    public nint Ahead, Rate;
}
