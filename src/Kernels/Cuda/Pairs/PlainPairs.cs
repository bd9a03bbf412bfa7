using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>What the float32 kernels over pairs share: 256 threads, a tile of 64 rows and 64 columns, 4 x 4 pairs a thread.</summary>
/// <remarks>
/// A chunk of 32 elements of depth lies in shared memory as [32][64], with groups of four neighbours exchanged by an exclusive or, so that neither the
/// stores of a row nor the loads of four neighbours meet in a bank.
/// </remarks>
internal static class PlainPairs
{
    public const int Threads = 256, TileRows = 64, ChunkDepth = 32;

    /// <summary>The dot product of a masked pair, which counts for nothing. It is finite, because a difference of infinities would be NaN.</summary>
    public const float Masked = float.MinValue;

    /// <summary>
    /// Brings a chunk of 64 rows to shared memory; rows and elements beyond the last are zeros. Neighbouring threads read neighbouring elements.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ArrayView<float> source, int firstRow, int rows, int depth, int firstElement, ArrayView<Float4> chunk)
    {
        ArrayView<float> words = chunk.Cast<float>();
        if (depth % 4 == 0)
        {
            ArrayView<Float4> wide = source.Cast<Float4>();
            for (int at = Group.IdxX; at < TileRows * ChunkDepth / 4; at += Threads)
            {
                int row = at / 8, four = at % 8;
                Float4 values = default;
                if (firstRow + row < rows && firstElement + (4 * four) < depth)
                    values = wide[((long)(firstRow + row) * (depth / 4)) + (firstElement / 4) + four];
                int place = (4 * four * TileRows) + (4 * ((row / 4) ^ four)) + (row % 4);
                words[place] = values.X;
                words[place + TileRows] = values.Y;
                words[place + (2 * TileRows)] = values.Z;
                words[place + (3 * TileRows)] = values.W;
            }
        }
        else
        {
            for (int at = Group.IdxX; at < TileRows * ChunkDepth; at += Threads)
            {
                int row = at / ChunkDepth, k = at % ChunkDepth;
                float value = 0;
                if (firstRow + row < rows && firstElement + k < depth) value = source[((long)(firstRow + row) * depth) + firstElement + k];
                words[(k * TileRows) + (4 * ((row / 4) ^ (k / 4))) + (row % 4)] = value;
            }
        }
    }

    /// <summary>The dot products of the thread's 4 x 4 pairs. Rows are 4·(thread / 16) and on, columns 4·(thread mod 16) and on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainTile Dots(
        ArrayView<float> x, int firstRow, int rows, ArrayView<float> y, int firstColumn, int columns, int depth, ArrayView<Float4> rowChunk,
        ArrayView<Float4> columnChunk)
    {
        int tx = Group.IdxX % 16, ty = Group.IdxX / 16;
        PlainTile dots = default;
        for (int first = 0; first < depth; first += ChunkDepth)
        {
            Load(x, firstRow, rows, depth, first, rowChunk);
            Load(y, firstColumn, columns, depth, first, columnChunk);
            Group.Barrier();
            for (int k = 0; k < ChunkDepth; k += 4)
            {
                int place = k * 16, row = ty ^ (k / 4), column = tx ^ (k / 4);
                dots.Add(rowChunk[place + row], columnChunk[place + column]);
                dots.Add(rowChunk[place + row + 16], columnChunk[place + column + 16]);
                dots.Add(rowChunk[place + row + 32], columnChunk[place + column + 32]);
                dots.Add(rowChunk[place + row + 48], columnChunk[place + column + 48]);
            }

            Group.Barrier();
        }

        return dots;
    }

    /// <summary>2^x; the error is that of the hardware's approximation, 2 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float PowerOfTwo(float x)
    {
        CudaAsm.Emit("ex2.approx.ftz.f32 %0, %1;", out float power, x);
        return power;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Number(long numbers, int index)
    {
        if (numbers == 0) return 0;
        CudaAsm.Emit("ld.global.f32 %0, [%1];", out float value, numbers + ((long)index * sizeof(float)));
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Index(long numbers, int index, int none)
    {
        if (numbers == 0) return none;
        CudaAsm.Emit("ld.global.s32 %0, [%1];", out int value, numbers + ((long)index * sizeof(int)));
        return value;
    }

    /// <summary>Whether a column is in the row's sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Sampled(ArrayView<uint> bits, int words, int query, int key) => ((bits[((long)query * words) + (key / 32)] >> (key % 32)) & 1) != 0;
}
