using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Holds the first loss of a run on a GPU against what unit rows allow: whatever the weights, a GPU that computes nothing is outside.</summary>
internal static class FirstLoss
{
    // Of the distance from 0: logits of bfloat16 rows are off by up to 2^-8 each, those of the others by less than 2^-10.
    private const double Rounding = 1e-3, BFloat16Rounding = 2e-2;

    /// <summary>The least and the greatest loss that there can be; null for a loss whose range is another.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="temperature">T.</param>
    /// <remarks>A row's loss is log(1 + Σ exp((sᵢ − s⁺)/T)) over K negatives, and both cosines lie within −1 and 1.</remarks>
    public static (double Least, double Greatest)? Bounds(TrainingSettings settings, double temperature)
    {
        if (settings.Loss.Kind is not (LossKind.NtXent or LossKind.SingleView)) return null;
        int negatives = settings.Loss.Negatives > 0 ? settings.Loss.Negatives : settings.Loss.Available(settings.Batch.Size / settings.Loss.Shards);
        return (LogOfOnePlus(Math.Log(negatives) - (2 / temperature)), LogOfOnePlus(Math.Log(negatives) + (2 / temperature)));
    }

    /// <summary>Refuses a loss outside of them.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="gpu">The GPU.</param>
    /// <param name="step">The step.</param>
    /// <exception cref="DeviceException">It is outside.</exception>
    public static void Require(TrainingSettings settings, CudaOps gpu, StepResult step)
    {
        if (Bounds(settings, step.Temperature) is not (double least, double greatest)) return;
        double slack = gpu.Precision == Precision.BFloat16 ? BFloat16Rounding : Rounding;
        if (step.Loss >= least * (1 - slack) && step.Loss <= greatest * (1 + slack)) return;
        throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
            $"The loss of step {step.Step} is {step.Loss:G6}; between rows of unit length it lies within {least:G6} and {greatest:G6}. {gpu.DeviceName} computes wrongly: "
            + $"look at it with `gpu.check`."));
    }

    private static double LogOfOnePlus(double exponent) => Math.Max(exponent, 0) + Math.Log(1 + Math.Exp(-Math.Abs(exponent)));
}
