using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Tests.Augment.Data.Text;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Texts go the way of images, from the file to the weights and the accuracies.</summary>
public sealed class TextTrainingTests : IDisposable
{
    private readonly TinyRun tiny = new();

    private static TrainingSettings Settings(string way) => new TrainingSettings
    {
        Encoder = new() { EmbeddingDimension = 16 },
        Batch = new() { Size = 8, MicroBatch = way == "pieces" ? 3 : 0 },
        Optimizer = new() { Epochs = 3 },
        Loss = new() { Queue = way == "queue" ? 12 : 0 },
        Views = new() { TextAugmentation = way == "replace" ? TextAugmentation.Replace : TextAugmentation.Erase },
        Run = new() { Seed = 5 },
    }.Resolve(AgNewsSet.Kind);

    /// <summary>A part of the texts has the vocabulary of all.</summary>
    [Fact]
    public void APartIsHeldOutOfTextsToo()
    {
        using ImageData data = Open(neighbours: false);
        TrainingSettings settings = Settings("erase") with { Data = Settings("erase").Data with { ValidationShare = 0.2 } };
        Assert.Same(data.Train.Vocabulary, ValidationSplit.Draw(data.Train, 0.2, 5).HeldOut.Vocabulary);
        Assert.True(tiny.Train("part", settings: settings, images: data.Train) is { Completed: true, Steps: < 15 });
    }

    [Theory]
    [InlineData("erase")]
    [InlineData("replace")]
    [InlineData("queue")]
    [InlineData("pieces")]
    public void AResumedRunAndOneOfMoreThreadsGiveTheSameBits(string way)
    {
        using ImageData data = Open(neighbours: true);
        TrainingOutcome whole = tiny.Train("whole", 1, settings: Settings(way), images: data.Train);
        tiny.Train("stopped", 3, stopAfter: 7, settings: Settings(way), images: data.Train);
        TrainingOutcome resumed = tiny.Train("stopped", 2, settings: Settings(way), images: data.Train);
        Assert.Equal(15, whole.Steps);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(resumed, file));
    }

    [Fact]
    public void TrainingSortsTheTextsAndEvaluationMeasuresIt()
    {
        using ImageData data = Open();
        TrainingSettings settings = Settings("erase") with { Optimizer = new OptimizerSettings { Epochs = 20, LearningRate = 30 }.Resolve() };
        tiny.Train("run", 2, settings: settings, images: data.Train);
        using CpuOps ops = new(2);
        EvaluationReport report = Evaluator.Evaluate(tiny.Folder("run"), ops, data.Train, data.Test!, new LinearSettings { Epochs = 5 }, _ => { });
        Assert.Equal(6, report.Rows.Count);
        EvaluationRow mean = report.Rows.Single(row => row.Classifier == "mean" && row.Head);
        Assert.True(mean.Top1 > mean.UntrainedTop1, $"{mean}");
        Assert.InRange(mean.Top1, 0.95, 1);
    }

    /// <summary>The mean of some vectors, then the head: the features before the head are the operation's own truth.</summary>
    [Fact]
    public void TheFeaturesAreTheMeansOfTheWordVectors()
    {
        using ImageData data = Open();
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, Settings("erase").ModelOf(data.Train), 5);
        Features features = FeatureExtractor.Extract(model, data.Test!);
        NamedTensor vectors = model.Tensors.Single(tensor => tensor.Name == "embeddings.weight");
        Assert.Equal(data.Train.Vocabulary!.Words.Count, vectors.Value[0]);
        byte[] text = [];
        int words = data.Test!.Read(3, ref text).Width;
        for (int c = 0; c < 50; c++)
        {
            double mean = Enumerable.Range(0, words).Average(i => (double)vectors.Value.Floats[(text[3 * i] * 50) + c]);
            Assert.Equal(mean, features.Encoder.Row(3)[c], 1e-7);
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedByItsSetting()
    {
        using ImageData data = Open();
        Assert.Contains("`encoder` is ResNet18, which is for images", Refused(Settings("erase") with { Encoder = new() { Kind = EncoderKind.ResNet18 } }, data.Train), StringComparison.Ordinal);
        Assert.Contains("`encoder` is embedding-bag, which is for texts", Refused(TinyRun.Settings with { Encoder = new() { Kind = EncoderKind.EmbeddingBag } }, TinyRun.Images()), StringComparison.Ordinal);
        Assert.Contains("`neighbours` is missing", Refused(Settings("replace"), data.Train), StringComparison.Ordinal);
        Assert.Contains("`maskRatio` is 1", Refused(Settings("erase") with { Views = new() { MaskRatio = 1 } }, data.Train), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfOtherNeighboursIsNotContinued()
    {
        using (ImageData data = Open(neighbours: true)) tiny.Train("run", stopAfter: 2, settings: Settings("replace"), images: data.Train);
        using ImageData changed = Open(neighbours: true, shift: 2);
        Assert.Contains("fingerprint", Assert.Throws<BadDataException>(() => tiny.Train("run", settings: Settings("replace"), images: changed.Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheMemoryOfARunIsPlanned()
    {
        using ImageData data = Open();
        MemoryPlan plan = HostMemory.OfTraining(Settings("erase") with { Place = new() { Threads = 2 } }, data.Train);
        Assert.Contains(plan.Places, place => place.Name == "views" && place.Bytes < 4096);
    }

    public void Dispose() => tiny.Dispose();

    private static string Refused(TrainingSettings settings, IImageSet images)
    {
        using CpuOps ops = new(1);
        return Assert.Throws<SettingsException>(() => new Trainer(ops, settings, images).Dispose()).Message;
    }

    private ImageData Open(bool neighbours = false, int shift = 1)
    {
        string folder = Directory.Exists(tiny.Folder("texts")) ? tiny.Folder("texts") : TinyTexts.Write(tiny.Folder("texts")), file = tiny.Folder("near.tsv");
        if (!neighbours) return DataSets.Open(folder);
        using ImageData plain = DataSets.Open(folder);
        Vocabulary words = plain.Train.Vocabulary!;
        NeighbourFile.Write(file, words, [.. Enumerable.Range(0, words.Words.Count * NeighbourFile.PerWord).Select(i => (i + shift) % words.Words.Count)]);
        return DataSets.Open(folder, request: new DataRequest { Neighbours = file });
    }
}
