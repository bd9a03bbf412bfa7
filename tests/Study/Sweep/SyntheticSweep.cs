using System.Text.Json;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Study.Sweep;

/// <summary>A sweep's folder as the commands leave it, with made-up numbers. By default 2 seeds, 3 batch sizes and one unfinished run.</summary>
internal sealed class SyntheticSweep : IDisposable
{
    public const string Fingerprint = "sha256-of-images", Unfinished = "batch-00032-seed-11", Device = "CPU <test>";

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("negsamples-");

    public SyntheticSweep(string dataKind = "cifar10", int classes = 4, SweepAxis axis = SweepAxis.BatchSize, IReadOnlyList<int>? values = null, IReadOnlyList<ulong>? seeds = null)
    {
        Classes = classes;
        TrainingSettings settings = new TrainingSettings { Data = new() { Path = "data & more" }, Optimizer = new() { Epochs = 2 }, Encoder = new() { EmbeddingDimension = 8 }, Batch = new() { Size = 64 } }.Resolve(dataKind);
        Manifest = new SweepManifest(SweepManifest.CurrentFormat, axis, values ?? [8, 16, 32], seeds ?? [7, 11], settings, 20);
        StudyJson.Write(SweepFolder.ManifestPath(Folder), Manifest);
    }

    public string Folder => root.FullName;

    public SweepManifest Manifest { get; }

    public int Classes { get; }

    public IReadOnlyList<string> ClassNames { get; init; } = ["plane", "<b>\"cat\" & co</b>", "ship_{1}", "dog"];

    /// <summary>Top-1 of the linear classifier before the head.</summary>
    public static double Linear(SweepRun run) => (run.Value, run.Seed) switch { (8, 7) => 0.50, (8, _) => 0.54, (16, 7) => 0.61, (16, _) => 0.60, _ => 0.713 };

    /// <summary>The coupon-collector bound; null at 8.</summary>
    public static double? Bound(SweepRun run) => (run.Value, run.Seed) switch { (8, _) => null, (16, 7) => 12.5, (16, _) => 13.5, _ => 2.346 };

    /// <summary>All runs with all parts, but for one that is not finished and one that lacks its collision bound.</summary>
    public static SyntheticSweep Standard()
    {
        SyntheticSweep sweep = new();
        foreach (SweepRun run in sweep.Manifest.Runs)
        {
            sweep.WriteRun(run, isFinished: run.Name != Unfinished);
            if (run.Name == Unfinished) continue;
            sweep.WriteEvaluation(run);
            sweep.WriteBound(run);
            if (run.Name != "batch-00016-seed-11") sweep.WriteCollision(run);
        }

        sweep.WriteFeatures(sweep.Run("batch-00008-seed-7"));
        sweep.WriteFeatures(sweep.Run("batch-00032-seed-7"));
        return sweep;
    }

    public SweepRun Run(string name) => Manifest.Runs.Single(run => run.Name == name);

    public string PathOf(string run, params string[] parts) => Path.Combine([SweepFolder.RunPath(Folder, Run(run)), .. parts]);

    public SweepData Load() => SweepData.Load(Folder);

    public void WriteRun(SweepRun run, bool isFinished = true, string fingerprint = Fingerprint, int lines = 12, Func<int, double>? loss = null)
    {
        string folder = SweepFolder.RunPath(Folder, run), checkpoint = Path.Combine(folder, "checkpoints", Checkpoint);
        RunFolder.Create(folder, run.Settings, Device).Dispose();
        Directory.CreateDirectory(checkpoint);
        int total = isFinished ? 12 : 24;
        File.WriteAllText(Path.Combine(checkpoint, "state.json"), JsonSerializer.Serialize(
            new { formatVersion = 1, step = 12, totalSteps = total, stepsPerEpoch = total / 2, seed = run.Seed, dataFingerprint = fingerprint, lastLoss = 1.5 }));
        using MetricsLog log = MetricsLog.Open(Path.Combine(folder, "metrics.jsonl"), 0);
        for (int i = 0; i < lines; i++) log.Write(new Metrics(i + 1, 2.0 * (i + 1) / lines, loss?.Invoke(i) ?? 3 - (0.1 * i), 0.1, 100, i + 1));
    }

