namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// Between which pixels the windows of an image start, as the copy engine counts them: the first from the image's first pixel, the last from its last one.
/// </summary>
/// <param name="FirstColumn">Of the first window.</param>
/// <param name="FirstRow">Of the first window.</param>
/// <param name="LastColumn">Of the last window in a line, from the image's last column.</param>
/// <param name="LastRow">Of the last line of windows, from the image's last row.</param>
/// <param name="Step">Pixels from window to window.</param>
internal readonly record struct WindowBox(int FirstColumn, int FirstRow, int LastColumn, int LastRow, int Step)
{
    /// <summary>Whether a map has the bits for it: a byte with a sign for each corner of a tensor of four axes, and steps up to 8.</summary>
    public bool IsSmall => Step <= 8 && IsByte(FirstColumn) && IsByte(FirstRow) && IsByte(LastColumn) && IsByte(LastRow);

    /// <summary>That of windows.</summary>
    public static WindowBox Of(ImageWindow window) => new(
        window.Left, window.Top, ((window.GridWidth - 1) * window.Step) + window.Left - (window.Width - 1),
        ((window.GridHeight - 1) * window.Step) + window.Top - (window.Height - 1), window.Step);

    private static bool IsByte(int corner) => corner is >= sbyte.MinValue and <= sbyte.MaxValue;
}
