namespace NegSamples.Kernels;

/// <summary>A training step that a device is given as a whole, so that the host neither launches its kernels one by one nor waits in its midst.</summary>
/// <remarks>
/// The host reads the losses when all of the step is done. So that a loss or gradient that is not finite leaves the weights alone all the same,
/// <see cref="StopUnlessFinite"/> raises a flag on the device, and the operations that change what lasts do nothing for the rest of the step:
/// <see cref="Ops.SgdStep"/>, <see cref="Ops.LarcStep"/>, <see cref="Ops.AdamWStep"/>, <see cref="Ops.MovingAverage"/> and <see cref="Ops.CopyToRing"/>.
/// What else the work does comes before it, or is made anew in every step.
/// </remarks>
internal abstract class WholeStep : IDisposable
{
    /// <summary>How many numbers of each gradient were not finite in the last step.</summary>
    public abstract ReadOnlySpan<int> NotFinite { get; }

    /// <summary>The losses of the last step.</summary>
    public abstract ReadOnlySpan<float> Losses { get; }

    /// <summary>
    /// Says that the work leaves parameters as they are until <see cref="StopUnlessFinite"/>: what products read of them is made once in a step.
    /// </summary>
    /// <param name="parameters">All parameters of a model.</param>
    public abstract void Prepare(Tensor parameters);

    /// <summary>Does a step, and waits for its losses.</summary>
    /// <param name="numbers">What is another in every step: it takes the place of what the work gives to those operations.</param>
    /// <param name="work">
    /// The operations, the same of the same tensors in every step as long as this is the same delegate, with <see cref="StopUnlessFinite"/> once among them. It
    /// is not called in every step, and may be called where nothing is done: it must change nothing on the host that is meant to last.
    /// </param>
    public abstract void Run(in StepNumbers numbers, Action work);

    /// <summary>Within the work: keeps the losses and raises the flag where a number is not finite.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="gradients">The flat gradients.</param>
    /// <param name="segments">Where each parameter lies.</param>
    public abstract void StopUnlessFinite(Tensor losses, Tensor gradients, ReadOnlySpan<ParameterSegment> segments);

    /// <summary>Within the work: <c>sum[0] += factor·Σ x·y</c>, added up in double in an order that the length fixes.</summary>
    /// <param name="x">Float32 numbers.</param>
    /// <param name="y">As many; none for ones.</param>
    /// <param name="factor">What the sum counts.</param>
    /// <param name="sum">One float32.</param>
    public abstract void AddProducts(Tensor x, Tensor y, double factor, Tensor sum);

    /// <summary>Within the work: keeps one number between two others.</summary>
    /// <param name="number">One float32.</param>
    /// <param name="least">What it becomes where it is less.</param>
    /// <param name="greatest">What it becomes where it is greater.</param>
    public abstract void Clamp(Tensor number, float least, float greatest);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the device holds for the step.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);
}

public abstract partial class Ops
{
    /// <summary>Makes the place of a step that this device takes as a whole.</summary>
    /// <param name="formula">The loss of its rows; null for softmax cross-entropy.</param>
    /// <param name="losses">How many losses a step has.</param>
    /// <param name="segments">How many parameters.</param>
    /// <returns>Null where the host has a part in the midst of every step: on a CPU, over several ranks, for a loss that only the host knows.</returns>
    internal virtual WholeStep? CreateWholeStep(RowLoss? formula, int losses, int segments) => null;
}
