using System.Globalization;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda;

// What the copy engine of compute capability 9.0 is told of matrices and images: a computation of the driver, which the GPU takes no part in.
internal sealed unsafe partial class GpuDevice
{
    private const int BFloat16Elements = 9, NoInterleave = 0, Swizzle128 = 3, Promotion256 = 3, ZerosOutside = 0; // CUtensorMap…
    private const int MapAlignment = 64;

    public override TensorMap MapOf(long address, int columns, int rows)
    {
        using DriverWatch.Calls? calls = watch?.Begin("describing a matrix");
        byte* place = stackalloc byte[sizeof(TensorMap) + MapAlignment];
        TensorMap* map = Aligned(place);
        ulong* lengths = stackalloc ulong[] { (ulong)columns, (ulong)rows };
        ulong rowBytes = sizeof(ushort) * (ulong)columns;
        uint* box = stackalloc uint[] { PanelText.Side, PanelText.Side }, steps = stackalloc uint[] { 1, 1 };
        int error = driver.TensorMapEncode(
            map, BFloat16Elements, 2, (void*)address, lengths, &rowBytes, box, steps, NoInterleave, Swizzle128, Promotion256, ZerosOutside);
        if (error != 0)
            throw Failure(error, string.Create(CultureInfo.InvariantCulture, $"describing a matrix of {rows} x {columns} to its copy engine"));
        return *map;
    }

    public override TensorMap MapOf(ImageWindow window, int images, WindowBox box)
    {
        using DriverWatch.Calls? calls = watch?.Begin("describing images");
        byte* place = stackalloc byte[sizeof(TensorMap) + MapAlignment];
        TensorMap* map = Aligned(place);
        ulong pixelBytes = 16 * (ulong)window.PixelChunks, lineBytes = pixelBytes * (ulong)window.Width;
        ulong* lengths = stackalloc ulong[] { pixelBytes / sizeof(ushort), (ulong)window.Width, (ulong)window.Height, (ulong)images };
        ulong* strides = stackalloc ulong[] { pixelBytes, lineBytes, lineBytes * (ulong)window.Height };
        int* first = stackalloc int[] { box.FirstColumn, box.FirstRow }, last = stackalloc int[] { box.LastColumn, box.LastRow };
        uint* steps = stackalloc uint[] { 1, (uint)box.Step, (uint)box.Step, 1 };
        int error = driver.TensorMapEncodeWindows(
            map, BFloat16Elements, 4, (void*)window.Address, lengths, strides, first, last, PanelText.Side, PanelText.Side, steps, NoInterleave, Swizzle128, Promotion256,
            ZerosOutside);
        if (error != 0)
            throw Failure(error, string.Create(
                CultureInfo.InvariantCulture,
                $"describing {Counted.Of(images, "image")} of {window.Height} x {window.Width} with {Counted.Of(8 * window.PixelChunks, "channel")} to its copy engine"));
        return *map;
    }

    private static TensorMap* Aligned(byte* place) => (TensorMap*)(((nint)place + MapAlignment - 1) & -MapAlignment);
}
