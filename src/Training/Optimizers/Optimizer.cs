using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Optimizers;

/// <summary>The weight update of a model: one operation over its flat parameters, and the state that goes with it.</summary>
internal sealed class Optimizer : IDisposable
{
    private readonly Arena arena;
    private readonly TrainingSettings settings;
    private readonly Tensor first;
    private readonly Tensor second;

    /// <summary>Takes the state's memory: one number per parameter, two for AdamW, all zero.</summary>
    /// <param name="model">Whose parameters it will update.</param>
    /// <param name="settings">The rule and its constants.</param>
    public Optimizer(Model model, TrainingSettings settings)
    {
        this.settings = settings;
        int states = settings.Optimizer.Kind == OptimizerKind.AdamW ? 2 : 1;
        int count = checked((int)model.Parameters.Count);
        arena = model.Ops.CreateArena("optimizer state", states * Arena.BytesFor(ElementType.Float32, count));
        first = arena.Take(count);
        if (states == 2) second = arena.Take(count);
    }

    /// <summary>The state by name, for checkpoints: "velocity", or "first_moment" and "second_moment".</summary>
    public IReadOnlyList<(string Name, Tensor Value)> State =>
        settings.Optimizer.Kind == OptimizerKind.AdamW ? [("first_moment", first), ("second_moment", second)] : [("velocity", first)];

    /// <summary>Updates the parameters from the gradients.</summary>
    /// <param name="model">The model given to the constructor.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="learningRate">This step's rate.</param>
    public void Step(Model model, long step, float learningRate)
    {
        float momentum = (float)settings.Optimizer.Momentum, decay = (float)settings.Optimizer.WeightDecay;
        switch (settings.Optimizer.Kind)
        {
            case OptimizerKind.Larc:
                model.Ops.LarcStep(model.Parameters, model.Gradients, first, model.Segments, learningRate, momentum, decay, (float)settings.Optimizer.Trust);
                break;
            case OptimizerKind.Sgd:
                model.Ops.SgdStep(model.Parameters, model.Gradients, first, model.Segments, learningRate, momentum, decay, nesterov: false);
                break;
            default:
                model.Ops.AdamWStep(model.Parameters, model.Gradients, first, second, model.Segments, checked((int)step + 1), learningRate, decay);
                break;
        }
    }

    /// <summary>What AdamW makes of a step, from 0, and its rate.</summary>
    internal AdamWNumbers NumbersOf(long step, float learningRate) =>
        settings.Optimizer.Kind == OptimizerKind.AdamW ? AdamWNumbers.Of(checked((int)step + 1), learningRate, (float)settings.Optimizer.WeightDecay) : default;

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
