using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Peak;

/// <summary>Multiplications of ones from registers, as many as can be on their way: what no kernel of a precision exceeds.</summary>
[PtxVocabulary("peak")]
internal static class PeakText
{
    /// <summary>Sums of a lane; on tensor cores four to a fragment.</summary>
    public const int Sums = 32;

    /// <summary>Sums of a lane of a warpgroup, and the multiplications that a round of its products adds to each.</summary>
    public const int WarpgroupSums = 128, WarpgroupDepth = 64;

    /// <summary>Multiplications that one round adds to each sum of tensor cores, and to each of the others.</summary>
    public const int Repeats = 4;

    private const int Fragments = Sums / 4;

    /// <summary>Declares and clears the sums, and sets operands of ones.</summary>
    /// <param name="text">Receives the lines.</param>
    /// <param name="one">The bits of an operand's register: a one, or two of bfloat16.</param>
    public static void Start(PtxWriter text, string one)
    {
        text.Registers(".f32", Sums, "%sum");
        text.Registers(".b32", 4, "%one");
        Repeat(Sums, i => text.Line($"mov.f32 %sum{i}, {Zero};"));
        Repeat(4, i => text.Line($"mov.b32 %one{i}, {one};"));
    }

    /// <summary>One round on tensor cores.</summary>
    public static void MultiplyMatrices(PtxWriter text, MatrixShape shape) => Repeat(Repeats, _ => Repeat(Fragments, i =>
        text.MultiplyAdd(shape, Run("%sum", 4 * i, 4), Run("%one", 0, 4), Run("%one", 0, 2))));

    /// <summary>One round without them.</summary>
    public static void MultiplyNumbers(PtxWriter text) => Repeat(Repeats, _ => Repeat(Sums, i =>
        text.Line($"fma.rn.f32 %sum{i}, %one0, %one1, %sum{i};")));

    /// <summary>Adds a lane's sums up and stores the result.</summary>
    public static void Store(PtxWriter text, string address) => Store(text, "%sum", Sums, address);

    /// <summary>The same of a warpgroup's sums.</summary>
    public static void StoreOfWarpgroup(PtxWriter text, string address) => Store(text, "%acc", WarpgroupSums, address);

    private static void Store(PtxWriter text, string sums, int count, string address)
    {
        Repeat(count - 1, i => text.Line($"add.rn.f32 {sums}0, {sums}0, {sums}{i + 1};"));
        text.Line($"st.global.f32 [{address}], {sums}0;");
    }
}
