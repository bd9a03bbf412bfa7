using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>What the copy engine is told of matrices and images: CUDA driver API, cuTensorMapEncodeTiled and cuTensorMapEncodeIm2col.</summary>
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

    [UnmanagedCallersOnly]
    private static int cuTensorMapEncodeIm2col(
        TensorMap* map, int type, uint rank, void* address, ulong* lengths, ulong* strides, int* first, int* last, uint channels, uint windows, uint* steps, int interleave,
        int swizzle, int promotion, int outside)
    {
        const int BFloat16 = 9, Bytes128 = 3;
        if ((nint)map % 64 != 0 || type != BFloat16 || rank != 4 || steps[0] != 1 || steps[1] != steps[2] || steps[3] != 1 || interleave != 0 || swizzle != Bytes128
            || promotion is < 0 or > 3 || outside != 0 || strides[0] != 2 * lengths[0] || strides[1] != strides[0] * lengths[1] || strides[2] != strides[1] * lengths[2])
        {
            return InvalidValue;
        }

        try
        {
            byte[] bytes = new BoxedWindows(
                (ulong)address, (long)lengths[0], (long)lengths[1], (long)lengths[2], (long)lengths[3], first[0], first[1], last[0], last[1], (int)steps[1], (int)channels,
                (int)windows, 2, 128).Encode();
            *map = MemoryMarshal.Read<TensorMap>(bytes);
            return 0;
        }
        catch (ArgumentException)
        {
            return InvalidValue;
        }
    }
}
