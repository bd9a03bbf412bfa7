using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NegSamples.Training;

/// <summary>Finds a gradient that is NaN or infinite in the step that made it, before it reaches the weights.</summary>
/// <remarks>One pass over the gradients: 4 bytes a parameter, a thousandth of what a step reads. Host memory only: a GPU's gradients are not fetched.</remarks>
internal static class FiniteGradients
{
    /// <summary>Refuses the step where a gradient is not finite.</summary>
    /// <param name="model">After its backward pass, with its parameters in host memory.</param>
    /// <param name="step">The step, for the message.</param>
    /// <exception cref="NonFiniteLossException">Names the first tensor in the model's order, and how many numbers of it are not finite.</exception>
    public static void Require(Model model, long step)
    {
        if (AllFinite(model.Gradients.Floats)) return;
        for (int i = 0; i < model.Tensors.Count; i++)
        {
            NamedTensor tensor = model.Tensors[i];
            if (!tensor.Trainable) continue;

            // Gradients lie as the parameters do: the same place in a flat tensor of the same length.
            int start = (int)(Unsafe.ByteOffset(ref MemoryMarshal.GetReference(model.Parameters.Floats), ref MemoryMarshal.GetReference(tensor.Value.Floats))
                / sizeof(float));
            ReadOnlySpan<float> gradient = model.Gradients.Floats.Slice(start, (int)tensor.Value.Count);
            if (AllFinite(gradient)) continue;
            int count = 0;
            foreach (float value in gradient) count += float.IsFinite(value) ? 0 : 1;
            throw new NonFiniteLossException(FormattableString.Invariant(
                $"In step {step} {count} of {tensor.Value.Count} gradients of {tensor.Name} are not finite; the weights are as before the step. ")
                + "Try a lower `learningRate`, a longer `warmupEpochs` or a higher `temperature`.");
        }
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // 0 times a finite number is 0, times any other it is NaN, which no later sum takes away.
        Vector<float> sum = Vector<float>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count) sum += new Vector<float>(values[i..]) * Vector<float>.Zero;
        float rest = Vector.Sum(sum);
        for (; i < values.Length; i++) rest += values[i] * 0;
        return rest == 0;
    }
}
