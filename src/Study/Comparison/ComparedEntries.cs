using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Measures;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Comparison;

/// <summary>Reads runs, sweeps and folders of features, in any mixture, side by side.</summary>
internal static partial class ComparedEntries
{
    /// <summary>Reads what some folders hold.</summary>
    /// <param name="paths">Run folders, sweeps (each finished run counts) and folders of features, or FOLDER:KEY where one has features of several places.</param>
    /// <exception cref="BadDataException">A folder is none of these, a file is damaged, or one is named twice.</exception>
    public static IReadOnlyList<ComparedEntry> Load(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        List<ComparedEntry> entries = [];
        foreach (string path in paths)
        {
            if (File.Exists(SweepFolder.ManifestPath(path))) entries.AddRange(SweepData.Load(path).Runs.Select(run => OfRun(run.Folder)));
            else if (RunFolder.IsOne(path)) entries.Add(OfRun(path));
            else if (GivenFolder.IsOne(path)) entries.AddRange(GivenFolder.All(path).Select(OfFeatures));
            else if (GivenFolder.Find(path) is { } given) entries.Add(OfFeatures(given));
            else throw new BadDataException($"{path} {(Directory.Exists(path) ? "is no run, no sweep and no folder of features" : "does not exist")}; expected the folder of a run, of a sweep or of features with their evaluation.");
        }

        if (entries.GroupBy(entry => Path.GetFullPath(entry.Path)).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new BadDataException($"{twice.First().Path} is named twice; expected different runs and features.");
        string[] names = Names([.. entries.Select(entry => entry.Path)]);
        return [.. entries.Select((entry, i) => entry with { Name = names[i] })];
    }

    /// <summary>The last parts of paths, as many as tell them apart.</summary>
    internal static string[] Names(IReadOnlyList<string> paths)
    {
        string[][] parts = [.. paths.Select(path => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)).Split(Path.DirectorySeparatorChar))];
        string[] names = new string[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            int count = 1;
            while (count < parts[i].Length && parts.Where((other, j) => j != i && other.TakeLast(count).SequenceEqual(parts[i].TakeLast(count))).Any()) count++;
            names[i] = string.Join('/', parts[i].TakeLast(count));
        }

