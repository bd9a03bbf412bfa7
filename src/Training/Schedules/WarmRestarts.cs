using NegSamples.Training.Settings;

namespace NegSamples.Training.Schedules;

/// <summary>The learning rate of a run whose schedule starts again at chosen epochs: one <see cref="WarmupCosine"/> after another.</summary>
/// <remarks>
/// A stage has the length from one restart to the next. The first warms up over `warmupEpochs`, a later one over as many but at most a tenth of its own epochs:
/// the optimizer's momentum is from a rate of nearly 0. A function of the global step alone, as its parts are. Source: Loshchilov and Hutter 2017,
/// arXiv:1608.03983, section 3, with the periods chosen rather than multiplied.
/// </remarks>
internal sealed class WarmRestarts
{
    private readonly List<(long First, WarmupCosine Schedule)> stages = [];

    /// <summary>Lays the stages one behind the other.</summary>
    /// <param name="peak">The rate at the end of each warm-up.</param>
    /// <param name="settings">The epochs, restarts and warm-up.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    public WarmRestarts(double peak, OptimizerSettings settings, int stepsPerEpoch)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Steps > 0)
        {
            // The same share of the updates for every batch, so that runs of as many updates have the same rates but for the peak.
            long warm = settings.WarmupEpochs == 0 ? 0 : (long)Math.Round(settings.Steps / 10.0);
            stages.Add((0, new WarmupCosine(peak, warm, settings.Steps)));
            return;
        }

        int begin = 0;
        foreach (int end in settings.StageEnds())
        {
            double warmup = begin == 0 ? settings.WarmupEpochs : Math.Min(settings.WarmupEpochs, (end - begin) / 10.0);
            stages.Add(((long)begin * stepsPerEpoch, new WarmupCosine(peak, (long)Math.Round(warmup * stepsPerEpoch), (long)(end - begin) * stepsPerEpoch)));
            begin = end;
        }
    }

    /// <summary>The rate of one step.</summary>
    /// <param name="step">The step of the run, from 0.</param>
    public float At(long step)
    {
        int stage = stages.Count - 1;
        while (stages[stage].First > step) stage--;
        return stages[stage].Schedule.At(step - stages[stage].First);
    }
}
