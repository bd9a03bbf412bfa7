namespace NegSamples.Training;

/// <summary>Finds a gradient that is NaN or infinite in the step that made it, before it reaches the weights.</summary>
/// <remarks>One pass over the gradients where they lie: 4 bytes a parameter, a thousandth of what a step reads.</remarks>
internal static class FiniteGradients
{
    /// <summary>Refuses the step where a gradient is not finite.</summary>
    /// <param name="model">After its backward pass.</param>
    /// <param name="step">The step, for the message.</param>
    /// <exception cref="NonFiniteLossException">Names the first tensor in the model's order, and how many numbers of it are not finite.</exception>
    public static void Require(Model model, long step)
    {
        Span<int> counts = stackalloc int[model.Segments.Length]; // As many as the network has trainable tensors: a few hundred at most.
        model.Ops.CountNonFinite(model.Gradients, model.Segments, counts);
        Require(model, step, counts);
    }

    /// <summary>The same of counts that are known already.</summary>
    public static void Require(Model model, long step, ReadOnlySpan<int> counts)
    {
        if (counts.IndexOfAnyExcept(0) < 0) return;
        int segment = 0;
        foreach (NamedTensor tensor in model.Tensors)
        {
            if (!tensor.Trainable) continue;
            int count = counts[segment++];
            if (count == 0) continue;
            throw new NonFiniteLossException(FormattableString.Invariant(
                $"In step {step} {count} of {Counted.Of(tensor.Value.Count, "gradient")} of {tensor.Name} are not finite; the weights are as before the step. ")
                + "Try a lower `learningRate`, a longer `warmupEpochs` or a higher `temperature`.");
        }
    }
}
