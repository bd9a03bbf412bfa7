namespace NegSamples.Kernels;

/// <summary>What the second pass needs of a row: what its exponentials are relative to, a dot product, and the weights' factors, each over N·T.</summary>
internal struct RowFactors
{
    public float Offset, BySum, ByTiltedSum, ByEqualLabel, ByPositive;

    /// <summary>The factors from the derivatives of the row's loss.</summary>
    /// <param name="result">The derivatives.</param>
    /// <param name="negatives">How many keys the sums count; without any the sums have no gradient.</param>
    /// <param name="offset">What the sums are relative to.</param>
    /// <param name="exponent">α.</param>
    /// <param name="concentration">β.</param>
    /// <param name="scale">1/(N·T).</param>
    public static RowFactors Of(in RowResult result, int negatives, float offset, double exponent, double concentration, double scale)
    {
        RowFactors factors = default;
        factors.Offset = offset;
        if (negatives != 0)
        {
            factors.BySum = (float)(result.BySum * exponent * scale);
            if (concentration > 0) factors.ByTiltedSum = (float)(result.ByTiltedSum * (1 + concentration) * scale);
        }

        factors.ByEqualLabel = (float)(result.ByEqualLabel * scale);
        factors.ByPositive = (float)(result.ByPositive * scale);
        return factors;
    }
}
