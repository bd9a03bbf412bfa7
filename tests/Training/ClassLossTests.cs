using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The supervised baseline: a linear classifier on the encoder, one view of each image.</summary>
public class ClassLossTests
{
    private static TrainingSettings Settings => (TinyRun.Settings with
    {
        Loss = TinyRun.Settings.Loss with { Kind = LossKind.CrossEntropy }, Encoder = TinyRun.Settings.Encoder with { EmbeddingDimension = 128 },
    }).WithClassesOf(TinyRun.Images());

    /// <summary>In float64, from the features that the encoder gives: the loss, and the gradients of weights and bias.</summary>
    [Fact]
    public void LossAndGradientsAreThoseOfTheFormula()
    {
        using CpuOps ops = new(2);
        using Model model = Model.Create(ops, Settings.Model, 3);
        using ClassLoss loss = new(ops, Settings);
        (int samples, int classes, int columns) = (Settings.Batch.Size, Settings.Encoder.EmbeddingDimension, model.FeatureDimension);
        Assert.Equal(TinyRun.Images().ClassNames.Count, classes);
        model.Prepare(samples, training: true);
        using Arena arena = ops.CreateArena("views", sizeof(float) * samples * 16 * 16 * 3);
        Tensor views = arena.Take(samples, 16, 16, 3);
        Random random = new(4);
        foreach (ref float value in views.Floats) value = (float)(random.NextDouble() - 0.5);
        int[] labels = [.. Enumerable.Range(0, samples).Select(_ => random.Next(classes))];
        Tensor features = model.Encode(views, training: true);
        BatchLossResult result = loss.Compute(model.Project(features, training: true), labels);
        ops.Zero(model.Gradients);
        float[] h = features.Floats.ToArray();
        model.Backward(result.Dz);

        NamedTensor weight = model.Tensors.Single(tensor => tensor.Name == "fc.weight"), bias = model.Tensors.Single(tensor => tensor.Name == "fc.bias");
        double expected = 0;
        double[] dw = new double[classes * columns], db = new double[classes];
        for (int i = 0; i < samples; i++)
        {
            double[] logits = [.. Enumerable.Range(0, classes).Select(c =>
                bias.Value.Floats[c] + Enumerable.Range(0, columns).Sum(k => (double)h[(i * columns) + k] * weight.Value.Floats[(c * columns) + k]))];
            double sum = logits.Sum(Math.Exp);
            expected -= (logits[labels[i]] - Math.Log(sum)) / samples;
            for (int c = 0; c < classes; c++)
            {
                double slope = ((Math.Exp(logits[c]) / sum) - (c == labels[i] ? 1 : 0)) / samples;
                db[c] += slope;
                for (int k = 0; k < columns; k++) dw[(c * columns) + k] += slope * h[(i * columns) + k];
            }
        }

        Assert.Equal(expected, result.Loss, 1e-5);
        AssertGradient(model, weight, dw);
        AssertGradient(model, bias, db);
    }

    [Fact]
    public void ARunStopsAndGoesOnToTheSameBytesAndLearnsItsClasses()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = Settings with { Optimizer = Settings.Optimizer with { Epochs = 6 }, Batch = Settings.Batch with { MicroBatch = 3 } };
        TrainingOutcome whole = tiny.Train("whole", settings: settings);
        tiny.Train("parts", stopAfter: 4, settings: settings);
        TrainingOutcome rest = tiny.Train("parts", threads: 3, settings: settings);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "state.json" }) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(rest, file));
        Assert.Contains("fc.weight", SafetensorsFile.Read(Path.Combine(whole.Checkpoint, "model.safetensors")).Names);
        using CpuOps ops = new(2);
        EvaluationReport report = Evaluator.Evaluate(tiny.Folder("whole"), ops, TinyRun.Images(), TinyRun.Images(train: false), new LinearSettings(Epochs: 3), _ => { });
        Assert.Equal(7, report.Rows.Count);
        Assert.InRange(report.Row("softmax", head: true).Top1, 0, 1);
    }

    [Fact]
    public void AnyOtherDimensionAndImagesWithoutLabelsAreRefused()
    {
        TrainingSettings wrong = Settings with { Encoder = Settings.Encoder with { EmbeddingDimension = 3 } };
        Assert.Contains("`embeddingDimension` is 3", Assert.Throws<SettingsException>(() => wrong.WithClassesOf(TinyRun.Images())).Message, StringComparison.Ordinal);
        Assert.Contains("`embeddingDimension` is 3", Assert.Throws<SettingsException>(() => Trainer.CheckImages(wrong, TinyRun.Images())).Message, StringComparison.Ordinal);
        foreach (LossSettings loss in new[] { Settings.Loss with { Negatives = 3 }, Settings.Loss with { Queue = 8 }, Settings.Loss with { Shards = 2 }, Settings.Loss with { LearnTemperature = true } })
            Assert.Contains("cross-entropy", Assert.Throws<SettingsException>((Settings with { Loss = loss }).Validate).Message, StringComparison.Ordinal);
    }

    private static void AssertGradient(Model model, NamedTensor tensor, double[] expected)
    {
        int start = (int)(tensor.Value.ByteOffset / sizeof(float));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], model.Gradients.Floats[start + i], 1e-5 * (1 + Math.Abs(expected[i])));
    }
}
