using System.Globalization;
using NegSamples.Study.Comparison;
using NegSamples.Training;

namespace NegSamples.Report.Comparison;

/// <summary>What was run.</summary>
internal static class ComparedFacts
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(IReadOnlyList<ComparedEntry> entries)
    {
        List<KeyValuePair<string, string>> facts = [];
        foreach (ComparedEntry entry in entries) facts.Add(new(entry.Name, entry.Run is { } run ? OfRun(entry, run) : OfFeatures(entry)));
        RunEnvironment[] machines = [.. entries.Select(entry => entry.Run?.Environment).OfType<RunEnvironment>()];
        if (machines.Length == 0) return facts;
        facts.Add(new("Device", Every(machine => machine.Device)));
        facts.Add(new("Machine", Every(machine => string.Create(CultureInfo.InvariantCulture,
            $"{machine.Processor}, {Counted.Of(machine.Cores, "core")}, {machine.MemoryBytes / (double)(1 << 30):F1} GiB, {machine.OperatingSystem}"))));
        facts.Add(new("Versions", $"negsamples {Every(machine => machine.Version)}, {Every(machine => machine.Runtime)}"));
        return facts;

        string Every(Func<RunEnvironment, string> of) => string.Join("; ", machines.Select(of).Distinct());
    }

    private static string OfRun(ComparedEntry entry, ComparedRun run) => string.Create(CultureInfo.InvariantCulture,
        $"{run.Settings.Encoder.Kind.ToString().ToLowerInvariant()} on {entry.Data}, {run.State.Step:N0} of {Counted.Of(run.State.TotalSteps, "update", "N0")} at batch {run.Settings.Batch.Size}, seed {run.Settings.Run.Seed}");

    private static string OfFeatures(ComparedEntry entry) => entry.Given is not { } given ? "features as given" : string.Create(CultureInfo.InvariantCulture,
        $"features as given, {given.Dimension} a sample: {given.Train.Samples:N0} of {given.Train.Features}, {given.Test.Samples:N0} of {given.Test.Features}");
}
