using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// Division of numbers below 2^15 by one that the host knows, as a multiplication of 32 bits (see <see cref="Divisor"/> for why it is exact).
/// </summary>
internal readonly struct SmallDivisor
{
    /// <summary>Numbers and divisors are below this.</summary>
    public const int Limit = 1 << 15;

    private readonly int multiplier, shift;

    public SmallDivisor(int value)
    {
        Value = value;
        shift = 15 + BitOperations.Log2((uint)value) + (BitOperations.IsPow2(value) ? 0 : 1);
        multiplier = (int)((1L << shift) / value) + 1;
    }

    public int Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Divide(int number) => (number * multiplier) >> shift;
}
