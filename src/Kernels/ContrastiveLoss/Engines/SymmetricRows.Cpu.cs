using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The rows of two views, each row a query and a key, in the form that the symmetric loops want.</summary>
internal readonly unsafe struct SymmetricRows(Tensor z, double temperature)
{
    public readonly float* Z = z.FloatPointer;
    public readonly int Count = z[0], Depth = z[1];
    public readonly double Temperature = temperature;

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
    public int PositiveRow(int row) => row < Count / 2 ? row + (Count / 2) : row - (Count / 2);
}
