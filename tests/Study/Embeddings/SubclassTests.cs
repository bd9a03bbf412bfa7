using NegSamples.Augment.Data.Shapes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Study.Embeddings;

public class SubclassTests
{
    [Fact]
    public void BoundsOfPartsHaveTheirOwnFileAndUnequalClasses()
    {
        using StudyRig rig = new();
        ShapesSet test = new(new ShapesSettings { Seed = 1, Size = 16, TrainCount = 27, TestCount = 800 }, train: false);
        BoundSettings settings = new() { Negatives = [6], Augmentations = 2, Passes = 1, Subclasses = 2 };
        byte[][] files = [.. new[] { 1, 3 }.Select(threads =>
        {
            using CpuOps ops = new(threads);
            CancellationToken stop = TestContext.Current.CancellationToken;
            BoundReport report = BoundStudy.Run(rig.Run, ops, rig.Train, test, settings with { Threads = threads }, _ => { }, stop).Single();
            SubclassReport parts = report.Subclasses!;
            Assert.Equal((2, 2 * rig.Classes, 2 * rig.Classes), (parts.PerClass, report.Classes, parts.TrainSizes.Count));
            for (int c = 0; c < rig.Classes; c++)
            {
                Assert.Equal(StudyRig.Labels(rig.Train).Count(label => label == c), parts.TrainSizes[2 * c] + parts.TrainSizes[(2 * c) + 1]);
                Assert.Equal(StudyRig.Labels(test).Count(label => label == c), parts.TestSizes[2 * c] + parts.TestSizes[(2 * c) + 1]);
            }

            Assert.All(parts.TrainSizes.Concat(parts.TestSizes), size => Assert.True(size > 0));
            Assert.InRange(parts.ClassAccuracy, parts.Accuracy, 1);
            Assert.Equal(parts.Accuracy, report.Quantity(QuantityName.CentroidAccuracy), 0.02); // batches leave the last few images out
            string path = SweepFolder.BoundPath(rig.Run, rig.Checkpoint, 6, 2);
            Assert.EndsWith("-k6-m2.json", path, StringComparison.Ordinal);
            Assert.Equal(parts.TestSizes, StudyJson.Read<BoundReport>(path, "bounds").Subclasses!.TestSizes);
            Assert.False(File.Exists(SweepFolder.BoundPath(rig.Run, rig.Checkpoint, 6)));
            return File.ReadAllBytes(path);
        })];
        Assert.Equal(files[0], files[1]);
    }

    [Fact]
    public void MorePartsThanImagesAreRefusedAndNothingIsWritten()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        BoundSettings settings = new() { Negatives = [6], Augmentations = 2, Passes = 1, Subclasses = 9 };
        string message = Assert.Throws<BadDataException>(() => BoundStudy.Run(
            rig.Run, ops, rig.Train, rig.Test, settings, _ => { }, TestContext.Current.CancellationToken)).Message;
        Assert.Contains("`subclasses` is 9", message, StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => (settings with { Subclasses = 0 }).Validate());
        Assert.False(Directory.Exists(Path.Combine(rig.Run, "bound")));
    }
}
