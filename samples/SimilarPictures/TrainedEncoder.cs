using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Samples.SimilarPictures;

/// <summary>The encoder of a run folder, trained there first where there is none.</summary>
internal static class TrainedEncoder
{
    private const int LargestBatch = 128, LeastSteps = 400;

    /// <summary>Trains an encoder, or opens one; null where the training was stopped, which goes on from there the next time.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="pictures">The pictures to learn from, without labels.</param>
    /// <param name="epochs">How often each is seen; 0 for as many times as make 400 steps.</param>
    /// <param name="ops">The device.</param>
    /// <param name="stop">Ends the training after the present step.</param>
    public static LoadedCheckpoint? Open(string folder, IImageSet pictures, int epochs, Ops ops, CancellationToken stop)
    {
        // One that is trained is taken as it is, even if pictures have come since. One that was stopped has settings of its own to go on with.
        TrainingSettings settings = RunFolder.IsOne(folder) ? RunFolder.ReadSettings(folder) : Settings(pictures, epochs);
        if (LoadedCheckpoint.IsThere(folder))
        {
            LoadedCheckpoint there = LoadedCheckpoint.OpenWithoutImages(folder, settings, ops);
            if (there.State.Step == there.State.TotalSteps) return there;
            there.Dispose();
        }

        TrainingOutcome outcome = TrainingRun.Train(folder, settings, ops, pictures, Tell, Console.Error.WriteLine, stop);
        return outcome.Completed ? LoadedCheckpoint.OpenWithoutImages(folder, RunFolder.ReadSettings(folder), ops) : null;
    }

    private static TrainingSettings Settings(IImageSet pictures, int epochs)
    {
        int batch = Math.Min(LargestBatch, pictures.Count), stepsPerEpoch = pictures.Count / batch;
        return new()
        {
            Batch = new() { Size = batch },
            Optimizer = new() { Epochs = epochs == 0 ? (LeastSteps + stepsPerEpoch - 1) / stepsPerEpoch : epochs, LearningRate = 8, WarmupEpochs = 1 },

            // Short runs on few pictures learn more from larger crops.
            Loss = new() { Temperature = 0.2 }, Views = new() { MinimumCrop = 0.3 }, Run = new() { LogEvery = 10 },
        };
    }

    private static void Tell(TrainingProgress at)
    {
        if (at.EndsEpoch) Console.WriteLine($"epoch {at.Epoch} of {at.Epochs}: loss {at.Loss:F3}, {at.ImagesPerSecond:N0} pictures a second, {at.Remaining:mm\\:ss} left");
    }
}
