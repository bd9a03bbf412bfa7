using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The rows of two views, each row a query and a key, in the form that the symmetric loops want.</summary>
/// <param name="z">The rows of view 1 and, from second on, those of view 2.</param>
/// <param name="samples">N.</param>
/// <param name="second">Where view 2 begins: N, or beyond zeros that fill view 1 up to whole panels.</param>
/// <param name="depth">D.</param>
/// <param name="isAcross">Whether the rows of one view meet those of the other alone.</param>
/// <param name="temperature">T.</param>
internal readonly unsafe struct SymmetricRows(float* z, int samples, int second, int depth, bool isAcross, double temperature)
{
    public readonly float* Z = z;
    public readonly int Samples = samples, Second = second, Count = second + samples, Depth = depth;
    public readonly bool IsAcross = isAcross;
    public readonly double Temperature = temperature;

    /// <summary>Rows that are cut into blocks: all of them, or those of a view, against as many columns.</summary>
    public int BlockRows => IsAcross ? Samples : Count;

    /// <summary>The first row that is a column.</summary>
    public int FirstColumn => IsAcross ? Second : 0;

    /// <summary>Negatives of a row.</summary>
    public int Negatives => IsAcross ? Samples - 1 : Count - 2;

    /// <summary>log₂ e over T: what a dot product's exponent is to base 2.</summary>
    public float PowerScale => (float)PowerScaleExact;

    /// <summary>What <see cref="PowerScale"/> lacks.</summary>
    public float PowerScaleLow => (float)(PowerScaleExact - PowerScale);

    /// <summary>1/T to the nearest float.</summary>
    public float ScaleHigh => (float)(1 / Temperature);

    /// <summary>What <see cref="ScaleHigh"/> lacks.</summary>
    public float ScaleLow => (float)((1 / Temperature) - ScaleHigh);

    private double PowerScaleExact => 1 / (Temperature * Exponential.Ln2);

    /// <summary>The row of the other view of the same sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositiveRow(int row) => row < Second ? row + Second : row - Second;

    /// <summary>Which row of the batch it is; −1 for what fills a view up.</summary>
    public int Place(int row) => row < Samples ? row : row < Second ? -1 : row - Second + Samples;
}
