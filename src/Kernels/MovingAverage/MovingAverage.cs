namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>One step of a moving average: <c>average += weight·(x − average)</c>.</summary>
    /// <param name="x">The newcomer, any shape.</param>
    /// <param name="weight">Its weight, 0 to 1: 1 − m for an exponential average with the coefficient m, 1/n for the mean of n equals.</param>
    /// <param name="average">Is moved, shaped as x. What equals x already stays as it is; with the weight 1 it becomes x exactly.</param>
    /// <remarks>12 bytes per element. With weight 1 − m it is the momentum encoder's update: He et al. 2020, arXiv:1911.05722, eq. 2.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or the weight is not within 0 to 1.</exception>
    public void MovingAverage(Tensor x, float weight, Tensor average)
    {
        CheckOperands([x], [average], inPlace: [x]);
        Check.Type(x, ElementType.Float32);
        Check.SameShape(x, average);
        if (weight is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(weight), FormattableString.Invariant($"weight is {weight}; expected 0 to 1."));
        if (weight == 1) Copy(x, average);
        else if (x.Count > 0) MovingAverageCore(x, weight, average);
    }

    /// <summary>The device's part of <see cref="MovingAverage"/>; the weight is below 1.</summary>
    private protected abstract void MovingAverageCore(Tensor x, float weight, Tensor average);
}
