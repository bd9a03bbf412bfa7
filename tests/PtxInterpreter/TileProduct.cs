using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NegSamples.PtxInterpreter;

/// <summary>The part of every matrix instruction that costs time: sums of 16 rows and 8 columns in double, each in the order of the depth.</summary>
internal static class TileProduct
{
    public const int Rows = 16, Columns = 8;

    /// <summary>Adds A·B to sums.</summary>
    /// <param name="a">16 rows of a depth, row after row.</param>
    /// <param name="b">The depth's rows, of which eight columns are taken.</param>
    /// <param name="columnsOfB">How far apart the rows of B are.</param>
    /// <param name="depth">Products of a sum.</param>
    /// <param name="sums">16 rows of 8.</param>
    public static void Add(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int columnsOfB, int depth, Span<double> sums)
    {
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<double> left = a.Slice(row * depth, depth);
            ref double first = ref MemoryMarshal.GetReference(sums.Slice(row * Columns, Columns));
            Vector512<double> sum = Vector512.LoadUnsafe(ref first);
            for (int k = 0; k < left.Length; k++) sum += left[k] * Vector512.Create(b.Slice(k * columnsOfB, Columns));
            sum.StoreUnsafe(ref first);
        }
    }

    /// <summary>Puts the one tf32 or the two halves of a word into a matrix.</summary>
    /// <param name="element">What the word holds.</param>
    /// <param name="bits">The word.</param>
    /// <param name="matrix">Where they go as numbers.</param>
    /// <param name="at">The place of the first.</param>
    /// <param name="step">How far behind it the second goes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Place(ScalarType element, uint bits, Span<double> matrix, int at, int step)
    {
        if (element == ScalarType.TF32)
        {
            matrix[at] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF_E000); // The hardware ignores the lowest 13 bits.
        }
        else if (element == ScalarType.BF16)
        {
            matrix[at] = BitConverter.UInt32BitsToSingle(bits << 16);
            matrix[at + step] = BitConverter.UInt32BitsToSingle(bits & 0xFFFF_0000);
        }
        else
        {
            matrix[at] = FloatFormat.ToDouble(element, bits & 0xFFFF);
            matrix[at + step] = FloatFormat.ToDouble(element, bits >> 16);
        }
    }
}
