namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>How many numbers of each segment are not finite: <c>counts[s] = #{i in segment s : |x[i]| = ∞ or x[i] is NaN}</c>.</summary>
    /// <param name="x">The flat numbers, float32: parameters or gradients.</param>
    /// <param name="segments">Where each parameter lies. Elements outside every segment are not looked at.</param>
    /// <param name="counts">Receives one count for each segment, on the host, after all operations before it.</param>
    /// <remarks>4 bytes per number, read once; a GPU sends back 4 bytes per segment, not the numbers.</remarks>
    /// <exception cref="ArgumentException">A segment lies outside, or there are not as many counts as segments.</exception>
    public void CountNonFinite(Tensor x, ReadOnlySpan<ParameterSegment> segments, Span<int> counts)
    {
        CheckOperands([x], []);
        Check.Type(x, ElementType.Float32);
        CheckWithin(x.Count, segments);
        if (counts.Length != segments.Length)
            throw new ArgumentException($"counts has {Counted.Of(counts.Length, "element")}; expected {segments.Length}, one for each segment.", nameof(counts));
        counts.Clear();
        CountNonFiniteCore(x, segments, counts);
    }

    /// <summary>The device's part of <see cref="CountNonFinite"/>; the counts are 0 before it.</summary>
    private protected abstract void CountNonFiniteCore(Tensor x, ReadOnlySpan<ParameterSegment> segments, Span<int> counts);
}
