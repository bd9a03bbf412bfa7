namespace NegSamples.Kernels;

/// <summary>Temperature, loss and memory of <see cref="Ops.ContrastiveLoss"/>.</summary>
/// <param name="Temperature">T, above 0; down to 1e-3 is tested.</param>
/// <param name="Loss">What a row's sums become.</param>
public readonly record struct ContrastiveSettings(float Temperature, RowLoss Loss)
{
    // Of a greater bias a float of the logit has no digits left of the dot product.
    private const float MostBias = 1e6f;

    // Half of the logits of 1024 queries against 65,536 keys.
    private const long LeastAutomaticSpillBytes = 128L << 20;

    /// <summary>InfoNCE at a temperature.</summary>
    /// <param name="temperature">T.</param>
    public ContrastiveSettings(float temperature)
        : this(temperature, new InfoNce())
    {
    }

    /// <summary>b, which a <see cref="Sigmoid"/> adds to each logit; 0 for the other losses.</summary>
    public float Bias { get; init; }

    /// <summary>
    /// Bytes that may hold logits from the first pass to the second; null for <see cref="AutomaticSpillBytes"/>. 0 computes them twice: one product more, and
    /// O(N·D + K) memory.
    /// </summary>
    public long? SpillBytes { get; init; }

    /// <summary>
    /// 128 MiB or, where that is more, a quarter of what keys and their gradient take, <c>2·K·D</c> floats: more keys, of which fewer queries' logits fit, grow
    /// with it.
    /// </summary>
    /// <param name="keys">K.</param>
    /// <param name="dimension">D.</param>
    internal static long AutomaticSpillBytes(int keys, int dimension) => Math.Max(LeastAutomaticSpillBytes, (long)keys * dimension * sizeof(float) / 2);

    /// <summary>Whether one sum of exponentials has all weights, so that its products with the keys (<see cref="ContrastiveState.Products"/>) are the queries'
    /// gradient.</summary>
    internal bool HasProducts => Loss is { Exponent: 1, Tilt: 0, EqualLabelsArePositives: false };

    internal void Validate()
    {
        Check.Temperature(Temperature);
        if (Loss is null) throw new ArgumentException("Loss is missing.", nameof(Loss));
        if (!(Loss.Exponent > 0) || double.IsInfinity(Loss.Exponent))
            throw new ArgumentException($"Exponent is {Loss.Exponent}; expected a finite number above 0.", nameof(Loss));
        if (!(Loss.Tilt >= 0) || double.IsInfinity(Loss.Tilt))
            throw new ArgumentException($"Tilt is {Loss.Tilt}; expected a finite number of at least 0.", nameof(Loss));
        if (!(Math.Abs(Bias) <= MostBias))
            throw new ArgumentException(FormattableString.Invariant($"Bias is {Bias}; expected {-MostBias} to {MostBias}."), nameof(Bias));
        if (Bias != 0 && !Loss.IsOfPairs)
            throw new ArgumentException(FormattableString.Invariant($"Bias is {Bias} with {Loss.GetType().Name}; expected 0."), nameof(Bias));
        if (SpillBytes < 0) throw new ArgumentException($"SpillBytes is {SpillBytes}; expected at least 0, or null.", nameof(SpillBytes));
    }
}
