using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>A thread's 4 x 4 sums in registers.</summary>
internal struct PlainTile
{
    public Float4 Row0, Row1, Row2, Row3;

    /// <summary>Adds the outer product of four rows and four columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 rows, Float4 columns)
    {
        Add(ref Row0, rows.X, columns);
        Add(ref Row1, rows.Y, columns);
        Add(ref Row2, rows.Z, columns);
        Add(ref Row3, rows.W, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Float4 sums, float row, Float4 columns)
    {
        sums.X += row * columns.X;
        sums.Y += row * columns.Y;
        sums.Z += row * columns.Z;
        sums.W += row * columns.W;
    }
}
