using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels;

/// <summary>Crop, resize and flip of one image: bytes in, planes of 0..1 out.</summary>
internal static unsafe class CropResize
{
    private const int BlockLength = 16; // bytes: one Vector128, which widens to one Vector512 of floats

    /// <summary>The workspace of one view.</summary>
    public static int FloatsFor(int cropHeight, int cropWidth, int height, int width) =>
        ResizeAxis.FloatsFor(cropHeight, height) + ResizeAxis.FloatsFor(cropWidth, width) + RowLength(cropWidth);

    /// <summary>Row by row: the crop's rows are mixed into one row (vector lanes are its bytes), whose pixels are mixed into the view's.</summary>
    /// <param name="corner">The crop's first pixel.</param>
    /// <param name="pitch">Bytes from one row of the image to the next.</param>
    /// <param name="cropHeight">Rows of the crop.</param>
    /// <param name="cropWidth">Columns of the crop.</param>
    /// <param name="flip">Whether to mirror left and right.</param>
    /// <param name="planes">Receives the view.</param>
    /// <param name="height">Rows of the view.</param>
    /// <param name="width">Columns of the view.</param>
    /// <param name="workspace"><see cref="FloatsFor"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(byte* corner, long pitch, int cropHeight, int cropWidth, bool flip, Planes planes, int height, int width, float* workspace)
    {
        ResizeAxis rows = new(cropHeight, height, false, 1 / 255.0, workspace);
        workspace += ResizeAxis.FloatsFor(cropHeight, height);
        ResizeAxis columns = new(cropWidth, width, flip, 1, workspace);
        workspace += ResizeAxis.FloatsFor(cropWidth, width);

        // The pixel behind the row's last is read with it, in a vector of four.
        workspace[3 * cropWidth] = 0;
        for (int y = 0; y < height; y++)
        {
            MixRows(corner + (rows.First[y] * pitch), pitch, rows.Weights + ((long)y * rows.Taps), rows.Taps, 3 * cropWidth, workspace);
            int start = y * width;
            if (columns.Taps == 2) MixPixelPairs(workspace, columns, planes.Red + start, planes.Green + start, planes.Blue + start, width);
            else MixPixels(workspace, columns, planes.Red + start, planes.Green + start, planes.Blue + start, width);
        }

        planes.ClearTails();
    }

    // The bytes and one float more, in whole cache lines.
    private static int RowLength(int cropWidth) => ((3 * cropWidth) + 1 + 15) / 16 * 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixRows(byte* first, long pitch, float* weights, int taps, int length, float* row)
    {
        if (length < BlockLength)
        {
            for (int i = 0; i < length; i++)
            {
                float sum = 0;
                for (int tap = 0; tap < taps; tap++) sum += weights[tap] * first[(tap * pitch) + i];
                row[i] = sum;
            }

            return;
        }

        // The last block ends with the row and overlaps the one before: nothing outside the image is read.
        for (int i = 0; ; i = Math.Min(i + BlockLength, length - BlockLength))
        {
            byte* source = first + i;
            Vector512<float> sum = Vector512.Create(weights[0]) * Floats(source);
            for (int tap = 1; tap < taps; tap++)
            {
                source += pitch;
                sum += Vector512.Create(weights[tap]) * Floats(source);
            }

            sum.Store(row + i);
            if (i == length - BlockLength) return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Floats(byte* source)
    {
        if (Avx512F.IsSupported) return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load(source)));
        if (Avx2.IsSupported)
            return Vector512.Create(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(source)),
                Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(source + 8)));
        (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(source));
        (Vector128<uint> first, Vector128<uint> second) = Vector128.Widen(low);
        (Vector128<uint> third, Vector128<uint> fourth) = Vector128.Widen(high);
        return Vector512.Create(
            Vector256.Create(Vector128.ConvertToSingle(first.AsInt32()), Vector128.ConvertToSingle(second.AsInt32())),
            Vector256.Create(Vector128.ConvertToSingle(third.AsInt32()), Vector128.ConvertToSingle(fourth.AsInt32())));
    }

    // Lanes are red, green, blue and the next pixel's red, which is not used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixPixels(float* row, ResizeAxis columns, float* red, float* green, float* blue, int width)
    {
        float* weights = columns.Weights;
        for (int x = 0; x < width; x++)
        {
            float* pixel = row + (3L * columns.First[x]);
            Vector128<float> sum = Vector128<float>.Zero;
            for (int tap = 0; tap < columns.Taps; tap++) sum += Vector128.Create(*weights++) * Vector128.Load(pixel + (3 * tap));
            red[x] = sum[0];
            green[x] = sum[1];
            blue[x] = sum[2];
        }
    }

    // Two taps are what every crop has that is not larger than the view.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MixPixelPairs(float* row, ResizeAxis columns, float* red, float* green, float* blue, int width)
    {
        float* weights = columns.Weights;
        for (nint x = 0; x < width; x++, weights += 2)
        {
            float* pixel = row + (3L * columns.First[x]);
            Vector128<float> sum = (Vector128.Create(weights[0]) * Vector128.Load(pixel)) + (Vector128.Create(weights[1]) * Vector128.Load(pixel + 3));
            red[x] = sum[0];
            green[x] = sum[1];
            blue[x] = sum[2];
        }
    }
}
