namespace NegSamples.Theory.Measures;

/// <summary>The distance between two distributions of numbers that are known by samples.</summary>
internal static class Wasserstein
{
    /// <summary><c>W₁ = ∫₀¹ |F⁻¹(u) − G⁻¹(u)| du</c> of the two empirical distributions, exact: in the units of the samples. A shift by c gives |c|.</summary>
    /// <param name="first">At least 1 finite number.</param>
    /// <param name="second">At least 1, not necessarily as many.</param>
    /// <exception cref="ArgumentException">One has no number.</exception>
    public static double Distance(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count == 0 || second.Count == 0)
            throw new ArgumentException($"first has {Counted.Of(first.Count, "number")}, second {second.Count}; expected at least 1 of each.");
        double[] a = [.. first.Order()], b = [.. second.Order()];
        double sum = 0, done = 0;
        int i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            // Both quantile functions are constant up to the nearer of their next steps.
            long stepA = (long)(i + 1) * b.Length, stepB = (long)(j + 1) * a.Length;
            double next = Math.Min(stepA, stepB);
            sum += (next - done) * Math.Abs(a[i] - b[j]);
            done = next;
            if (stepA <= stepB) i++;
            if (stepB <= stepA) j++;
        }

        return sum / ((double)a.Length * b.Length);
    }
}
