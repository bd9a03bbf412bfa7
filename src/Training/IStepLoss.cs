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
    Tensor Launch(Tensor z, long step, float temperature, float bias);

    /// <summary>The mean of downloaded losses.</summary>
    double MeanOf(ReadOnlySpan<float> losses);
}