    public void WriteEvaluation(SweepRun run, string checkpoint = Checkpoint, Func<string, bool, double>? top1 = null, double? commonest = null)
    {
        EvaluationRow Row(string classifier, bool head)
        {
            double top = top1?.Invoke(classifier, head) ?? (classifier == "linear" && !head ? Linear(run) : 0.4);
            return new EvaluationRow(classifier, head, "test", "as it is", 7, top, Math.Min(1, top + 0.2), 0.3, 0.5, commonest is null ? null : top / 2, commonest is null ? null : 0.15);
        }

        EvaluationReport report = new(
            checkpoint, 12, Manifest.Settings.Data.Path, 5000, 1000, Classes, [Row("mean", false), Row("linear", false), Row("knn", false), Row("mean", true), Row("linear", true), Row("knn", true)], CommonestShare: commonest);
        string folder = RunFolder.EvaluationsOf(SweepFolder.RunPath(Folder, run));
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Checkpoint + ".json"), JsonSerializer.Serialize(report, SettingsJson.Default.EvaluationReport));
    }

    /// <summary>An evaluation under the paper's protocol; the linear classifier has 0.70 in the best test epoch, 0.65 by the held-out part and 0.60 in the last.</summary>
    public void WritePaperEvaluation(SweepRun run, string fingerprint = Fingerprint)
    {
        EvaluationRow[] rows =
        [
            .. from head in new[] { false, true }
               from choice in new (EpochSelection? Selection, double Top)[] { (null, 0.45), (EpochSelection.Last, 0.60), (EpochSelection.HeldOut, 0.65), (EpochSelection.Test, 0.70) }
               let isMean = choice.Selection is null
               select new EvaluationRow(isMean ? "mean" : "linear", head, "test", "as the paper", 7, choice.Top, 0.9, isMean ? 0.25 : null, isMean ? 0.5 : null,
                   ProtocolName: EvaluationProtocol.Paper, Selection: choice.Selection, Epoch: isMean ? null : 3),
        ];
        Evaluator.Write(SweepFolder.RunPath(Folder, run), new(
            Checkpoint, 12, Manifest.Settings.Data.Path, 5000, 1000, Classes, rows, fingerprint, HeldOutImages: 500), EvaluationProtocol.Paper);
    }

    public void WriteBound(SweepRun run, string checkpoint = Checkpoint, string fingerprint = Fingerprint, int? negatives = null, BoundReport? report = null)
    {
        int k = negatives ?? run.BoundNegatives;
        report ??= new BoundReport(
            checkpoint, 12, Manifest.Settings.Data.Path, fingerprint, Classes, k, 0.5, 5000, 1000, 10, 10, 1250, 7,
            MeasuredProportion.Of(Proportion.Of(25, 100), 0.2500, 0.2512), MeasuredProportion.Of(Proportion.Of(800, 1000), 0.8008, 0.8016), new MeasuredMean(1.25, 1.2345, 1.2222),
            [.. QuantityName.All.Zip([2.0, 2.7, 0.25, 1.25, 0.5, 0.75, 1.25, 0.8, 0.125, 0.5, 1.75, -0.25, 0.375, -0.125, 1.9, 1.1, 0.9, 1.5], (name, value) => new BoundQuantity(name, value))],
            [
                new(BoundName.CouponCollector, Bound(run), Bound(run) is null ? "K + 1 draws cannot cover all classes" : null, "proved", "Nozawa and Sato 2021"),
                new(BoundName.Curl, 123456, null, "proved", "Arora et al. 2019"),
                new(BoundName.Bao, 1.75, null, "proved", "Bao et al. 2022"),
                new(BoundName.CurlAsPublished, run.Seed == 7 ? null : 40, run.Seed == 7 ? "none of 8 samples was alone" : null, "paper-as-published", "bound.ipynb"),
            ]);
        StudyJson.Write(SweepFolder.BoundPath(SweepFolder.RunPath(Folder, run), Checkpoint, run.BoundNegatives), report);
    }

    public void WriteCollision(SweepRun run, string checkpoint = Checkpoint, string fingerprint = Fingerprint) => StudyJson.Write(
        SweepFolder.CollisionPath(SweepFolder.RunPath(Folder, run), Checkpoint),
        new CollisionReport(checkpoint, 12, Manifest.Settings.Data.Path, fingerprint, 5000, "train", 0.5, 0.3, 0.31, [.. ClassNames.Select(_ => 0.3)], ClassNames));

    public void WriteFeatures(SweepRun run, int count = 60, int dimension = 8, double separation = 3, string fingerprint = Fingerprint)
    {
        string folder = Path.Combine(SweepFolder.RunPath(Folder, run), "features", Checkpoint);
        Directory.CreateDirectory(folder);
        float[] values = new float[count * dimension];
        for (int i = 0; i < count; i++)
        {
            Philox centre = new(1, RandomPurpose.Evaluation, sample: (uint)(i % Classes)), noise = new(2, RandomPurpose.Evaluation, sample: (uint)i);
            for (int j = 0; j < dimension; j++) values[(i * dimension) + j] = (float)((separation * centre.Normal((uint)j)) + noise.Normal((uint)j));
        }

        Npy.Write(Path.Combine(folder, "head.feature.val.npy"), values, count, dimension);
        Npy.Write(Path.Combine(folder, "head.label.val.npy"), [.. Enumerable.Range(0, count).Select(i => (long)(i % Classes))], count);
        File.WriteAllText(Path.Combine(folder, "features.json"), JsonSerializer.Serialize(new { checkpoint = Checkpoint, trainFingerprint = fingerprint, classNames = ClassNames }));
    }

    /// <summary>A finished and evaluated supervised run beside the sweep.</summary>
    public string WriteBaseline(string name, ulong seed, double softmax, double linear, string fingerprint = Fingerprint, bool isEvaluated = true)
    {
        string folder = Path.Combine(Folder, "baselines", name), checkpoint = Path.Combine(folder, "checkpoints", Checkpoint);
        TrainingSettings settings = Manifest.Settings with
        {
            Loss = new() { Kind = LossKind.CrossEntropy }, Encoder = Manifest.Settings.Encoder with { EmbeddingDimension = Classes }, Run = Manifest.Settings.Run with { Seed = seed },
        };
        RunFolder.Create(folder, settings, Device).Dispose();
        Directory.CreateDirectory(checkpoint);
        File.WriteAllText(Path.Combine(checkpoint, "state.json"), JsonSerializer.Serialize(
            new { formatVersion = 1, step = 12, totalSteps = 12, stepsPerEpoch = 6, seed, dataFingerprint = fingerprint, lastLoss = 0.5 }));
        if (!isEvaluated) return folder;
        EvaluationReport report = new(Checkpoint, 12, "data", 5000, 1000, Classes,
            [new("softmax", true, "test", "its own", 7, softmax, 0.9, 0.1, 0.5), new("linear", false, "test", "as it is", 7, linear, 0.9, 0.3, 0.5)]);
        Directory.CreateDirectory(RunFolder.EvaluationsOf(folder));
        File.WriteAllText(Path.Combine(RunFolder.EvaluationsOf(folder), Checkpoint + ".json"), JsonSerializer.Serialize(report, SettingsJson.Default.EvaluationReport));
        return folder;
    }

    public void Dispose() => root.Delete(recursive: true);

    public const string Checkpoint = "step-000000012";
}
