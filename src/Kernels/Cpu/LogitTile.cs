using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

/// <summary>The twin of what <see cref="TileWriter.Exponentials"/> does with 8 x 32 sums.</summary>
internal static unsafe class LogitTile
{
    /// <summary>Dot products become weights in their places, and the sums of columns and rows grow.</summary>
    /// <param name="tile">[8][32].</param>
    /// <param name="arguments">Shifts, factors, sums and the limit.</param>
    /// <param name="row">The first of the eight rows.</param>
    /// <param name="symmetric">Whether rows have sums and factors too, and there is no limit.</param>
    /// <returns>Whether all sums of eight weights are within the limit; if not, no sum has grown.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Exponentials(float* tile, in ExponentialArguments arguments, long row, bool symmetric)
    {
        Vector<float> scale = new(arguments.Scale);
        float* parts = stackalloc float[MicroKernel.TileColumns];
        for (int j = 0; j < MicroKernel.TileColumns; j += Vector<float>.Count)
        {
            Vector<float> shift = Read(arguments.Shifts + j), factor = symmetric ? Vector<float>.One : Read(arguments.Factors + j), part = Vector<float>.Zero;
            for (int i = 0; i < MicroKernel.TileRows; i++)
            {
                float* place = tile + (i * MicroKernel.TileColumns) + j;
                Vector<float> value = factor * Exponential.OfTwo(Vector.MultiplyAddEstimate(Read(place), scale, shift));
                Unsafe.WriteUnaligned(place, value);
                part += value;
            }

            if (!symmetric && Vector.GreaterThanAny(part, new Vector<float>(arguments.Limit))) return false;
            Unsafe.WriteUnaligned(parts + j, part);
        }

        for (int j = 0; j < MicroKernel.TileColumns; j++) arguments.Sums[j] += parts[j];
        if (symmetric) AddRows(tile, arguments, row);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(float* tile, in ExponentialArguments arguments, long row)
    {
        for (int i = 0; i < MicroKernel.TileRows; i++)
        {
            float* of = tile + (i * MicroKernel.TileColumns), lanes = arguments.RowSums + ((row + i) * LanesOfRow);
            for (int j = 0; j < LanesOfRow; j++) lanes[j] += of[j] + of[j + LanesOfRow];
            for (int j = 0; j < MicroKernel.TileColumns && arguments.RowFactors != null; j++) of[j] *= arguments.Factors[j] + arguments.RowFactors[row + i];
        }
    }

    /// <summary>Parts of a row's sum.</summary>
    public const int LanesOfRow = 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}
