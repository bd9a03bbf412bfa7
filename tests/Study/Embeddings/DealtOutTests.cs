using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Study.Embeddings;

/// <summary>Measurements whose images are dealt out to ranks that are threads of this process: every file that one process writes, to the bit.</summary>
public sealed class DealtOutTests(DealtOutTests.TrainedRuns runs) : IClassFixture<DealtOutTests.TrainedRuns>
{
    // Of plain images 3 and 2 batches of 256, of two views 5 and 3 of 128, of twelve views 25 and 13 of 21, which take several turns.
    private const int Trained = 520, Tested = 260;

    private static readonly Dictionary<string, Action<string, Ops, IImageSet, IImageSet>> Measurements = new()
    {
        ["eval"] = (run, ops, train, test) =>
        {
            if (ops.Collective.Rank == 0) Evaluator.Evaluate(run, ops, train, test, new LinearSettings { Epochs = 2 }, _ => { });
            else Evaluator.Assist(run, ops, train, test);
        },
        ["eval --protocol paper"] = (run, ops, train, test) =>
        {
            LinearSettings linear = new() { Epochs = 2 };
            if (ops.Collective.Rank == 0) PaperEvaluator.Evaluate(run, ops, train, test, linear, _ => { });
            else PaperEvaluator.Assist(run, ops, train, test, linear);
        },
        ["features"] = (run, ops, train, test) => Features(run, ops, train, test, new FeatureSettings()),
        ["features of a sweep"] = (run, ops, train, test) => Features(run, ops, train, test, new FeatureSettings { OnlyPlainTest = true }),
        ["bound"] = (run, ops, train, test) => Bound(run, ops, train, test, new BoundSettings { Negatives = [6, 31], Augmentations = 12, Passes = 2 }),
        ["bound in parts"] = (run, ops, train, test) => Bound(run, ops, train, test, new BoundSettings { Negatives = [6], Augmentations = 3, Passes = 2, Subclasses = 2 }),
        ["collision"] = (run, ops, train, test) =>
        {
            if (ops.Collective.Rank == 0) CollisionStudy.Run(run, ops, train, new CollisionSettings { Threads = 1 }, _ => { });
            else CollisionStudy.Assist(run, ops, train, new CollisionSettings());
        },
    };

    public static TheoryData<string> Names => new(Measurements.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void RanksWriteWhatOneProcessWrites(string name)
    {
        Dictionary<string, byte[]> one = Written(name, 1);
        Assert.NotEmpty(one);
        foreach (int ranks in new[] { 2, 3 })
        {
            Dictionary<string, byte[]> several = Written(name, ranks);
            Assert.Equal(one.Keys.Order(), several.Keys.Order());
            foreach ((string file, byte[] bytes) in one) Assert.True(bytes.AsSpan().SequenceEqual(several[file]), $"{file} has other bytes over {ranks} ranks");
        }
    }

    [Fact]
    public void ARankWithAnotherCheckpointIsNamed()
    {
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            using LoadedRun loaded = LoadedRun.Open(collective.Rank == 2 ? runs.Other : runs.Run, ops, Images(train: true));
        }));
        Assert.Contains("Rank 2 has another newest checkpoint than rank 0", Assert.IsType<SettingsException>(fault.InnerException).Message, StringComparison.Ordinal);
    }

    private static ShapesSet Images(bool train) => new(new ShapesSettings { Seed = 1, Size = 16, TrainCount = Trained, TestCount = Tested }, train);

    private static void Features(string run, Ops ops, IImageSet train, IImageSet test, FeatureSettings settings)
    {
        if (ops.Collective.Rank == 0) FeatureFiles.Write(run, ops, train, test, settings, _ => { });
        else FeatureFiles.Assist(run, ops, train, test, settings);
    }

    private static void Bound(string run, Ops ops, IImageSet train, IImageSet test, BoundSettings settings)
    {
        if (ops.Collective.Rank == 0) BoundStudy.Run(run, ops, train, test, settings, _ => { });
        else BoundStudy.Assist(run, ops, train, test, settings);
    }

    /// <summary>The files that a measurement adds to the run, by their names; they are moved out of the way.</summary>
    private Dictionary<string, byte[]> Written(string name, int ranks)
    {
        string run = runs.Run;
        HashSet<string> before = [.. Directory.GetFiles(run, "*", SearchOption.AllDirectories)];
        ThreadCollective.Run(ranks, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            Measurements[name](run, ops, Images(train: true), Images(train: false));
        });
        Dictionary<string, byte[]> written = [];
        foreach (string file in Directory.GetFiles(run, "*", SearchOption.AllDirectories))
        {
            if (before.Contains(file)) continue;
            written[Path.GetRelativePath(run, file)] = File.ReadAllBytes(file);
            File.Delete(file);
        }

        return written;
    }

    /// <summary>Two checkpoints of one run, each in a folder of its own.</summary>
    public sealed class TrainedRuns : IDisposable
    {
        private readonly TinyRun tiny = new();

        public TrainedRuns()
        {
            tiny.Train("run", stopAfter: 1, images: Images(train: true));
            tiny.Train("other", stopAfter: 2, images: Images(train: true));
        }

        public string Run => tiny.Folder("run");

        public string Other => tiny.Folder("other");

        public void Dispose() => tiny.Dispose();
    }
}
