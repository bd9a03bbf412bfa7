using System.Globalization;

namespace NegSamples.Training.Evaluation;

/// <summary>How often the learning rate of a linear classifier falls along its half cosine.</summary>
public enum LinearSchedule
{
    /// <summary>With every step.</summary>
    EveryStep,

    /// <summary>With every epoch, as in the paper's code: the steps of an epoch have one rate.</summary>
    EveryEpoch,
}

/// <summary>How a linear classifier is trained.</summary>
/// <param name="Epochs">Passes over the training features, at least 1.</param>
/// <param name="BatchSize">Samples a step, at least 1; the last batch of an epoch may be smaller and is kept.</param>
/// <param name="LearningRate">The first step's learning rate; it falls towards 0 along half a cosine.</param>
/// <param name="Momentum">Nesterov's momentum, 0 to below 1.</param>
/// <param name="WeightDecay">Weight decay of the weights; the bias has none.</param>
/// <param name="Seed">The seed of the order of the samples.</param>
/// <param name="Schedule">How often the learning rate falls.</param>
/// <remarks>The defaults are those of the linear evaluation of Nozawa and Sato, arXiv:2102.06866, on one device.</remarks>
public sealed record LinearSettings(
    int Epochs = 100, int BatchSize = 512, float LearningRate = 0.3f, float Momentum = 0.9f, float WeightDecay = 0, ulong Seed = 7,
    LinearSchedule Schedule = LinearSchedule.EveryStep)
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="epoch">The step's epoch, from 0.</param>
    /// <param name="step">The step, from 0, through all epochs.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    internal double RateAt(int epoch, long step, long stepsPerEpoch) => Schedule == LinearSchedule.EveryStep
        ? LearningRate * (1 + Math.Cos(Math.PI * step / ((double)stepsPerEpoch * Epochs))) / 2
        : LearningRate * (1 + Math.Cos(Math.PI * epoch / Epochs)) / 2;

    /// <summary>Samples of a step where there are as many in all.</summary>
    /// <param name="samples">The training samples.</param>
    internal int BatchOf(int samples) => Math.Min(BatchSize, samples);

    internal void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), Epochs, "1 or more");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "1 or more");
        Require(LearningRate > 0 && float.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a finite number above 0");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), Momentum, "0 to below 1");
        Require(WeightDecay >= 0 && float.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "a finite number, 0 or more");
    }

    private static void Require(bool holds, string name, IFormattable value, string expected)
    {
        if (!holds) throw new ArgumentOutOfRangeException(name, $"{name} is {value.ToString(null, CultureInfo.InvariantCulture)}; expected {expected}.");
    }
}
