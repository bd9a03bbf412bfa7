using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>What was run: data, settings, machine, time.</summary>
internal static class Facts
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(SweepData data)
    {
        TrainingSettings settings = data.Manifest.Settings;
        List<KeyValuePair<string, string>> facts = [];
        void Add(string name, FormattableString value) => facts.Add(new(name, value.ToString(CultureInfo.InvariantCulture)));
        var evaluation = data.Runs.Select(run => run.Evaluation).FirstOrDefault(report => report is not null);
        Add("Data", evaluation is null ? $"{settings.Data.Path} ({data.DataKind})" : (FormattableString)$"{settings.Data.Path} ({data.DataKind}): {evaluation.TrainImages:N0} training and {Counted.Of(evaluation.TestImages, "test sample", "N0")}, {Counted.Of(evaluation.Classes, "class")}");
        Add("Fingerprint", $"{data.Runs[0].State.DataFingerprint}");
        if (settings.Encoder.Kind == EncoderKind.EmbeddingBag)
        {
            string changed = settings.Views.ReplacesWords ? "replaced by near ones" : "left out";
            Add("Encoder", $"mean of word vectors, {settings.Encoder.EmbeddingDimension}-dimensional embeddings; views with {settings.Views.MaskRatio} of the words {changed}");
        }
        else Add("Encoder", $"{settings.Encoder.Kind}{(settings.Encoder.Kind == EncoderKind.ConvNet ? "" : $", {Lower(settings.Encoder.Stem)} stem")}, {settings.Data.ImageSize} × {Counted.Of(settings.Data.ImageSize, "pixel")}, {settings.Encoder.EmbeddingDimension}-dimensional embeddings");
        Add("Axis", data.Manifest.Axis == SweepAxis.BatchSize ? $"batch size N, {Tie(settings.Loss)}: {string.Join(", ", data.Manifest.Values)}"
            : data.Manifest.Axis == SweepAxis.Negatives ? $"negatives K at batch size {settings.Batch.Size}: {string.Join(", ", data.Manifest.Values)}"
            : (FormattableString)$"{(data.Manifest.Axis == SweepAxis.Loss ? "loss" : "temperature t")} at batch size {settings.Batch.Size}, K = {settings.BoundNegatives}: {string.Join(", ", data.Manifest.Values.Select(data.Label))}");
        Add("Seeds", $"{string.Join(", ", data.Manifest.Seeds)}");
        Add("Training", $"{Length(settings.Optimizer)} of {LossNames.Of(data.Manifest)}, {Lower(settings.Optimizer.Kind)}, {Rate(data.Manifest)}, weight decay {settings.Optimizer.WeightDecay}, {Warmup(settings.Optimizer)}");
        if (settings.Data.ValidationShare > 0) Add("Held out", $"{settings.Data.ValidationShare} of the training samples of each class, not trained on");
        long least = data.Runs.Min(run => run.State.TotalSteps), most = data.Runs.Max(run => run.State.TotalSteps);
        Add("Updates", least == most ? $"{least:N0} in each run" : (FormattableString)$"{least:N0} to {most:N0}: they differ between the runs");
        if (data.Runs.Select(run => run.Bound).FirstOrDefault(bound => bound is not null) is { } measured)
            Add("Bounds", $"{Counted.Of(measured.Passes, "pass")} of shuffled batches over {Counted.Of(measured.TestImages, "test sample", "N0")}, class means from {Counted.Of(measured.TrainImages, "training sample", "N0")} with {Counted.Of(measured.Augmentations, "view")} each, key {measured.Seed}");
        Add("Finished", $"{data.Runs.Count} of {Counted.Of(data.Manifest.Values.Count * data.Manifest.Seeds.Count, "run")}, {Numbers.Duration(data.Runs.Sum(run => run.TrainingSeconds))} of training");
        foreach (RunData run in data.Runs.Where(run => run.State.Resumed is not null))
            Add("Resumed otherwise", $"{run.Run.Name}: {string.Join("; ", run.State.Resumed!)}");
        if (data.Runs.Select(run => run.Environment).FirstOrDefault(environment => environment is not null) is { } machine)
        {
            Add("Device", $"{Every(data, environment => environment.Device)}");
            Add("Machine", $"{Every(data, environment => environment.Processor)}, {Counted.Of(machine.Cores, "core")}, {machine.MemoryBytes / (double)(1 << 30):F1} GiB, {machine.OperatingSystem}");
            if (data.Runs.Any(run => run.Environment?.Hosts is not null)) Add("Hosts", $"{Every(data, HostsOf)}");
            Add("Versions", $"negsamples {Every(data, environment => environment.Version)}, {Every(data, environment => environment.Runtime)}");
            Add("Begun", $"{data.Runs.Min(run => run.Environment?.StartedUtc)}");
        }

        return facts;
    }

    private static string Length(OptimizerSettings optimizer) => optimizer.Steps > 0
        ? FormattableString.Invariant($"{Counted.Of(optimizer.Steps, "update")} (the last epoch ends where they do)") : Counted.Of(optimizer.Epochs, "epoch");

    private static string Warmup(OptimizerSettings optimizer) => optimizer.Steps > 0 && optimizer.WarmupEpochs != 0 ? "a tenth of the updates warm-up"
        : Counted.Of(optimizer.WarmupEpochs, "warm-up epoch");

    private static string Rate(SweepManifest manifest)
    {
        OptimizerSettings optimizer = manifest.Settings.Optimizer;
        string shard = manifest.Settings.Loss.Shards > 1 ? "shard" : "batch";
        string rate = manifest.LearningRates is { } grid ? $"the best of the peak rates {string.Join(", ", grid.Select(value => value.ToString(CultureInfo.InvariantCulture)))}"
            : FormattableString.Invariant($"peak rate {optimizer.LearningRate}");
        return optimizer.RateScaling switch
        {
            RateScaling.Linear => $"{rate} for a {shard} of 256", RateScaling.Sqrt => $"{rate} times the root of the {shard}", _ => $"{rate} for every {shard}",
        };
    }

    private static string Tie(LossSettings loss) => loss.Queue > 0 ? FormattableString.Invariant($"K = {Counted.Of(loss.Queue, "key")} of a queue")
        : loss.Shards > 1 ? FormattableString.Invariant($"K + 1 = N/{loss.Shards}") : "K + 1 = N";

    /// <summary>The distinct values over all runs.</summary>
    private static string Every(SweepData data, Func<RunEnvironment, string> of) =>
        string.Join("; ", data.Runs.Select(run => run.Environment).OfType<RunEnvironment>().Select(of).Distinct());

    /// <summary>"node1 × 2, node2 × 2": each machine with its ranks.</summary>
    private static string HostsOf(RunEnvironment environment) => environment.Hosts is null ? "one process"
        : string.Join(", ", environment.Hosts.CountBy(host => host).Select(host => FormattableString.Invariant($"{host.Key} × {host.Value}")));

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
