using ILGPU.Runtime.Cuda;
using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>bfloat16 operands: <c>mma.m16n8k16</c>.</summary>
[PtxVocabulary("bfloat16")]
internal readonly struct BFloat16Tile : IPairTile
{
    private const int Steps = 4; // of 16 elements: the depth of a product, or the columns of a tile

    public static int ElementBytes => 2;

    public static int StageStride => (PairSweep.SlabDepth * ElementBytes) + 16;

    public static int RowPadding => 16;

    public static bool Warpgroups => false;

    public static bool BringsInBulk => false;

    public static void AddDots(int upper, int lower, int columns) => CudaAsm.Emit(".expand bfloat16 AddDots %0 %1 %2;", upper, lower, columns);

    public static int ValuesOffset(int lane) => ((lane & 15) * StageStride) + ((lane >> 4) * 16);

    public static void MultiplyValues(int values, int depth)
    {
        if (depth == PairSweep.SlabDepth) CudaAsm.Emit(".expand bfloat16 MultiplyValues 128 %0;", values);
        else CudaAsm.Emit(".expand bfloat16 MultiplyValues 64 %0;", values);
    }

    /// <summary>The text of <see cref="AddDots(int, int, int)"/>.</summary>
    public static void AddDots(PtxWriter text, string upper, string lower, string columns) =>
        MatrixText.AddDots(text, MatrixShape.BFloat16, Steps, StageStride, upper, lower, columns);

    /// <summary>
    /// The text of <see cref="MultiplyValues(int, int)"/>. The weights of 16 columns are a left operand as they lie: columns 2t, 2t + 1 of a fragment are its
    /// k.
    /// </summary>
    public static void MultiplyValues(PtxWriter text, int depth, string values) => Repeat(Steps, k =>
    {
        Repeat(MatrixText.Halves, h => Repeat(4, i =>
        {
            int row = (2 * h) + (i & 1), group = (2 * k) + (i / 2);
            text.Line($"cvt.rn.bf16x2.f32 %left{(4 * h) + i}, {PairText.Dots.At(row, group, 1)}, {PairText.Dots.At(row, group, 0)};");
        }));
        Repeat(depth / 16, n =>
        {
            text.LoadMatrices(Run("%right", 0, 4), $"{values}+{(16 * StageStride * k) + (MatrixText.StepBytes * n)}", transposed: true);
            Repeat(MatrixText.Halves, h => Repeat(2, m => text.MultiplyAdd(
                MatrixShape.BFloat16, PairText.Products(depth).Fragment(h, (2 * n) + m), MatrixText.Left(h), Run("%right", 2 * m, 2))));
        });
    });
}
