using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>A loss whose kernels can be asked for without waiting for its numbers.</summary>
internal interface IStepLoss
{
    /// <summary>The rows' loss; null for one that has no rows' sums.</summary>
    RowLoss? Formula { get; }

    /// <summary>The losses that <see cref="Launch"/> leaves.</summary>
    Tensor Losses { get; }

    /// <summary>Brings the labels of a batch to the device, for a loss that asks for them.</summary>
    void Put(ReadOnlySpan<int> labelsOfSamples);

    /// <summary>Asks for the losses and returns their gradient with respect to z, which is valid until the next call.</summary>
    /// <param name="z">The unit rows, or logits.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="temperature">T.</param>
    /// <param name="bias">b.</param>
    /// <param name="slopes">Where the slopes of what is learned of the loss are added.</param>
    Tensor Launch(Tensor z, long step, float temperature, float bias, in LossSlopes slopes);

    /// <summary>The mean of downloaded losses.</summary>
    double MeanOf(ReadOnlySpan<float> losses);
}

/// <summary>The gradients of what is learned of a loss itself, in the step that a device takes as a whole.</summary>
/// <param name="Step">The step.</param>
/// <param name="ByLogitScale">That of ln(1/T), one number; none where T is not learned.</param>
/// <param name="ByBias">That of b; none where it is not learned.</param>
internal readonly record struct LossSlopes(WholeStep Step, Tensor ByLogitScale, Tensor ByBias);
