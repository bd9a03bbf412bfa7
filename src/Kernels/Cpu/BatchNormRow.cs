using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The elementwise halves of batch norm on one row of channels.</summary>
internal static unsafe class BatchNormRow
{
    /// <summary>y = act(x·scale + shift + residual).</summary>
    public static void Apply<T>(T* x, float* scale, float* shift, T* residual, bool relu, T* y, int channels)
        where T : unmanaged, IActivation<T>
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Apply<T, SixteenLanes>(x, scale, shift, residual, relu, y, c, channels);
        c = Apply<T, VectorLanes>(x, scale, shift, residual, relu, y, c, channels);
        Apply<T, OneLane>(x, scale, shift, residual, relu, y, c, channels);
    }

    /// <summary>With g = dy, or 0 where y is not above 0: dresidual = g, dx = a·g + b·x + d.</summary>
    public static void Gradient<T>(T* dy, T* y, T* x, float* a, float* b, float* d, T* dx, T* dresidual, int channels)
        where T : unmanaged, IActivation<T>
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated) c = Gradient<T, SixteenLanes>(dy, y, x, a, b, d, dx, dresidual, c, channels);
        c = Gradient<T, VectorLanes>(dy, y, x, a, b, d, dx, dresidual, c, channels);
        Gradient<T, OneLane>(dy, y, x, a, b, d, dx, dresidual, c, channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Apply<T, TLanes>(T* x, float* scale, float* shift, T* residual, bool relu, T* y, int c, int channels)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        for (; c + TLanes.Count <= channels; c += TLanes.Count)
        {
            TLanes value = (TLanes.Load(x + c) * TLanes.Load(scale + c)) + TLanes.Load(shift + c);
            if (residual != null) value += TLanes.Load(residual + c);
            if (relu) value = TLanes.Rectified(value);
            value.Store(y + c);
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Gradient<T, TLanes>(T* dy, T* y, T* x, float* a, float* b, float* d, T* dx, T* dresidual, int c, int channels)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        for (; c + TLanes.Count <= channels; c += TLanes.Count)
        {
            TLanes g = TLanes.Load(dy + c);
            if (y != null) g = TLanes.WhereAboveZero(TLanes.Load(y + c), g);
            TLanes value = (TLanes.Load(a + c) * g) + ((TLanes.Load(b + c) * TLanes.Load(x + c)) + TLanes.Load(d + c));
            if (dresidual != null) g.Store(dresidual + c);
            value.Store(dx + c);
        }

        return c;
    }
}
