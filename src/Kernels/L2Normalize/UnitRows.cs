namespace NegSamples.Kernels;

/// <summary>Rows scaled to unit length and the gradient of that, each in one call: what stands between an encoder's output and a loss of cosines.</summary>
/// <remarks>The device is the last argument; without one it is the library's CPU (<see cref="DeviceLease"/>), on which rows are read and written where they lie.</remarks>
public static class UnitRows
{
    /// <summary>Scales every row to unit length: <c>y_i = x_i / max(‖x_i‖₂, 1e-12)</c>; a row of zeros stays one.</summary>
    /// <param name="rows">x, [N, D].</param>
    /// <param name="dimension">D.</param>
    /// <param name="unit">Receives y, [N, D]; may be the same numbers as <paramref name="rows"/>.</param>
    /// <param name="scale">Receives <c>1 / max(‖x_i‖₂, 1e-12)</c>, [N], for <see cref="Gradient"/>; or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <remarks>Source: Chen et al. 2020, arXiv:2002.05709, eq. 1.</remarks>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1.</exception>
    /// <example>
    /// <code>
    /// float[] x = [3, 4, 0, 2], unit = new float[4], scale = new float[2];
    /// UnitRows.Of(x, 2, unit, scale); // unit is 0.6, 0.8, 0, 1
    /// </code>
    /// </example>
    public static unsafe void Of(ReadOnlySpan<float> rows, int dimension, Span<float> unit, Span<float> scale = default, Ops? ops = null)
    {
        int count = SpanCheck.Rows(rows, dimension);
        SpanCheck.Length<float>(unit, rows.Length, "as many as rows");
        SpanCheck.Optional<float>(scale, count, "one of each row");
        SpanCheck.Apart(scale, rows);
        SpanCheck.Apart(scale, unit);
        fixed (float* from = rows, to = unit, factors = scale)
        {
            if (from != to) SpanCheck.Apart(unit, rows);
            using SpanOperands operands = new(ops);
            Tensor written = operands.Write(to, count, dimension, nameof(unit));
            Tensor read = from == to && operands.ReadsInPlace ? written : operands.Read(from, count, dimension, nameof(rows));
            Tensor inverse = scale.IsEmpty ? operands.Take("lengths", Arena.BytesFor(ElementType.Float32, count)).Take(count, 1) : operands.Write(factors, count, 1, nameof(scale));
            operands.Ops.L2NormalizeForward(read, written, inverse);
            operands.Complete();
        }
    }

    /// <summary>Gradient of <see cref="Of"/>: <c>dx_i = scale_i·(dy_i − (dy_i·y_i)·y_i)</c>; 0 for a row of zeros.</summary>
    /// <param name="gradient">dy, [N, D]: what a loss gave for the unit rows.</param>
    /// <param name="unit">y, [N, D], as <see cref="Of"/> left it.</param>
    /// <param name="scale">[N], as <see cref="Of"/> left it.</param>
    /// <param name="dimension">D.</param>
    /// <param name="rowGradient">Receives dx, [N, D]; may be the same numbers as <paramref name="gradient"/>.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1.</exception>
    /// <example>
    /// <code>
    /// float[] x = [3, 4, 0, 2, 4, 3, 1, 2], unit = new float[8], scale = new float[4], gradient = new float[8];
    /// UnitRows.Of(x, 2, unit, scale);
    /// double loss = ContrastiveLoss.NtXent(unit, 2, 0.5f, gradient);
    /// UnitRows.Gradient(gradient, unit, scale, 2, gradient); // now by x
    /// </code>
    /// </example>
    public static unsafe void Gradient(
        ReadOnlySpan<float> gradient, ReadOnlySpan<float> unit, ReadOnlySpan<float> scale, int dimension, Span<float> rowGradient, Ops? ops = null)
    {
        int count = SpanCheck.Rows(unit, dimension);
        SpanCheck.Length(gradient, unit.Length, "as many as unit");
        SpanCheck.Length(scale, count, "one of each row");
        SpanCheck.Length<float>(rowGradient, unit.Length, "as many as unit");
        SpanCheck.Apart(rowGradient, unit);
        SpanCheck.Apart(rowGradient, scale);
        fixed (float* dy = gradient, y = unit, factors = scale, dx = rowGradient)
        {
            if (dy != dx) SpanCheck.Apart(rowGradient, gradient);
            using SpanOperands operands = new(ops);
            Tensor written = operands.Write(dx, count, dimension, nameof(rowGradient));
            Tensor read = dy == dx && operands.ReadsInPlace ? written : operands.Read(dy, count, dimension, nameof(gradient));
            operands.Ops.L2NormalizeBackward(read, operands.Read(y, count, dimension, nameof(unit)), operands.Read(factors, count, 1, nameof(scale)), written);
            operands.Complete();
        }
    }
}
