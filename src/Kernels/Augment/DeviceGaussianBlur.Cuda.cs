using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>The Gaussian blur of <see cref="GaussianBlur"/> by the threads of one block, one plane and one axis after the other.</summary>
internal static class DeviceGaussianBlur
{
    /// <summary>Fills the weights, which still have to be divided by their sum. A barrier must follow.</summary>
    public static void FillWeights(ArrayView<float> weights, float sigma, int radius)
    {
        for (int k = Group.IdxX; k <= radius; k += Group.DimX) weights[k] = (float)DeviceMath.Exp(-0.5 * (k / (double)sigma) * (k / (double)sigma));
    }

    /// <summary>One over the sum of all weights.</summary>
    public static float InverseSum(ArrayView<float> weights, int radius)
    {
        float sum = 0;
        for (int k = radius; k > 0; k--) sum += weights[k];
        return 1 / ((2 * sum) + weights[0]);
    }

    /// <summary>Blurs along the rows: neighbouring threads have neighbouring columns.</summary>
    public static void Rows(ArrayView<float> source, ArrayView<float> target, ArrayView<float> weights, float inverse, int height, int width, int radius)
    {
        int last = width - 1;
        for (int pixel = Group.IdxX; pixel < height * width; pixel += Group.DimX)
        {
            int x = pixel % width, row = pixel - x;
            float sum = weights[0] * source[pixel];
            for (int k = 1; k <= radius; k++)
            {
                int left = XMath.Abs(x - k), right = last - XMath.Abs(last - x - k);
                sum += weights[k] * (source[row + left] + source[row + right]);
            }

            target[pixel] = sum * inverse;
        }
    }

    /// <summary>Blurs along the columns: neighbouring threads have neighbouring columns.</summary>
    public static void Columns(ArrayView<float> source, ArrayView<float> target, ArrayView<float> weights, float inverse, int height, int width, int radius)
    {
        int last = height - 1;
        for (int pixel = Group.IdxX; pixel < height * width; pixel += Group.DimX)
        {
            int y = pixel / width, x = pixel - (y * width);
            float sum = weights[0] * source[pixel];
            for (int k = 1; k <= radius; k++)
            {
                int above = XMath.Abs(y - k), below = last - XMath.Abs(last - y - k);
                sum += weights[k] * (source[(above * width) + x] + source[(below * width) + x]);
            }

            target[pixel] = sum * inverse;
        }
    }
}
