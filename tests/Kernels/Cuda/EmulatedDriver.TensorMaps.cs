using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>What the copy engine is told of matrices: CUDA driver API, cuTensorMapEncodeTiled.</summary>
internal static unsafe partial class EmulatedDriver
{
    [UnmanagedCallersOnly]
    private static int cuTensorMapEncodeTiled(
        TensorMap* map, int type, uint rank, void* address, ulong* lengths, ulong* strides, uint* box, uint* steps, int interleave, int swizzle, int promotion, int outside)
    {
        const int BFloat16 = 9, Bytes128 = 3;
        if ((nint)map % 64 != 0 || type != BFloat16 || rank != 2 || steps[0] != 1 || steps[1] != 1 || interleave != 0 || swizzle != Bytes128 || promotion is < 0 or > 3 || outside != 0)
            return InvalidValue;
        try
        {
            byte[] bytes = new BoxedTensor((ulong)address, (long)lengths[0], (long)lengths[1], (long)strides[0], (int)box[0], (int)box[1], 2, 128).Encode();
            *map = MemoryMarshal.Read<TensorMap>(bytes);
            return 0;
        }
        catch (ArgumentException)
        {
            return InvalidValue;
        }
    }
}
