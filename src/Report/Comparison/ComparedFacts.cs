using System.Globalization;
using NegSamples.Study.Comparison;
using NegSamples.Training;

namespace NegSamples.Report.Comparison;

/// <summary>What was run, and the commands that do it again.</summary>
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
            $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryBytes / (double)(1 << 30):F1} GiB, {machine.OperatingSystem}"))));
        facts.Add(new("Versions", $"negsamples {Every(machine => machine.Version)}, {Every(machine => machine.Runtime)}"));
        return facts;

        string Every(Func<RunEnvironment, string> of) => string.Join("; ", machines.Select(of).Distinct());
    }

    public static IEnumerable<string> Commands(IReadOnlyList<ComparedEntry> entries, ReportFormat format, Func<string, string> flagOf)
    {
        foreach (ComparedEntry entry in entries)
        {
            if (entry.Run is { } run) foreach (string line in Reproduction.OfRun(entry.Path, run.Settings, run.Evaluation, flagOf)) yield return line;
            else if (entry.Given is { } given)
                yield return $"negsamples eval {flagOf("features")} {Reproduction.Quoted(given.Train.Features)} {flagOf("labels")} {Reproduction.Quoted(given.Train.Labels)} "
                    + $"{flagOf("testFeatures")} {Reproduction.Quoted(given.Test.Features)} {flagOf("testLabels")} {Reproduction.Quoted(given.Test.Labels)}"
                    + (given.Normalised ? " " + flagOf("normalised") : "") + Reproduction.Linear(given.LinearEpochs, given.Rows.Select(row => row.Seed), flagOf);
        }

        string kind = format switch { ReportFormat.Markdown => "md", ReportFormat.Latex => "latex", _ => "" };
        yield return $"negsamples report {string.Join(' ', entries.Select(entry => Reproduction.Quoted(entry.Path)))}" + (kind.Length == 0 ? "" : $" {flagOf("format")} {kind}");
    }

    private static string OfRun(ComparedEntry entry, ComparedRun run) => string.Create(CultureInfo.InvariantCulture,
        $"{run.Settings.Encoder.Kind.ToString().ToLowerInvariant()} on {entry.Data}, {run.State.Step:N0} of {run.State.TotalSteps:N0} updates at batch {run.Settings.Batch.Size}, seed {run.Settings.Run.Seed}");

    private static string OfFeatures(ComparedEntry entry) => entry.Given is not { } given ? "features as given" : string.Create(CultureInfo.InvariantCulture,
        $"features as given, {given.Dimension} a sample: {given.Train.Samples:N0} of {given.Train.Features}, {given.Test.Samples:N0} of {given.Test.Features}");
}
