using System.Globalization;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda;

// What the copy engine of compute capability 9.0 is told of a matrix: a computation of the driver, which the GPU takes no part in.
internal sealed unsafe partial class GpuDevice
{
    private const int BFloat16Elements = 9, NoInterleave = 0, Swizzle128 = 3, Promotion256 = 3, ZerosOutside = 0; // CUtensorMap…
    private const int MapAlignment = 64;

    public override TensorMap MapOf(long address, int columns, int rows)
    {
        using DriverWatch.Calls? calls = watch?.Begin("describing a matrix");
        byte* place = stackalloc byte[sizeof(TensorMap) + MapAlignment];
        TensorMap* map = (TensorMap*)(((nint)place + MapAlignment - 1) & -MapAlignment);
        ulong* lengths = stackalloc ulong[] { (ulong)columns, (ulong)rows };
        ulong rowBytes = sizeof(ushort) * (ulong)columns;
        uint* box = stackalloc uint[] { PanelText.Side, PanelText.Side }, steps = stackalloc uint[] { 1, 1 };
        int error = driver.TensorMapEncode(
            map, BFloat16Elements, 2, (void*)address, lengths, &rowBytes, box, steps, NoInterleave, Swizzle128, Promotion256, ZerosOutside);
        Check(error, string.Create(CultureInfo.InvariantCulture, $"describing a matrix of {rows} x {columns} to its copy engine"));
        return *map;
    }
}
