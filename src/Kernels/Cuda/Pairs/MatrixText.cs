using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// The products of a warp's 32 rows on tensor cores: %left0 to 3 are the upper 16 rows' fragment and %left4 to 7 the lower, %right those of 16 columns.
/// </summary>
internal static class MatrixText
{
    /// <summary>Halves of a warp's rows.</summary>
    public const int Halves = 2;

    /// <summary>Bytes that one step of the depth reads of each row.</summary>
    public const int StepBytes = 32;

    /// <summary>The fragment of a half of the rows.</summary>
    public static string Left(int h) => Run("%left", 4 * h, 4);

    /// <summary>Adds the products of rows and columns over 64 elements of the depth to the dot products.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="shape">What is multiplied at a time.</param>
    /// <param name="steps">Steps that 64 elements take.</param>
    /// <param name="stride">Bytes from one column of the stage to the next.</param>
    /// <param name="upper">Shared address of the lane's piece of the upper 16 rows.</param>
    /// <param name="lower">Of the lower 16 rows.</param>
    /// <param name="columns">Of the columns.</param>
    public static void AddDots(PtxWriter text, MatrixShape shape, int steps, int stride, string upper, string lower, string columns) => Repeat(steps, k =>
    {
        text.LoadMatrices(Left(0), $"{upper}+{StepBytes * k}");
        text.LoadMatrices(Left(1), $"{lower}+{StepBytes * k}");
        Repeat(PairText.Dots.Groups / 2, n =>
        {
            text.LoadMatrices(Run("%right", 0, 4), $"{columns}+{(16 * stride * n) + (StepBytes * k)}");
            Repeat(Halves, h => Repeat(2, m => text.MultiplyAdd(shape, PairText.Dots.Fragment(h, (2 * n) + m), Left(h), Run("%right", 2 * m, 2))));
        });
    });
}
