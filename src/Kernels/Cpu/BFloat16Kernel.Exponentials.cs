using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

internal static unsafe partial class BFloat16Kernel
{
    /// <summary>
    /// w[i][j] = f_j·2^(s·scale + shift_j) for the s that <see cref="StripTimesPanel"/> would write, of all rows i and 32 columns j: a softmax's terms without
    /// a walk over float32 tiles. In the symmetric form f is a factor of the column and one of the row, added up.
    /// </summary>
    /// <param name="arguments">Rows, columns, and where the weights and sums go. Its constants are set here.</param>
    /// <param name="form">What is left of the weights.</param>
    /// <returns>
    /// Whether all sums of eight weights were within the limit: if not, sums and weights are worth nothing. Of the symmetric form there is no limit.
    /// </returns>
    public static bool Exponentials(ref ExponentialArguments arguments, ExponentialForm form)
    {
        if (!MachineCodeSupport.IsThere) return ExponentialsPortable(arguments, form);
        arguments.SetConstants();
        fixed (ExponentialArguments* place = &arguments) GeneratedExponentials.Run(place, form);
        return arguments.Taken != 0;
    }

    /// <summary>
    /// Rows of 32 floats become weights by rows and by pairs of rows, rounded; null for what is not wanted. An odd last row is paired with zeros.
    /// </summary>
    /// <param name="floats">The first row's.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="byRows">Receives the rows.</param>
    /// <param name="rowStride">Bytes from one row to the next.</param>
    /// <param name="byPairs">Receives the pairs.</param>
    /// <param name="pairStride">Bytes from one pair to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreWeights(float* floats, long stride, int rows, ushort* byRows, long rowStride, uint* byPairs, long pairStride)
    {
        for (int i = 0; i < rows && byRows != null; i++) BFloat16Rows.Round(floats + (i * stride), (ushort*)((byte*)byRows + (i * rowStride)), TileColumns);
        for (int i = 0; i < rows && byPairs != null; i += 2)
        {
            float* even = floats + (i * stride), odd = i + 1 < rows ? even + stride : null;
            BFloat16Rows.InterleaveRounded(even, odd, TileColumns, (uint*)((byte*)byPairs + (i / 2 * pairStride)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool ExponentialsPortable(in ExponentialArguments arguments, ExponentialForm form)
    {
        float* tile = stackalloc float[TileRows * TileColumns];
        int depth = (int)(arguments.DepthBytes / sizeof(uint));
        for (long group = 0; group < arguments.Groups; group++)
        {
            long row = group * TileRows;
            StripTimesPanel(arguments.Strips + (row * depth), TileRows, depth, arguments.Panel, tile, TileColumns, TileRows, TileColumns, false);
            bool taken = LogitTile.Exponentials(tile, arguments, row, form.HasFlag(ExponentialForm.Symmetric));
            if (!taken) return false;
            StoreWeights(
                tile, TileColumns, TileRows, form.HasFlag(ExponentialForm.ByRows) ? (ushort*)((byte*)arguments.ByRows + (row * arguments.RowStride)) : null,
                arguments.RowStride, form.HasFlag(ExponentialForm.ByPairs) ? (uint*)((byte*)arguments.ByPairs + (row / 2 * arguments.PairStride)) : null,
                arguments.PairStride);
        }

        return true;
    }
}
