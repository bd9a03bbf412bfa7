using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Peak;

/// <summary>Kernels that only multiply, one for each precision. Each thread stores the sum of what it has added up.</summary>
internal static class PeakKernels
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    /// <summary>The kernel of a precision, the FLOPs of a thread's round, and what a round adds to a thread's result.</summary>
    public static (Delegate Kernel, double Flops, double Added) Of(Precision precision) => precision switch
    {
        Precision.BFloat16 => (BFloat16Kernel, 2.0 * PeakText.Sums * PeakText.Repeats * 16, PeakText.Sums * PeakText.Repeats * 16),
        Precision.TensorFloat32 => (TensorFloat32Kernel, 2.0 * PeakText.Sums * PeakText.Repeats * 8, PeakText.Sums * PeakText.Repeats * 8),
        _ => (Float32Kernel, 2.0 * PeakText.Sums * PeakText.Repeats, PeakText.Sums * PeakText.Repeats),
    };

    [LaunchBounds(Threads)]
    public static void BFloat16Kernel(long results, int rounds)
    {
        CudaAsm.Emit(".expand peak Start 0x3f803f80;");
        for (int round = 0; round < rounds; round++) CudaAsm.Emit(".expand peak MultiplyMatrices BFloat16;");
        CudaAsm.Emit(".expand peak Store %0;", Place(results));
    }

    [LaunchBounds(Threads)]
    public static void TensorFloat32Kernel(long results, int rounds)
    {
        CudaAsm.Emit(".expand peak Start 0x3f800000;");
        for (int round = 0; round < rounds; round++) CudaAsm.Emit(".expand peak MultiplyMatrices TensorFloat32;");
        CudaAsm.Emit(".expand peak Store %0;", Place(results));
    }

    [LaunchBounds(Threads)]
    public static void Float32Kernel(long results, int rounds)
    {
        CudaAsm.Emit(".expand peak Start 0x3f800000;");
        for (int round = 0; round < rounds; round++) CudaAsm.Emit(".expand peak MultiplyNumbers;");
        CudaAsm.Emit(".expand peak Store %0;", Place(results));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Place(long results) => results + ((((long)Grid.IdxX * Threads) + Group.IdxX) * sizeof(float));
}
