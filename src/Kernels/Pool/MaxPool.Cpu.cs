using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding)
    {
        MaxPoolWindows windows = new(x, y, kernel, stride, padding);
        if (x.Type == ElementType.BFloat16) MaxPoolForward<BFloat16Activation>(x, y, winner, windows);
        else MaxPoolForward<Float32Activation>(x, y, winner, windows);
    }

    /// <inheritdoc/>
    private protected override void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx, int kernel, int stride, int padding)
    {
        MaxPoolWindows windows = new(dx, dy, kernel, stride, padding);
        if (dx.Type == ElementType.BFloat16) MaxPoolBackward<BFloat16Activation>(dy, winner, dx, windows);
        else MaxPoolBackward<Float32Activation>(dy, winner, dx, windows);
    }

    private unsafe void MaxPoolForward<T>(Tensor x, Tensor y, Tensor winner, MaxPoolWindows windows)
        where T : unmanaged, IActivation<T> =>
        Workers.Run(y[0] * y[1], new MaxPoolRow<T> { X = T.Of(x), Y = T.Of(y), Winner = winner.IntPointer, Channels = x[3], Windows = windows });

    private unsafe void MaxPoolBackward<T>(Tensor dy, Tensor winner, Tensor dx, MaxPoolWindows windows)
        where T : unmanaged, IActivation<T> =>
        Workers.Run(dx[0] * dx[1], new MaxPoolGradientRow<T> { Dy = T.Of(dy), Winner = winner.IntPointer, Dx = T.Of(dx), Channels = dx[3], Windows = windows });

    /// <summary>Which pixels a window has and which windows a pixel is in.</summary>
    private readonly struct MaxPoolWindows(Tensor image, Tensor pooled, int kernel, int stride, int padding)
    {
        public readonly int Height = image[1], Width = image[2], OutputHeight = pooled[1], OutputWidth = pooled[2];

        /// <summary>The pixels of an output along one axis, the last not among them.</summary>
        public (int First, int End) Pixels(int output, int length) =>
            (Math.Max(0, (output * stride) - padding), Math.Min(length, (output * stride) - padding + kernel));

        /// <summary>The outputs whose windows have a pixel along one axis, the last not among them.</summary>
        public (int First, int End) Outputs(int pixel, int outputs)
        {
            int reach = pixel + padding - kernel; // Windows that start here or before end before the pixel.
            return (reach < 0 ? 0 : (reach / stride) + 1, Math.Min(outputs, ((pixel + padding) / stride) + 1));
        }
    }

    /// <summary>One row of output pixels.</summary>
    private unsafe struct MaxPoolRow<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X, Y;
        public int* Winner;
        public int Channels;
        public MaxPoolWindows Windows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int n = chunk / Windows.OutputHeight, p = chunk % Windows.OutputHeight;
            T* image = X + ((long)n * Windows.Height * Windows.Width * Channels);
            (int top, int bottom) = Windows.Pixels(p, Windows.Height);
            for (int q = 0; q < Windows.OutputWidth; q++)
            {
                (int left, int right) = Windows.Pixels(q, Windows.Width);
                long target = (((long)chunk * Windows.OutputWidth) + q) * Channels;
                Pixel(image, top, bottom, left, right, Y + target, Winner + target);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pixel(T* image, int top, int bottom, int left, int right, T* y, int* winner)
        {
            int c = Vector512.IsHardwareAccelerated ? Channel<SixteenLanes>(image, top, bottom, left, right, y, winner, 0) : 0;
            c = Channel<VectorLanes>(image, top, bottom, left, right, y, winner, c);
            Channel<OneLane>(image, top, bottom, left, right, y, winner, c);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Channel<TLanes>(T* image, int top, int bottom, int left, int right, T* y, int* winner, int c)
            where TLanes : struct, ILanes<TLanes>
        {
            int width = Windows.Width, channels = Channels;
            for (; c + TLanes.Count <= channels; c += TLanes.Count)
            {
                TLanes best = TLanes.Of(float.NegativeInfinity), place = TLanes.Of((top * width) + left);
                for (int h = top; h < bottom; h++)
                {
                    T* pixel = image + ((((long)h * width) + left) * channels) + c;
                    for (int w = left; w < right; w++, pixel += channels)
                        (best, place) = TLanes.Greater(best, place, TLanes.Load(pixel), TLanes.Of((h * width) + w));
                }

                best.Store(y + c);
                place.Store(winner + c);
            }

            return c;
        }
    }

    /// <summary>One row of pixels of dx, each of which asks the windows around it, in their order, who won them: one sum, stored once.</summary>
    private unsafe struct MaxPoolGradientRow<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* Dy, Dx;
        public int* Winner;
        public int Channels;
        public MaxPoolWindows Windows;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int n = chunk / Windows.Height, h = chunk % Windows.Height;
            long image = (long)n * Windows.OutputHeight * Windows.OutputWidth * Channels;
            (int top, int bottom) = Windows.Outputs(h, Windows.OutputHeight);
            for (int w = 0; w < Windows.Width; w++)
            {
                (int left, int right) = Windows.Outputs(w, Windows.OutputWidth);
                Pixel(Dy + image, Winner + image, (h * Windows.Width) + w, top, bottom, left, right, Dx + ((((long)chunk * Windows.Width) + w) * Channels));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Pixel(T* dy, int* winner, int pixel, int top, int bottom, int left, int right, T* dx)
        {
            int c = Vector512.IsHardwareAccelerated ? Channel<SixteenLanes>(dy, winner, pixel, top, bottom, left, right, dx, 0) : 0;
            c = Channel<VectorLanes>(dy, winner, pixel, top, bottom, left, right, dx, c);
            Channel<OneLane>(dy, winner, pixel, top, bottom, left, right, dx, c);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Channel<TLanes>(T* dy, int* winner, int pixel, int top, int bottom, int left, int right, T* dx, int c)
            where TLanes : struct, ILanes<TLanes>
        {
            int width = Windows.OutputWidth, channels = Channels;
            TLanes own = TLanes.Of(pixel);
            for (; c + TLanes.Count <= channels; c += TLanes.Count)
            {
                TLanes sum = default;
                for (int p = top; p < bottom; p++)
                {
                    long at = ((((long)p * width) + left) * channels) + c;
                    for (int q = left; q < right; q++, at += channels) sum += TLanes.WhereSame(TLanes.Load(winner + at), own, TLanes.Load(dy + at));
                }

                sum.Store(dx + c);
            }

            return c;
        }
    }
}
