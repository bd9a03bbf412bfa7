namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>
    /// The least temperature at which a device that computes in bfloat16 multiplies queries and keys in it; below it their products are float32, as a
    /// logit's rounding grows with 1/T. From this one on the loss errs by less than a hundredth of its size, and so does its gradient.
    /// </summary>
    /// <remarks>
    /// Measured in docs/bf16.md, "Small temperatures". Few drawn negatives, which are gathered and not multiplied as tiles, are float32 at any temperature: a
    /// dot product of two rows that lie anywhere waits for memory, and rounding them first would read them twice.
    /// </remarks>
    internal const float LeastBFloat16Temperature = 0.04f;

    /// <summary>The same, of this device: measurements set another.</summary>
    internal float LeastTemperatureInBFloat16 { get; init; } = LeastBFloat16Temperature;

    private bool LosesLittleInBFloat16(in ContrastiveSettings settings) => ComputesInBFloat16 && settings.Temperature >= LeastTemperatureInBFloat16;
}
