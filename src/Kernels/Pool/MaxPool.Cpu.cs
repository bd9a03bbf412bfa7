using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding) =>
        Workers.Run(y[0] * y[1], new MaxPoolRow
        {
            X = x.FloatPointer, Y = y.FloatPointer, Winner = winner.IntPointer, Height = x[1], Width = x[2], Channels = x[3],
            OutputHeight = y[1], OutputWidth = y[2], Kernel = kernel, Stride = stride, Padding = padding,
        });

    /// <inheritdoc/>
    protected override unsafe void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx, int kernel, int stride, int padding) =>
        Workers.Run(dy[0], new MaxPoolGradient
        {
            Dy = dy.FloatPointer, Winner = winner.IntPointer, Dx = dx.FloatPointer, Outputs = dy[1] * dy[2], Pixels = dx[1] * dx[2], Channels = dy[3],
        });

    /// <summary>One row of output pixels.</summary>
    private unsafe struct MaxPoolRow : IChunks
    {
        public float* X, Y;
        public int* Winner;
        public int Height, Width, Channels, OutputHeight, OutputWidth, Kernel, Stride, Padding;

        public void Run(int chunk, int worker)
        {
            int n = chunk / OutputHeight, p = chunk % OutputHeight;
            float* image = X + ((long)n * Height * Width * Channels);
            int top = Math.Max(0, (p * Stride) - Padding), bottom = Math.Min(Height, (p * Stride) - Padding + Kernel);
            for (int q = 0; q < OutputWidth; q++)
            {
                int left = Math.Max(0, (q * Stride) - Padding), right = Math.Min(Width, (q * Stride) - Padding + Kernel);
                long target = (((long)chunk * OutputWidth) + q) * Channels;
                Pixel(image, top, bottom, left, right, Y + target, Winner + target);
            }
        }

        private readonly void Pixel(float* image, int top, int bottom, int left, int right, float* y, int* winner)
        {
            int lanes = Vector<float>.Count, c = 0;
            for (; c + lanes <= Channels; c += lanes)
            {
                Vector<float> best = new(float.NegativeInfinity);
                Vector<int> place = new((top * Width) + left);
                for (int h = top; h < bottom; h++)
                {
                    for (int w = left; w < right; w++)
                    {
                        Vector<float> value = Unsafe.ReadUnaligned<Vector<float>>(image + ((((long)h * Width) + w) * Channels) + c);

                        // Not (value <= best): NaN wins too, and nothing wins against it, so that a broken activation is seen, not hidden.
                        Vector<int> better = Vector.AndNot(Vector.Equals(best, best), Vector.LessThanOrEqual(value, best));
                        best = Vector.ConditionalSelect(better, value, best);
                        place = Vector.ConditionalSelect(better, new Vector<int>((h * Width) + w), place);
                    }
                }

                Unsafe.WriteUnaligned(y + c, best);
                Unsafe.WriteUnaligned(winner + c, place);
            }

            for (; c < Channels; c++)
            {
                float best = float.NegativeInfinity;
                int place = (top * Width) + left;
                for (int h = top; h < bottom; h++)
                {
                    for (int w = left; w < right; w++)
                    {
                        float value = image[((((long)h * Width) + w) * Channels) + c];
                        if (value <= best || float.IsNaN(best)) continue;
                        best = value;
                        place = (h * Width) + w;
                    }
                }

                y[c] = best;
                winner[c] = place;
            }
        }
    }

    /// <summary>One image: windows of one image can share a winner, those of two cannot.</summary>
    private unsafe struct MaxPoolGradient : IChunks
    {
        public float* Dy, Dx;
        public int* Winner;
        public int Outputs, Pixels, Channels;

        public void Run(int chunk, int worker)
        {
            float* dx = Dx + ((long)chunk * Pixels * Channels);
            new Span<float>(dx, checked(Pixels * Channels)).Clear();
            long first = (long)chunk * Outputs * Channels;
            float* dy = Dy + first;
            int* winner = Winner + first;
            for (int output = 0; output < Outputs; output++)
            {
                for (int c = 0; c < Channels; c++) dx[((long)winner[c] * Channels) + c] += dy[c];
                dy += Channels;
                winner += Channels;
            }
        }
    }
}
