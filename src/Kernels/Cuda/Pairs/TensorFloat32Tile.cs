using ILGPU.Runtime.Cuda;
using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>TF32 operands, float32 whose fraction is rounded to 10 bits: <c>mma.m16n8k8</c>.</summary>
[PtxVocabulary("tf32")]
internal readonly struct TensorFloat32Tile : IPairTile
{
    private const int Steps = 8; // of 8 elements: the depth of a product, or the columns of a tile

    public static int ElementBytes => 4;

    public static int StageStride => (PairSweep.SlabDepth * ElementBytes) + 16;

    public static int RowPadding => 16;

    public static bool Warpgroups => false;

    public static bool BringsInBulk => false;

    public static void AddDots(int upper, int lower, int columns) => CudaAsm.Emit(".expand tf32 AddDots %0 %1 %2;", upper, lower, columns);

    public static int ValuesOffset(int lane) => (2 * (lane & 3) * StageStride) + ((lane >> 2) * 4);

    public static void MultiplyValues(int values, int depth)
    {
        if (depth == PairSweep.SlabDepth) CudaAsm.Emit(".expand tf32 MultiplyValues 128 %0;", values);
        else CudaAsm.Emit(".expand tf32 MultiplyValues 64 %0;", values);
    }

    /// <summary>The text of <see cref="AddDots(int, int, int)"/>.</summary>
    public static void AddDots(PtxWriter text, string upper, string lower, string columns) =>
        MatrixText.AddDots(text, MatrixShape.TensorFloat32, Steps, StageStride, upper, lower, columns);

    /// <summary>
    /// The text of <see cref="MultiplyValues(int, int)"/>. Column 2t of the weights stands as k = t of a left operand and column 2t + 1 as k = t + 4, and the
    /// values are read
    /// in the same order.
    /// </summary>
    public static void MultiplyValues(PtxWriter text, int depth, string values) => Repeat(Steps, k =>
    {
        Repeat(MatrixText.Halves, h => Repeat(4, i => text.Line($"cvt.rna.tf32.f32 %left{(4 * h) + i}, {PairText.Dots.At((2 * h) + (i & 1), k, i / 2)};")));
        Repeat(depth / 8, n =>
        {
            int at = (8 * StageStride * k) + (8 * ElementBytes * n);
            text.Line($"ld.shared.b32 %right0, [{values}+{at}];");
            text.Line($"ld.shared.b32 %right1, [{values}+{at + StageStride}];");
            Repeat(MatrixText.Halves, h => text.MultiplyAdd(
                MatrixShape.TensorFloat32, PairText.Products(depth).Fragment(h, n), MatrixText.Left(h), Run("%right", 0, 2)));
        });
    });
}
