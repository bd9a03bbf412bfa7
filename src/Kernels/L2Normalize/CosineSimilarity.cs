namespace NegSamples.Kernels;

/// <summary>Cosines of rows with rows, in one call.</summary>
public static class CosineSimilarity
{
    /// <summary>The cosine of every row with every other: <c>c_ij = x_i·y_j / (max(‖x_i‖, 1e-12)·max(‖y_j‖, 1e-12))</c>.</summary>
    /// <param name="rows">x, [N, D], of any length each.</param>
    /// <param name="others">y, [K, D]; may be the same numbers as <paramref name="rows"/>.</param>
    /// <param name="dimension">D.</param>
    /// <param name="cosines">Receives c, [N, K], from −1 to 1 up to rounding; of a row of zeros 0.</param>
    /// <param name="ops">The device; null for the library's CPU (<see cref="DeviceLease"/>).</param>
    /// <remarks>2·N·K·D FLOPs, and (N + K)·D floats of memory for the unit rows during the call. Where N·K is too large to keep, see <see cref="NearestRows"/>.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or the cosines overlap the rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1.</exception>
    /// <example>
    /// <code>
    /// float[] rows = [1, 0, 1, 1], others = [0, 2, 3, 3], cosines = new float[4];
    /// CosineSimilarity.Of(rows, others, 2, cosines); // 0, 0.707, 0.707, 1
    /// </code>
    /// </example>
    public static unsafe void Of(ReadOnlySpan<float> rows, ReadOnlySpan<float> others, int dimension, Span<float> cosines, Ops? ops = null)
    {
        int first = SpanCheck.Rows(rows, dimension), second = SpanCheck.Rows(others, dimension);
        SpanCheck.Length<float>(cosines, (long)first * second, FormattableString.Invariant($"{Counted.Of(first, "row")} of {second}"));
        SpanCheck.Apart(cosines, rows);
        SpanCheck.Apart(cosines, others);
        fixed (float* x = rows, y = others, result = cosines)
        {
            using SpanOperands operands = new(ops);
            Tensor unit = Unit(operands, operands.Read(x, first, dimension, nameof(rows)));
            Tensor unitOthers = x == y && first == second ? unit : Unit(operands, operands.Read(y, second, dimension, nameof(others)));
            operands.Ops.MatMul(unit, unitOthers, operands.Write(result, first, second, nameof(cosines)), transposeB: true);
            operands.Complete();
        }
    }

    private static Tensor Unit(in SpanOperands operands, Tensor rows)
    {
        Arena arena = operands.Take("unit rows", Arena.BytesFor(ElementType.Float32, rows.Count) + Arena.BytesFor(ElementType.Float32, rows[0]));
        Tensor unit = arena.Take(rows[0], rows[1]);
        operands.Ops.L2NormalizeForward(rows, unit, arena.Take(rows[0], 1));
        return unit;
    }
}
