using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override void AddBiasCore(Tensor b, Tensor y)
    {
        if (y.Type == ElementType.BFloat16) AddBias<BFloat16Activation>(b, y);
        else AddBias<Float32Activation>(b, y);
    }

    /// <inheritdoc/>
    private protected override unsafe void AddBiasGradientCore(Tensor dy, Tensor db)
    {
        // One thread: a head has a few hundred rows, and the order of the sum is the order of the rows.
        float* sums = Scratch.Shared(db.Count);
        if (dy.Type == ElementType.BFloat16) ColumnSums.Add(BFloat16Activation.Of(dy), dy.Rows, dy.Columns, sums);
        else ColumnSums.Add(Float32Activation.Of(dy), dy.Rows, dy.Columns, sums);
        TensorPrimitives.Add(db.Floats, new ReadOnlySpan<float>(sums, (int)db.Count), db.Floats);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void AddBias<T>(Tensor b, Tensor y)
        where T : unmanaged, IActivation<T>
    {
        int columns = y.Columns, rows = y.Rows;
        T* to = T.Of(y);
        for (int row = 0; row < rows; row++, to += columns)
        {
            int c = AddBias<T, VectorLanes>(b.FloatPointer, to, 0, columns);
            AddBias<T, OneLane>(b.FloatPointer, to, c, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe int AddBias<T, TLanes>(float* bias, T* to, int c, int columns)
        where T : unmanaged, IActivation<T>
        where TLanes : struct, ILanes<TLanes>
    {
        for (; c + TLanes.Count <= columns; c += TLanes.Count) (TLanes.Load(to + c) + TLanes.Load(bias + c)).Store(to + c);
        return c;
    }
}
