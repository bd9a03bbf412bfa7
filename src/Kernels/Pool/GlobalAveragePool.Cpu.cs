using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override void GlobalAveragePoolForwardCore(Tensor x, Tensor y)
    {
        if (x.Type == ElementType.BFloat16) AveragePixels<BFloat16Activation>(x, y);
        else AveragePixels<Float32Activation>(x, y);
    }

    /// <inheritdoc/>
    private protected override void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx)
    {
        if (dx.Type == ElementType.BFloat16) SpreadGradient<BFloat16Activation>(dy, dx);
        else SpreadGradient<Float32Activation>(dy, dx);
    }

    private unsafe void AveragePixels<T>(Tensor x, Tensor y)
        where T : unmanaged, IActivation<T> =>
        Workers.Run(x[0], new AveragedPixels<T> { X = T.Of(x), Y = T.Of(y), Scratch = Scratch, Pixels = x[1] * x[2], Channels = x[3] });

    private unsafe void SpreadGradient<T>(Tensor dy, Tensor dx)
        where T : unmanaged, IActivation<T> =>
        Workers.Run(dx[0], new SpreadGradients<T> { Dy = T.Of(dy), Dx = T.Of(dx), Pixels = dx[1] * dx[2], Channels = dx[3] });

    /// <summary>to[i] = from[i] / divisor.</summary>
    private static unsafe void DivideRow<TFrom, TTo>(TFrom* from, float divisor, TTo* to, int count)
        where TFrom : unmanaged, IActivation<TFrom>
        where TTo : unmanaged, IActivation<TTo>
    {
        int i = DivideRow<TFrom, TTo, VectorLanes>(from, divisor, to, 0, count);
        DivideRow<TFrom, TTo, OneLane>(from, divisor, to, i, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int AddRow<T, TLanes>(T* from, float* sums, int c, int channels)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        for (; c + TLanes.Count <= channels; c += TLanes.Count) (TLanes.Load(sums + c) + TLanes.Load(from + c)).Store(sums + c);
        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int DivideRow<TFrom, TTo, TLanes>(TFrom* from, float divisor, TTo* to, int i, int count)
        where TFrom : unmanaged, IActivation<TFrom>
        where TTo : unmanaged, IActivation<TTo>
        where TLanes : struct, ILanes<TLanes>
    {
        for (; i + TLanes.Count <= count; i += TLanes.Count) (TLanes.Load(from + i) / TLanes.Of(divisor)).Store(to + i);
        return i;
    }

    private unsafe struct AveragedPixels<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X, Y;
        public Scratch Scratch;
        public int Pixels, Channels;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            // Pixel by pixel, as they lie: a few columns at a time would touch one cache line of each of them.
            float* sums = Scratch.OfWorker(worker, Channels);
            new Span<float>(sums, Channels).Clear();
            T* pixel = X + ((long)chunk * Pixels * Channels);
            for (int i = 0; i < Pixels; i++, pixel += Channels)
            {
                int c = Vector512.IsHardwareAccelerated ? AddRow<T, SixteenLanes>(pixel, sums, 0, Channels) : 0;
                c = AddRow<T, VectorLanes>(pixel, sums, c, Channels);
                AddRow<T, OneLane>(pixel, sums, c, Channels);
            }

            DivideRow((Float32Activation*)sums, Pixels, Y + ((long)chunk * Channels), Channels);
        }
    }

    private unsafe struct SpreadGradients<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* Dy, Dx;
        public int Pixels, Channels;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            T* dx = Dx + ((long)chunk * Pixels * Channels);
            DivideRow(Dy + ((long)chunk * Channels), Pixels, dx, Channels);
            ReadOnlySpan<T> first = new(dx, Channels);
            for (int pixel = 1; pixel < Pixels; pixel++) first.CopyTo(new Span<T>(dx + ((long)pixel * Channels), Channels));
        }
    }
}
