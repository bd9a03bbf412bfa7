using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda.Peak;

/// <summary>Kernels that only multiply, one for each precision and one for warpgroups. Each thread stores the sum of what it has added up.</summary>
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

    /// <summary>The same of warpgroups in bfloat16.</summary>
    public static (Delegate Kernel, double Flops, double Added) OfWarpgroups =>
        (WarpgroupKernel, 2.0 * PeakText.WarpgroupSums * PeakText.WarpgroupDepth, PeakText.WarpgroupSums * PeakText.WarpgroupDepth);

    /// <summary>Bytes of the ones in shared memory that products of warpgroups read: a panel for all rows, four for all columns.</summary>
    public const int WarpgroupSharedBytes = 5 * PanelText.Bytes;

    /// <summary>Two warpgroups of 64 x 256, whose operands are the same at every step.</summary>
    [LaunchBounds(Threads, 1)]
    public static void WarpgroupKernel(long results, int rounds)
    {
        ArrayView<int> ones = SharedMemory.GetDynamic<int>();
        for (int i = Group.IdxX; i < WarpgroupSharedBytes >> 2; i += Threads) ones[i] = 0x3f803f80;
        CudaAsm.Emit(".expand panels ClearSums;");
        CudaAsm.Emit(".expand warpgroups Publish;");
        Group.Barrier();
        for (int round = 0; round < rounds; round++)
        {
            WarpgroupWide.Multiply<ContiguousDepth, ContiguousDepth>(0, PanelText.Bytes);
            CudaAsm.Emit(".expand warpgroups Wait 1;");
        }

        CudaAsm.Emit(".expand warpgroups Wait 0;");
        CudaAsm.Emit(".expand peak StoreOfWarpgroup %0;", Place(results));
    }

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
