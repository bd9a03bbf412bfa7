using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>Transposition of small blocks, the work of packing.</summary>
internal static unsafe class Transpose
{
    /// <summary>target[j·targetStride + i] = source[i·sourceStride + j] for 8 rows i and any number of columns j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void EightRows(float* source, long sourceStride, int columns, float* target, long targetStride)
    {
        int j = 0;
        if (Avx.IsSupported && InstructionSets.Chosen >= InstructionSet.Avx2)
        {
            for (; j + 8 <= columns; j += 8) Block(source + j, sourceStride, target + (j * targetStride), targetStride);
        }

        for (; j < columns; j++)
        {
            for (int i = 0; i < 8; i++) target[(j * targetStride) + i] = source[(i * sourceStride) + j];
        }
    }

    /// <summary>8 x 8 in registers: pairs, then quads, then halves change places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(float* s, long stride, float* t, long targetStride)
    {
        Vector256<float> r0 = Avx.LoadVector256(s), r1 = Avx.LoadVector256(s + stride), r2 = Avx.LoadVector256(s + (2 * stride)),
            r3 = Avx.LoadVector256(s + (3 * stride));
        s += 4 * stride;
        Vector256<float> r4 = Avx.LoadVector256(s), r5 = Avx.LoadVector256(s + stride), r6 = Avx.LoadVector256(s + (2 * stride)),
            r7 = Avx.LoadVector256(s + (3 * stride));
        Vector256<float> p0 = Avx.UnpackLow(r0, r1), p1 = Avx.UnpackHigh(r0, r1), p2 = Avx.UnpackLow(r2, r3), p3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> p4 = Avx.UnpackLow(r4, r5), p5 = Avx.UnpackHigh(r4, r5), p6 = Avx.UnpackLow(r6, r7), p7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> q0 = Avx.Shuffle(p0, p2, 0x44), q1 = Avx.Shuffle(p0, p2, 0xEE), q2 = Avx.Shuffle(p1, p3, 0x44), q3 = Avx.Shuffle(p1, p3, 0xEE);
        Vector256<float> q4 = Avx.Shuffle(p4, p6, 0x44), q5 = Avx.Shuffle(p4, p6, 0xEE), q6 = Avx.Shuffle(p5, p7, 0x44), q7 = Avx.Shuffle(p5, p7, 0xEE);
        Avx.Permute2x128(q0, q4, 0x20).Store(t);
        Avx.Permute2x128(q1, q5, 0x20).Store(t + targetStride);
        Avx.Permute2x128(q2, q6, 0x20).Store(t + (2 * targetStride));
        Avx.Permute2x128(q3, q7, 0x20).Store(t + (3 * targetStride));
        t += 4 * targetStride;
        Avx.Permute2x128(q0, q4, 0x31).Store(t);
        Avx.Permute2x128(q1, q5, 0x31).Store(t + targetStride);
        Avx.Permute2x128(q2, q6, 0x31).Store(t + (2 * targetStride));
        Avx.Permute2x128(q3, q7, 0x31).Store(t + (3 * targetStride));
    }
}
