using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The 16-bit format of tensor cores: sign, 8 bits of exponent and 7 of fraction, the upper half of a float32.</summary>
internal static class BFloat16
{
    /// <summary>The nearest bfloat16, ties to even; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort FromFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40); // Quiet: rounding could carry a NaN's fraction away.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The same number as a float32, exactly.</summary>
    public static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
