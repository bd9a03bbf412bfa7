using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// Copies of float32 matrices as operands of tensor cores: rounded, each row filled up with zeros. A warp copies a row, neighbouring lanes neighbouring
/// elements.
/// </summary>
internal static class OperandCopy
{
    public const int Rows = 8;

    /// <summary>Rounds to bfloat16.</summary>
    /// <param name="source">[rows, depth].</param>
    /// <param name="target">[rows, width / 4].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="width">Elements of a row of the copy, a multiple of 64.</param>
    public static void BFloat16Kernel(ArrayView<float> source, ArrayView<BFloat16Four> target, int rows, int depth, int width)
    {
        int row = (Grid.IdxX * Rows) + Group.IdxY;
        if (row >= rows) return;
        for (int four = Group.IdxX; four < width / 4; four += 32)
        {
            Float4 values = Read(source, row, depth, four);
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %0, %1, %2;", out uint low, values.Y, values.X);
            CudaAsm.Emit("cvt.rn.bf16x2.f32 %0, %1, %2;", out uint high, values.W, values.Z);
            target[((long)row * (width / 4)) + four] = new BFloat16Four { Low = low, High = high };
        }
    }

    /// <summary>Rounds to TF32, which stays a float32; to the nearest, as dropped digits would make every product a little too small.</summary>
    /// <param name="source">[rows, depth].</param>
    /// <param name="target">[rows, width / 4].</param>
    /// <param name="rows">Rows.</param>
    /// <param name="depth">Elements of a row.</param>
    /// <param name="width">Elements of a row of the copy, a multiple of 64.</param>
    public static void TensorFloat32Kernel(ArrayView<float> source, ArrayView<Float4> target, int rows, int depth, int width)
    {
        int row = (Grid.IdxX * Rows) + Group.IdxY;
        if (row >= rows) return;
        for (int four = Group.IdxX; four < width / 4; four += 32)
        {
            Float4 values = Read(source, row, depth, four);
            target[((long)row * (width / 4)) + four] = new Float4(Round(values.X), Round(values.Y), Round(values.Z), Round(values.W));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Read(ArrayView<float> source, int row, int depth, int four)
    {
        int element = 4 * four;
        long at = ((long)row * depth) + element;
        if (depth % 4 == 0) return element < depth ? source.Cast<Float4>()[at / 4] : default;
        Float4 values = default;
        if (element < depth) values.X = source[at];
        if (element + 1 < depth) values.Y = source[at + 1];
        if (element + 2 < depth) values.Z = source[at + 2];
        if (element + 3 < depth) values.W = source[at + 3];
        return values;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Round(float value)
    {
        CudaAsm.Emit("cvt.rna.tf32.f32 %0, %1;", out uint bits, value);
        return Interop.IntAsFloat(bits);
    }

    /// <summary>Four bfloat16 numbers.</summary>
    internal struct BFloat16Four
    {
        public uint Low, High;
    }
}
