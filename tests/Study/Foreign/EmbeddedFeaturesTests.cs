using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Study.Foreign;

/// <summary>Images that are dealt out to ranks: every file that one process writes, to the bit.</summary>
public class EmbeddedFeaturesTests
{
    // Of plain images 3 and 1 batches of 128, of two views 5 and 1 of 64.
    private const int Trained = 290, Tested = 40;

    [Fact]
    public void RanksWriteWhatOneProcessWrites()
    {
        using TemporaryFolder folder = new();
        string model = Export(folder);
        Dictionary<string, byte[]> one = Written(folder, model, 1);
        Assert.Equal(9, one.Count);
        foreach (int ranks in new[] { 2, 3 })
        {
            Dictionary<string, byte[]> several = Written(folder, model, ranks);
            Assert.Equal(one.Keys.Order(), several.Keys.Order());
            foreach ((string file, byte[] bytes) in one) Assert.True(bytes.AsSpan().SequenceEqual(several[file]), $"{file} has other bytes over {ranks} ranks");
        }
    }

    [Fact]
    public void ARankWithOtherImagesIsNamed()
    {
        using TemporaryFolder folder = new();
        string model = Export(folder);
        AggregateException fault = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
            Embed(collective, model, folder.PathOf("other"), new EmbedSettings { Limit = collective.Rank == 2 ? 5 : 6 })));
        Assert.Contains("Rank 2 has another settings than rank 0", Assert.IsType<SettingsException>(fault.InnerException).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.PathOf("other")));
    }

    [Fact]
    public void WhatIsStoppedLeavesNothing()
    {
        using TemporaryFolder folder = new();
        string model = Export(folder);
        using CancellationTokenSource stop = new();
        using CpuOps ops = new(1);
        using OnnxEncoder encoder = OnnxEncoder.Open(model, new() { Stop = stop.Token });
        EmbeddedFeatures features = Of(ops, encoder, folder.PathOf("stopped"), new EmbedSettings());
        Assert.ThrowsAny<OperationCanceledException>(() => features.Write(progress => { if (progress.ImagesDone > 200) stop.Cancel(); }, stop.Token));
        Assert.Equal(["model.onnx"], Directory.GetFileSystemEntries(folder.Root).Select(Path.GetFileName));
    }

    private static Dictionary<string, byte[]> Written(TemporaryFolder folder, string model, int ranks)
    {
        string output = folder.PathOf($"of-{ranks}");
        ThreadCollective.Run(ranks, collective => Embed(collective, model, output, new EmbedSettings { Views = 2, Limit = Trained, Seed = 3 }));
        return Directory.GetFiles(output).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes);
    }

    private static void Embed(Collective collective, string model, string output, EmbedSettings settings)
    {
        using CpuOps ops = new(1) { Collective = collective };
        using OnnxEncoder encoder = OnnxEncoder.Open(model, new() { Batch = 5, Threads = 1 + collective.Rank });
        EmbeddedFeatures features = Of(ops, encoder, output, settings);
        if (collective.Rank == 0) features.Write(_ => { });
        else features.Assist();
    }

    private static EmbeddedFeatures Of(CpuOps ops, OnnxEncoder encoder, string output, EmbedSettings settings)
    {
        ShapesSet Images(bool train) => new(new ShapesSettings { Seed = 1, Size = 16, TrainCount = Trained + 10, TestCount = Tested }, train);
        ForeignNetwork network = new("model.onnx", encoder.Producer, encoder.Output, encoder.Pixels, encoder.Batch, 0, "");
        return new EmbeddedFeatures(ops, encoder, encoder.Fingerprint, network, new ImageData("shapes", Images(true), Images(false), []), settings with { Output = output });
    }

    private static string Export(TemporaryFolder folder)
    {
        TestNetwork network = TestNetwork.Of("basic, cifar");
        network = network with { Settings = network.Settings with { ImageHeight = 16, ImageWidth = 16 } };
        using ModelRig rig = network.Open();
        string path = folder.PathOf("model.onnx");
        OnnxExport.Write(path, rig.Model, head: true, folds: true, new Dictionary<string, string>());
        return path;
    }
}
