using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Division of numbers below 2^31 by one that the host knows, as a multiplication.</summary>
/// <remarks>
/// With s = 31 + ceil(log2 d) and m = floor(2^s / d) + 1, floor(n·m / 2^s) = floor(n / d) for 0 ≤ n &lt; 2^31, because m·d exceeds 2^s by at most
/// d ≤ 2^(s - 31) (Granlund and Montgomery 1994, theorem 4.2).
/// </remarks>
internal readonly struct Divisor
{
    private readonly uint multiplier;
    private readonly int shift;

    public Divisor(int value)
    {
        Value = value;
        shift = 31 + BitOperations.Log2((uint)value) + (BitOperations.IsPow2(value) ? 0 : 1);
        multiplier = (uint)((1UL << shift) / (ulong)value) + 1;
    }

    public int Value { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Divide(int number) => (int)(((ulong)(uint)number * multiplier) >> shift);
}
