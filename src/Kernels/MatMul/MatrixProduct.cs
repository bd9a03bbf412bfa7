namespace NegSamples.Kernels;

/// <summary>Products of matrices in spans, each in one call.</summary>
public static class MatrixProduct
{
    /// <summary>Matrix product: <c>c = op(a) · op(b)</c>, where op is the identity or the transpose.</summary>
    /// <param name="a">[M, K], or [K, M] where it is stored transposed; row by row.</param>
    /// <param name="b">[K, N], or [N, K] where it is stored transposed.</param>
    /// <param name="depth">K, the length that both share; M and N follow from the numbers of a and b.</param>
    /// <param name="product">Receives c, [M, N].</param>
    /// <param name="transposeA">Whether a is stored transposed.</param>
    /// <param name="transposeB">Whether b is stored transposed.</param>
    /// <param name="ops">The device; null for the library's CPU (<see cref="DeviceLease"/>).</param>
    /// <remarks>2·M·N·K FLOPs, in the device's precision. See <see cref="Ops.MatMul"/>.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or the product overlaps a factor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">K is below 1.</exception>
    /// <example>
    /// <code>
    /// float[] a = [1, 2, 3, 4, 5, 6], b = [1, 0, 0, 1, 1, 1], c = new float[4];
    /// MatrixProduct.Of(a, b, depth: 3, c); // 2 x 3 by 3 x 2: 4, 5, 10, 11
    /// </code>
    /// </example>
    public static unsafe void Of(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int depth, Span<float> product, bool transposeA = false, bool transposeB = false, Ops? ops = null)
    {
        if (depth < 1) throw new ArgumentOutOfRangeException(nameof(depth), FormattableString.Invariant($"depth is {depth}; expected at least 1."));
        int rows = Others(a, depth, nameof(a)), columns = Others(b, depth, nameof(b));
        SpanCheck.Length<float>(product, (long)rows * columns, FormattableString.Invariant($"{Counted.Of(rows, "row")} of {columns}"));
        SpanCheck.Apart(product, a);
        SpanCheck.Apart(product, b);
        fixed (float* left = a, right = b, result = product)
        {
            using SpanOperands operands = new(ops);
            Tensor first = transposeA ? operands.Read(left, depth, rows, nameof(a)) : operands.Read(left, rows, depth, nameof(a));
            Tensor second = transposeB ? operands.Read(right, columns, depth, nameof(b)) : operands.Read(right, depth, columns, nameof(b));
            operands.Ops.MatMul(first, second, operands.Write(result, rows, columns, nameof(product)), transposeA, transposeB);
            operands.Complete();
        }
    }

    private static int Others(ReadOnlySpan<float> matrix, int depth, string name) => matrix.Length > 0 && matrix.Length % depth == 0 ? matrix.Length / depth
        : throw new ArgumentException(FormattableString.Invariant($"{name} has {Counted.Of(matrix.Length, "number")}; expected a multiple of {depth}, the depth, above 0."), name);
}
