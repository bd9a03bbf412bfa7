namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>
    /// The least temperature at which a GPU in bf16 multiplies queries and keys in it; below it in TF32, as a logit's rounding grows with 1/T. From this one on
    /// the loss errs by less than a thousandth of its size, and its gradient by what rounding costs at any temperature.
    /// </summary>
    /// <remarks>
    /// Measured in docs/bf16.md, "Small temperatures on a GPU". It is more than a CPU's, where bfloat16 spares the positives and float32 costs more than TF32
    /// does here.
    /// </remarks>
    internal const float LeastBFloat16Temperature = 0.2f;

    /// <summary>The same, of this device: measurements set another.</summary>
    internal float LeastTemperatureInBFloat16 { get; init; } = LeastBFloat16Temperature;

    /// <summary>What the rows of a loss over all keys are multiplied in. Only the float32 tiles have logistic terms.</summary>
    /// <param name="settings">The loss and its temperature.</param>
    internal Precision PrecisionOf(ContrastiveSettings settings) => settings.Loss.IsOfPairs ? Precision.Float32
        : Precision == Precision.BFloat16 && settings.Temperature < LeastTemperatureInBFloat16 ? Precision.TensorFloat32 : Precision;

    /// <summary>Drawn pairs are told by bits, which only the float32 tiles read.</summary>
    private Precision PrecisionOf(in ContrastiveBatch batch, ContrastiveSettings settings) => batch.Sample.Draws ? Precision.Float32 : PrecisionOf(settings);
}
