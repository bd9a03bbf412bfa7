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
public sealed class DealtOutTests : IDisposable
{
    // Of plain images 3 and 2 batches of 256, of two views 5 and 3 of 128, of twelve views 29 and 15 of 21, which take several turns.
    private const int Trained = 600, Tested = 300;

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

    private readonly TinyRun tiny = new();

    public static TheoryData<string> Names => new(Measurements.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void RanksWriteWhatOneProcessWrites(string name)
    {
        TrainRun();
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
        TrainRun();
        TrainRun("other", steps: 2);
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
        {
            using CpuOps ops = new(1) { Collective = collective };
            string run = tiny.Folder(collective.Rank == 2 ? "other" : "run");
            using LoadedRun loaded = LoadedRun.Open(run, ops, Images(train: true));
        }));
        Assert.Contains("Rank 2 has another newest checkpoint than rank 0", Assert.IsType<SettingsException>(fault.InnerException).Message, StringComparison.Ordinal);
    }

    public void Dispose() => tiny.Dispose();

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

    private void TrainRun(string name = "run", int steps = 1) => tiny.Train(name, stopAfter: steps, images: Images(train: true));

    /// <summary>The files that a measurement adds to the run, by their names; they are moved out of the way.</summary>
    private Dictionary<string, byte[]> Written(string name, int ranks)
    {
        string run = tiny.Folder("run");
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
}
