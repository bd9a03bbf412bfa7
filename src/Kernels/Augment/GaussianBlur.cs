using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels;

/// <summary>The Gaussian blur of one view, one axis after the other, with the picture mirrored at its edges (the edge pixel itself not repeated).</summary>
internal static unsafe class GaussianBlur
{
    /// <summary>The workspace of one view.</summary>
    public static int FloatsFor(int height, int width, int radius) => PaddedLength(width, radius) + radius + 1 + (height * Pitch(width));

    /// <summary>Blurs the planes in place: y[i] = Σ_k w[|k|]·x[mirror(i + k)], w[k] = exp(−k² / 2σ²) over the sum of all weights.</summary>
    /// <param name="planes">The view.</param>
    /// <param name="height">Rows of the view, more than <paramref name="radius"/>.</param>
    /// <param name="width">Columns of the view, more than <paramref name="radius"/>.</param>
    /// <param name="sigma">Standard deviation in pixels.</param>
    /// <param name="radius">Pixels on each side that count.</param>
    /// <param name="workspace"><see cref="FloatsFor"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(Planes planes, int height, int width, float sigma, int radius, float* workspace)
    {
        float* padded = workspace, rows = padded + PaddedLength(width, radius), weights = rows + (height * Pitch(width));
        FillWeights(weights, sigma, radius);
        for (int channel = 0; channel < 3; channel++)
        {
            float* plane = planes.Red + ((long)channel * planes.Stride);
            for (int y = 0; y < height; y++) BlurRow(plane + (y * width), width, weights, radius, padded, rows + (y * Pitch(width)));
            for (int y = 0; y < height; y++) BlurColumns(rows, y, height, width, weights, radius, plane + (y * width));
        }
    }

    private static int Pitch(int width) => Planes.StrideFor(width);

    private static int PaddedLength(int width, int radius) => Pitch(width) + Planes.StrideFor(2 * radius);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillWeights(float* weights, float sigma, int radius)
    {
        double sum = 0;
        for (int k = -radius; k <= radius; k++) sum += Weight(k, sigma);
        for (int k = 0; k <= radius; k++) weights[k] = (float)(Weight(k, sigma) / sum);
    }

    private static double Weight(int distance, double sigma) => Math.Exp(-0.5 * (distance / sigma) * (distance / sigma));

    // Pairs of the same distance share a weight. Lanes behind the last column compute on zeros and are not read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlurRow(float* source, int width, float* weights, int radius, float* padded, float* target)
    {
        int length = PaddedLength(width, radius);
        for (int i = 0; i < radius; i++)
        {
            padded[radius - 1 - i] = source[i + 1];
            padded[radius + width + i] = source[width - 2 - i];
        }

        new ReadOnlySpan<float>(source, width).CopyTo(new Span<float>(padded + radius, width));
        new Span<float>(padded + (2 * radius) + width, length - (2 * radius) - width).Clear();
        for (int x = 0; x < width; x += Vector512<float>.Count)
        {
            float* centre = padded + radius + x;
            Vector512<float> sum = Vector512.Create(weights[0]) * Vector512.Load(centre);
            for (int k = 1; k <= radius; k++) sum += Vector512.Create(weights[k]) * (Vector512.Load(centre - k) + Vector512.Load(centre + k));
            sum.Store(target + x);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlurColumns(float* rows, int y, int height, int width, float* weights, int radius, float* target)
    {
        int pitch = Pitch(width);
        for (int x = 0; x < width; x += Vector512<float>.Count)
        {
            float* column = rows + x;
            Vector512<float> sum = Vector512.Create(weights[0]) * Vector512.Load(column + (y * pitch));
            for (int k = 1; k <= radius; k++)
            {
                int above = Math.Abs(y - k), below = height - 1 - Math.Abs(height - 1 - (y + k));
                sum += Vector512.Create(weights[k]) * (Vector512.Load(column + (above * pitch)) + Vector512.Load(column + (below * pitch)));
            }

            if (x + Vector512<float>.Count <= width) sum.Store(target + x);
            else for (int lane = 0; x + lane < width; lane++) target[x + lane] = sum[lane];
        }
    }
}
