using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Study.Embeddings;
using NegSamples.Tests.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Study;

/// <summary>Whatever call of the disk fails while results are written, what was there is left whole or the new is there whole, and the fault is said.</summary>
public class FaultSweepTests
{
    public static TheoryData<string> Calls => [.. Enum.GetNames<DiskCall>()];

    [Theory, MemberData(nameof(Calls))]
    public void AManifestOfASweepIsThereOrNot(string call)
    {
        using TemporaryFolder folder = new();
        string sweep = folder.PathOf("sweep");
        SweepManifest manifest = new(SweepManifest.CurrentFormat, SweepAxis.Negatives, [2, 4], [7], NegSamples.Tests.Training.TinyRun.Settings, 3);
        Sweep(call, new Needed(Open: 1, Write: 1, Sync: 1, Rename: 1, SyncFolder: 1), Reset, () => SweepFolder.Create(sweep, manifest), () =>
        {
            if (File.Exists(SweepFolder.ManifestPath(sweep))) Assert.Equal(manifest.Settings, SweepFolder.ReadManifest(sweep).Settings);
            else SweepFolder.Create(sweep, manifest); // What is left is no obstacle.
        });

        void Reset()
        {
            if (Directory.Exists(sweep)) Directory.Delete(sweep, recursive: true);
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void AReportIsTheOldOneOrTheNewOne(string call)
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        using TemporaryFolder folder = new();
        string path = folder.PathOf("numbers.csv");
        File.WriteAllText(path, "");
        Write();
        byte[] made = File.ReadAllBytes(path), old = "old"u8.ToArray();
        Sweep(call, new Needed(Open: 1, Write: 1, Sync: 1, Rename: 1, SyncFolder: 1), () => File.WriteAllBytes(path, old), Write, () =>
        {
            byte[] now = File.ReadAllBytes(path);
            Assert.True(now.AsSpan().SequenceEqual(old) || now.AsSpan().SequenceEqual(made), "The report is neither the old nor the new one.");
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        });

        void Write()
        {
            (int code, _, string error) = Commands.Run("report", sweep.Folder, "--format", "csv", "--output", path).GetAwaiter().GetResult();
            if (code == ExitCode.Ok) return;
            Assert.NotEmpty(error);
            throw new IOException(error);
        }
    }

    [Theory, MemberData(nameof(Calls))]
    public void FeaturesAreTheOldOnesOrTheNewOnes(string call) => Features(call, n => (2 * n) + 1);

    /// <summary>As the other, with every n.</summary>
    [Theory(Explicit = true), MemberData(nameof(Calls))]
    public void FeaturesAreTheOldOnesOrTheNewOnesWhicheverCallFails(string call) => Features(call, n => n + 1);

    private static void Features(string call, Func<int, int> next)
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        using TemporaryFolder folder = new();
        string features = folder.PathOf("features");
        FeatureSettings settings = new() { Output = features, Encoder = false };
        foreach (bool added in new[] { false, true })
        {
            Reset(added);
            Write(added);
            Dictionary<string, byte[]> made = Files();
            Reset(added);
            Dictionary<string, byte[]> old = Files();
            Sweep(call, new Needed(Open: 1, Write: 1, Sync: 1, Rename: 1, SyncFolder: 1), () => Reset(added), () => Write(added), () =>
            {
                // Files of a key that the report does not name yet are no features; those it names are whole, and trying again gives the new ones.
                Dictionary<string, byte[]> now = Files();
                string report = Path.Combine(features, "features.json");
                Dictionary<string, byte[]> state = now.TryGetValue(report, out byte[]? words) && words.AsSpan().SequenceEqual(made[report]) ? made : old;
                foreach ((string file, byte[] bytes) in state) Assert.True(now.TryGetValue(file, out byte[]? there) && there.AsSpan().SequenceEqual(bytes), $"{file} is not whole.");
                Write(added);
                Assert.Equal(made, Files());
            }, next);
        }

        void Write(bool added) => FeatureFiles.Write(
            rig.Run, ops, rig.Train, rig.Test, settings with { Head = !added, Encoder = added }, _ => { }, TestContext.Current.CancellationToken);

        void Reset(bool added)
        {
            if (Directory.Exists(features)) Directory.Delete(features, recursive: true);
            if (added) Write(added: false);
        }

        Dictionary<string, byte[]> Files() => Directory.Exists(features)
            ? Directory.GetFiles(features, "*", SearchOption.AllDirectories).ToDictionary(file => file, File.ReadAllBytes) : [];
    }

    [Theory, MemberData(nameof(Calls))]
    public void ARecordOfAnEvaluationIsTheOldOneOrTheNewOne(string call)
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        string record = "";
        EvaluationReport report = Write();
        record = Directory.GetFiles(RunFolder.EvaluationsOf(rig.Run)).Single();
        byte[] made = File.ReadAllBytes(record), old = "old"u8.ToArray();
        Sweep(call, new Needed(Open: 1, Write: 1, Sync: 1, Rename: 1, SyncFolder: 1), () => File.WriteAllBytes(record, old), () => Write(), () =>
        {
            byte[] now = File.ReadAllBytes(record);
            Assert.True(now.AsSpan().SequenceEqual(old) || now.AsSpan().SequenceEqual(made), "The record is neither the old nor the new one.");
            Assert.Equal([record], Directory.GetFiles(RunFolder.EvaluationsOf(rig.Run)));
        });
        Assert.Equal(report.Rows, Evaluator.ReadReport(rig.Run, rig.Checkpoint)!.Rows);

        EvaluationReport Write() => Evaluator.Evaluate(rig.Run, ops, rig.Train, rig.Test, new LinearSettings(Epochs: 1), _ => { });
    }

    /// <summary>Fails the n-th call of a kind for n = 1, 2, … until there is none; every failure is said, and what is left passes the check.</summary>
    private static void Sweep(string name, Needed needed, Action reset, Action act, Action check, Func<int, int>? next = null)
    {
        DiskCall failing = Enum.Parse<DiskCall>(name);
        for (int n = 1; ; n = next?.Invoke(n) ?? n + 1)
        {
            reset();
            int calls = 0;
            Disk.Fault.Value = (call, path) =>
            {
                if (call == failing && ++calls == n) throw new IOException($"{path}: no space left on device");
            };
            Exception? fault;
            try
            {
                fault = Record.Exception(act);
            }
            finally
            {
                Disk.Fault.Value = null;
            }

            if (calls < n)
            {
                Assert.True(fault is null, $"{fault}");
                Assert.True(calls >= needed.Of(failing), $"{calls} calls {failing}; expected at least {needed.Of(failing)}.");
                return;
            }

            // Only what tidies up may fail without a word.
            Assert.True(fault is IOException or SettingsException or BadDataException || (fault is null && failing == DiskCall.Delete), $"{failing} {n}: {fault?.ToString() ?? "not a word"}");
            check();
        }
    }

    /// <summary>How many calls of a kind there must be at least.</summary>
    private sealed record Needed(int Open, int Write, int Sync, int Rename, int SyncFolder)
    {
        public int Of(DiskCall call) => call switch
        {
            DiskCall.Open => Open, DiskCall.Write => Write, DiskCall.Sync => Sync, DiskCall.Rename => Rename, DiskCall.SyncFolder => SyncFolder, _ => 0,
        };
    }
}
