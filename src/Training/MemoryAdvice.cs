using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Which setting to lower, and to what, where a run needs more memory than there is.</summary>
internal static class MemoryAdvice
{
    /// <summary>A sentence that names the settings that would do alone.</summary>
    /// <param name="settings">The settings that do not fit.</param>
    /// <param name="fits">Whether others do.</param>
    public static string Of(TrainingSettings settings, Func<TrainingSettings, bool> fits)
    {
        List<string> ways = [];
        if (Halved(settings.Batch.Size, 2, size => Sized(settings, size)) is { } batch) ways.Add(FormattableString.Invariant($"lower `batchSize` (it is {settings.Batch.Size}; {batch} fits)"));
        if (Halved(settings.Batch.MicroBatch > 0 ? settings.Batch.MicroBatch : settings.Batch.Size, 2,
            size => settings with { Batch = settings.Batch with { MicroBatch = size } }) is { } piece)
            ways.Add(FormattableString.Invariant($"embed the batch in pieces of `microBatch` {piece}"));
        if (settings.Loss.Queue > 0 && Halved(settings.Loss.Queue, 1, keys => settings with { Loss = settings.Loss with { Queue = keys, Negatives = Math.Min(keys, settings.Loss.Negatives) } }) is { } queue)
            ways.Add(FormattableString.Invariant($"lower `queue` (it is {settings.Loss.Queue}; {queue} fits)"));
        if (ways.Count == 0) return "No `batchSize` would fit; choose a smaller `encoder`, `imageSize` or `embeddingDimension`, or allow more. `memoryPlan` prints the whole plan.";
        string all = string.Join(", or ", ways);
        return $"{char.ToUpperInvariant(all[0])}{all[1..]}; `memoryPlan` prints the whole plan.";

        int? Halved(int from, int least, Func<int, TrainingSettings> with)
        {
            for (int value = from / 2; value >= least; value /= 2)
            {
                TrainingSettings smaller = with(value);
                if (IsAllowed(smaller) && fits(smaller)) return value;
            }

            return null;
        }
    }

    private static TrainingSettings Sized(TrainingSettings settings, int size) => settings with
    {
        Batch = settings.Batch with { Size = size, MicroBatch = Math.Min(size, settings.Batch.MicroBatch) },
    };

    private static bool IsAllowed(TrainingSettings settings)
    {
        try
        {
            settings.Validate();
            return true;
        }
        catch (SettingsException)
        {
            return false;
        }
    }
}
