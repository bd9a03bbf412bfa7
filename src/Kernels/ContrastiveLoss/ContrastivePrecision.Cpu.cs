namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>
    /// The least temperature at which a device that computes in bfloat16 multiplies queries and keys in it; below it their products are float32, as a
    /// logit's rounding grows with 1/T. At this one the loss errs by less than a hundredth of its size, and so does its gradient.
    /// </summary>
    /// <remarks>Measured in docs/bf16.md, "Small temperatures".</remarks>
    internal const float LeastBFloat16Temperature = 0.05f;

    private bool LosesLittleInBFloat16(in ContrastiveSettings settings) => ComputesInBFloat16 && settings.Temperature >= LeastBFloat16Temperature;
}
