using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.OwnEncoder;

public static class Example
{
    public static EvaluationReport Run(string folder, IImageSet train, IImageSet test, int steps, Action<TrainingProgress> progress)
    {
        TrainingSettings settings = new()
        {
            Encoder = new() { Kind = PatchNet.Kind, EmbeddingDimension = 32 }, Data = new() { ImageSize = 16 },
            Batch = new() { Size = 8 }, Optimizer = new() { Steps = steps }, Run = new() { MonitorEvery = 5 },
        };
        GradientCheck.Of(settings.Model).Require();

        using Ops ops = new CpuOps();
        TrainingRun.Train(folder, settings, ops, train, progress); // goes on where the folder has a run that was stopped
        using LoadedCheckpoint run = LoadedCheckpoint.OpenWithoutImages(folder, settings, ops);
        run.Model.SaveWeights(Path.Combine(folder, "patch-net.safetensors"));
        return Evaluator.Evaluate(folder, ops, train, test, new LinearSettings(Epochs: 20), status: _ => { });
    }
}
