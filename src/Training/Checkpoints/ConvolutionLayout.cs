namespace NegSamples.Training.Checkpoints;

/// <summary>Convolution weights between NegSamples' layout [O, KH, KW, I] and PyTorch's, [O, I, KH, KW], at the border to files.</summary>
internal static class ConvolutionLayout
{
    /// <summary>[O, KH, KW, I] to PyTorch's [O, I, KH, KW].</summary>
    /// <param name="weights">O·KH·KW·I weights.</param>
    /// <param name="outputs">O, the output channels.</param>
    /// <param name="kernelHeight">KH.</param>
    /// <param name="kernelWidth">KW.</param>
    /// <param name="inputs">I, the input channels.</param>
    /// <exception cref="ArgumentException">The number of weights is another.</exception>
    public static float[] ToOihw(ReadOnlySpan<float> weights, int outputs, int kernelHeight, int kernelWidth, int inputs) =>
        SwapInnerAxes(weights, outputs, checked(kernelHeight * kernelWidth), inputs);

    /// <summary>PyTorch's [O, I, KH, KW] to [O, KH, KW, I].</summary>
    /// <param name="weights">O·I·KH·KW weights.</param>
    /// <param name="outputs">O, the output channels.</param>
    /// <param name="inputs">I, the input channels.</param>
    /// <param name="kernelHeight">KH.</param>
    /// <param name="kernelWidth">KW.</param>
    /// <exception cref="ArgumentException">The number of weights is another.</exception>
    public static float[] FromOihw(ReadOnlySpan<float> weights, int outputs, int inputs, int kernelHeight, int kernelWidth) =>
        SwapInnerAxes(weights, outputs, inputs, checked(kernelHeight * kernelWidth));

    /// <summary>[outer, rows, columns] to [outer, columns, rows].</summary>
    private static float[] SwapInnerAxes(ReadOnlySpan<float> weights, int outer, int rows, int columns)
    {
        if (outer < 0 || rows < 0 || columns < 0 || weights.Length != (long)outer * rows * columns)
            throw new ArgumentException($"weights has {Counted.Of(weights.Length, "element")}; expected {outer} x {rows} x {columns}.", nameof(weights));
        float[] swapped = new float[weights.Length];
        for (int o = 0; o < outer; o++)
        {
            int start = o * rows * columns;
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++) swapped[start + (column * rows) + row] = weights[start + (row * columns) + column];
            }
        }

        return swapped;
    }
}
