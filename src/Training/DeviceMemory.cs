using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The GPU memory of a training run, counted before any is reserved.</summary>
internal static class DeviceMemory
{
    /// <summary>What a run would reserve: everything of its first step, workspace of the kernels included.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images; one batch of them is read.</param>
    /// <param name="precision">What the matrix-shaped kernels would compute with.</param>
    /// <param name="ranks">The ranks that share the run, of which this is one; null for one.</param>
    public static MemoryPlan Plan(TrainingSettings settings, IImageSet images, Precision precision, Collective? ranks = null) =>
        CudaOps.Plan(precision, FirstStep(settings, images), ranks);

    /// <summary>What a run would reserve on a GPU that is open, by its own tiles; otherwise it is that of an H100 or H200.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images; one batch of them is read.</param>
    /// <param name="gpu">The GPU.</param>
    public static MemoryPlan Plan(TrainingSettings settings, IImageSet images, CudaOps gpu)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        return gpu.Plan(FirstStep(settings, images), gpu.Collective);
    }

    private static Action<Ops> FirstStep(TrainingSettings settings, IImageSet images) => ops =>
    {
        // A learned temperature may fall as far as to where products need more room for their rows. What the kernels hold stays with the device.
        if (settings.Loss.LearnTemperature)
        {
            LossSettings lowest = settings.Loss with { LearnTemperature = false, Temperature = LearnedTemperature.Least };
            using Trainer cold = new(ops, settings with { Loss = lowest }, images);
            cold.Step();
        }

        using Trainer trainer = new(ops, settings, images);
        trainer.Step();
        if (settings.Run.MonitorEvery == 0) return;
        using RepresentationMonitor monitor = new(ops, settings, images);
        monitor.Measure(trainer.Model);
    };

    /// <summary>Refuses a run that does not fit.</summary>
    /// <param name="plan">What it needs.</param>
    /// <param name="freeBytes">What the GPU has left.</param>
    /// <param name="settings">The run's settings.</param>
    /// <exception cref="DeviceMemoryException">It does not fit; the message has both numbers and the settings to change.</exception>
    public static void Require(MemoryPlan plan, long freeBytes, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(settings);
        if (plan.Bytes <= freeBytes) return;
        throw new DeviceMemoryException(string.Create(CultureInfo.InvariantCulture,
            $"The run needs {Counted.Of(plan.Bytes, "byte", "N0")} of GPU memory ({plan.Places[0].Name} {plan.Places[0].Bytes:N0}); {freeBytes:N0} are free. "
            + $"Lower `batchSize` (it is {settings.Batch.Size}), or give `microBatch` to embed the batch in pieces; `memoryPlan` prints the whole plan."));
    }
}