        return names;
    }

    private static ComparedEntry OfRun(string folder)
    {
        TrainingSettings settings = RunFolder.ReadSettings(folder);
        CheckpointState state = LoadedCheckpoint.OfNewest(folder, Checkpoint.ReadState)
            ?? throw new BadDataException($"{folder} has no checkpoint; train it first, or continue it with: `training.resume` {ShellWord.OfPath(folder)}");
        string checkpoint = Checkpoint.NameOf(state.Step), environment = RunFolder.EnvironmentOf(folder), metrics = RunFolder.MetricsOf(folder);
        EvaluationReport? evaluation = Evaluator.ReadReport(folder, checkpoint);
        BoundFile[] bounds = [.. BoundPaths(folder, checkpoint).Select(path => new BoundFile(path, [StudyJson.Read<BoundReport>(path, "bounds")]))];
        string collision = SweepFolder.CollisionPath(folder, checkpoint);
        List<string> missing = [];
        if (state.Step < state.TotalSteps) missing.Add(string.Create(CultureInfo.InvariantCulture, $"{folder}: training is at step {state.Step:N0} of {state.TotalSteps:N0}"));
        if (evaluation is null) missing.Add($"{folder}: classifiers not measured (negsamples eval {ShellWord.OfPath(folder)})");
        if (bounds.Length == 0) missing.Add($"{folder}: bounds not measured (negsamples bound {ShellWord.OfPath(folder)})");
        string[] features = [SweepFolder.FeaturesPath(folder, checkpoint), SweepFolder.TestFeaturesPath(folder, checkpoint)];
        string? embedded = features.FirstOrDefault(path => File.Exists(Path.Combine(path, "head.feature.val.npy")));
        if (embedded is null) missing.Add($"{folder}: features for the map not written (negsamples features {ShellWord.OfPath(folder)})");
        return new ComparedEntry(folder, folder)
        {
            Run = new ComparedRun(settings, state, File.Exists(environment) ? RunLoader.Parse(environment, "an environment", SettingsJson.Default.RunEnvironment) : null,
                File.Exists(metrics) ? MetricsLog.Read(metrics) : [], evaluation),
            Data = evaluation?.Data ?? settings.Data.Path,
            DataFingerprint = state.DataFingerprint,
            Classes = evaluation?.Classes ?? bounds.SelectMany(file => file.Reports).FirstOrDefault()?.Classes,
            TestSamples = evaluation?.TestImages,
            Chance = evaluation?.Chance,
            Accuracies = [.. (evaluation?.Rows ?? []).Where(row => row.ProtocolName == EvaluationProtocol.Plain)
                .Select(row => new ComparedAccuracy(row.Classifier, row.Head, row.Top1, row.Top5, row.Balanced, row.UntrainedTop1))],
            Measures = [.. (evaluation?.Measures ?? []).Select(measure => (measure.Head, new MeasuredValue(measure.Name, measure.Value)))],
            BoundFiles = bounds,
            Collision = File.Exists(collision) ? StudyJson.Read<CollisionReport>(collision, "a collision bound") : null,
            TestFeatures = embedded is null ? null : new ForeignPaths(Path.Combine(embedded, "head.feature.val.npy"), Path.Combine(embedded, "head.label.val.npy")),
            ClassNames = embedded is null ? [] : EmbeddingSample.ReadClassNames(embedded),
            Missing = missing,
        };
    }

    private static ComparedEntry OfFeatures(GivenFolder given)
    {
        string text = given.Text, evaluated = given.ReportPath("evaluation"), collision = given.ReportPath("collision");
        ForeignEvaluationReport? evaluation = File.Exists(evaluated) ? StudyJson.Read<ForeignEvaluationReport>(evaluated, "an evaluation of features") : null;
        BoundFile[] bounds = [.. given.BoundPaths.Select(path => new BoundFile(path, ReadBounds(path)))];
        bool isHead = given.Key == "head";
        ForeignPaths? test = given.Key is not null ? given.Test
            : evaluation is { Test: { } source } && File.Exists(ArrayFile.Parted(source.Features).Path) ? new ForeignPaths(source.Features, source.Labels) : null;
        if (test is not null && !test.OfViews.All(path => File.Exists(ArrayFile.Parted(path).Path))) test = null;
        List<string> missing = [];
        (string evaluate, string bound) = given.Key is null ? ($"`features` FILE ... `output` {ShellWord.OfPath(evaluated)}", $"`features` FILE ... `output` {ShellWord.OfPath(given.ReportPath("bound-k31"))}")
            : ($"`features` {ShellWord.OfPath(text)}", $"`features` {ShellWord.OfPath(text)}");
        if (evaluation is null) missing.Add($"{text}: classifiers not measured (negsamples eval {evaluate})");
        if (bounds.Length == 0)
            missing.Add($"{text}: bounds not measured, which take two views of each test sample, K and the temperature of the encoder's loss (negsamples bound {bound})");
        if (test is null) missing.Add($"{text}: its features of the test split are not where they were; the map needs them");
        return new ComparedEntry(text, text)
        {
            Given = evaluation,
            Features = given,
            Data = evaluation is null ? text : evaluation.Train.Features,
            Classes = evaluation?.Classes ?? bounds.SelectMany(file => file.Reports).FirstOrDefault()?.Classes,
            TestSamples = evaluation?.Test.Samples,
            Chance = evaluation?.Chance,
            Accuracies = [.. (evaluation?.Rows ?? []).Select(row => new ComparedAccuracy(row.Classifier, isHead, row.Top1, row.Top5, row.Balanced, null))],
            Measures = [.. (evaluation?.Measures ?? []).Select(measure => (isHead, measure))],
            BoundFiles = bounds,
            Collision = File.Exists(collision) ? StudyJson.Read<CollisionReport>(collision, "a collision bound") : null,
            TestFeatures = test,
            ClassNames = EmbeddingSample.ReadClassNames(given.Folder),
            Missing = missing,
        };
    }

    /// <summary>A report, or a list of them, as the command prints it.</summary>
    private static IReadOnlyList<BoundReport> ReadBounds(string path) => File.ReadAllText(path).AsSpan().TrimStart().StartsWith("[")
        ? StudyJson.Read<IReadOnlyList<BoundReport>>(path, "bounds") : [StudyJson.Read<BoundReport>(path, "bounds")];

    private static IEnumerable<string> BoundPaths(string run, string checkpoint)
    {
        string folder = Path.GetDirectoryName(SweepFolder.BoundPath(run, checkpoint, 1))!;
        if (!Directory.Exists(folder)) return [];
        return Directory.EnumerateFiles(folder, checkpoint + "-k*.json").Select(path => (path, Match: BoundName().Match(Path.GetFileName(path))))
            .Where(entry => entry.Match.Success).OrderBy(entry => int.Parse(entry.Match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)).Select(entry => entry.path);
    }

    [GeneratedRegex(@"-k(\d{1,9})\.json$")]
    private static partial Regex BoundName();
}
