namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Puts rows into a ring, in order from a place: <c>ring[(first + i) mod K] = x[i]</c>; of rows that fall on one place the last stays.</summary>
    /// <param name="x">The rows, float32 [N, D].</param>
    /// <param name="ring">Their places, float32 [K, D]; the others stay as they are.</param>
    /// <param name="first">The place of the first row, 0 to below K.</param>
    /// <remarks>8 bytes per element. It is how the keys of a batch come into a queue: He et al. 2020, arXiv:1911.05722, algorithm 1.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or the place is not within the ring.</exception>
    public void CopyToRing(Tensor x, Tensor ring, int first)
    {
        CheckOperands([x], [ring]);
        Check.Type(x, ElementType.Float32);
        Check.Rank(x, 2);
        Check.Rank(ring, 2);
        Check.Shape(ring, [ring[0], x[1]]);
        if (first < 0 || (first >= ring[0] && ring[0] > 0))
            throw new ArgumentOutOfRangeException(nameof(first), FormattableString.Invariant($"first is {first}; expected 0 to below {ring[0]}."));
        if (x.Count > 0 && ring.Count > 0) CopyToRingCore(x, ring, first);
    }

    /// <summary>The device's part of <see cref="CopyToRing"/>.</summary>
    private protected abstract void CopyToRingCore(Tensor x, Tensor ring, int first);
}
