using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Study.Embeddings;

public class FeatureFilesTests
{
    [Fact]
    public void FilesHaveThePapersNamesShapesAndNumbers()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(2);
        FeatureReport report = FeatureFiles.Write(rig.Run, ops, rig.Train, rig.Test, new() { Seed = 9 }, _ => { }, TestContext.Current.CancellationToken);
        string folder = Path.Combine(rig.Run, "features", rig.Checkpoint);
        string[] kinds = ["feature.0", "feature.1", "feature", "label"];
        string[] expected = [.. new[] { "encoder", "head" }.SelectMany(key => kinds.SelectMany(kind => new[] { "train", "val" }.Select(split => $"{key}.{kind}.{split}.npy"))), "features.json"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([new FeatureKey("encoder", 256), new FeatureKey("head", 16)], report.Keys);
        Assert.False(report.Normalised);

        (long[] labels, int[] shape) = Npy.ReadLongs(Path.Combine(folder, "head.label.val.npy"));
        Assert.Equal([20], shape);
        Assert.Equal(StudyRig.Labels(rig.Test).Select(label => (long)label), labels);
        double[][] plain = rig.Embed(rig.Train, new PlainRecipe(), (batch, rows) => batch.Encoder(0).CopyTo(rows), 256);
        (float[] features, shape) = Npy.ReadFloats(Path.Combine(folder, "encoder.feature.train.npy"));
        Assert.Equal([27, 256], shape);
        Assert.Equal(plain.SelectMany(row => row), features.Select(value => (double)value));

        // After the head the rows are those before the scaling, which gives the views that the bounds are measured with.
        double[][] view = rig.View(rig.Test, 1, 1, 9);
        (features, shape) = Npy.ReadFloats(Path.Combine(folder, "head.feature.1.val.npy"));
        Assert.Equal([20, 16], shape);
        for (int i = 0; i < 20; i++)
        {
            double[] row = [.. features.Skip(16 * i).Take(16).Select(value => (double)value)];
            double norm = Math.Sqrt(row.Sum(value => value * value));
            Assert.NotInRange(norm, 0.9999, 1.0001);
            for (int d = 0; d < 16; d++) Assert.Equal(view[i][d], row[d] / norm, 1e-5);
        }
    }

    [Fact]
    public void KeysAreAddedOnlyToFeaturesOfTheSameOrigin()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        string folder = rig.Tiny.Folder("features");
        FeatureSettings settings = new() { Output = folder, Encoder = false };
        FeatureReport Write(FeatureSettings which, string run) => FeatureFiles.Write(run, ops, rig.Train, rig.Test, which, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(["head"], Write(settings, rig.Run).Keys.Select(key => key.Key));
        Assert.Equal(["encoder", "head"], Write(settings with { Head = false, Encoder = true }, rig.Run).Keys.Select(key => key.Key));
        Dictionary<string, byte[]> before = Directory.GetFiles(folder).ToDictionary(file => file, File.ReadAllBytes);
        Write(settings, rig.Run);
        rig.Tiny.Train("other", settings: TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = 1, WarmupEpochs = 0 }, Run = TinyRun.Settings.Run with { Seed = 6 } });
        Assert.Contains("other weights", Assert.Throws<BadDataException>(() => Write(settings, rig.Tiny.Folder("other"))).Message, StringComparison.Ordinal);
        Assert.Contains("views of another `seed`: 7, not 8. Name another folder", Assert.Throws<BadDataException>(() => Write(settings with { Seed = 8 }, rig.Run)).Message, StringComparison.Ordinal);
        Assert.Equal(before.Count, Directory.GetFiles(folder).Length);
        Assert.All(before, pair => Assert.Equal(pair.Value, File.ReadAllBytes(pair.Key)));
        Assert.False(Directory.Exists(folder + ".tmp"));
        File.Delete(Path.Combine(folder, "features.json"));
        Assert.Contains("has no features.json", Assert.Throws<BadDataException>(() => Write(settings, rig.Run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStoppedWritingLeavesNothing()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => FeatureFiles.Write(
            rig.Run, ops, rig.Train, rig.Test, new(), progress => { if (progress.Stage.Contains("test", StringComparison.Ordinal)) stop.Cancel(); }, stop.Token));
        Assert.False(Directory.Exists(Path.Combine(rig.Run, "features")));
    }
}
