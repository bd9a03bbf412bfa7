namespace NegSamples.Kernels.Cuda;

/// <summary>Division of integers of 0 to 2^31 - 1 by a fixed number as a multiplication and a shift.</summary>
/// <remarks>Granlund and Montgomery, "Division by invariant integers using multiplication", PLDI 1994, figure 4.1.</remarks>
internal readonly struct Divisor
{
    private readonly uint multiplier;
    private readonly int shift;
    private readonly int value;

    public Divisor(int value)
    {
        this.value = value;
        while ((1L << shift) < value) shift++;
        multiplier = (uint)((((1UL << shift) - (ulong)value) << 32) / (ulong)value) + 1;
    }

    public int Value => value;

    public int Quotient(int number) => (int)(((uint)(((ulong)(uint)number * multiplier) >> 32) + (uint)number) >> shift);
}
