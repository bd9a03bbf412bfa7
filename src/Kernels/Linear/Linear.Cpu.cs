using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override void AddBiasCore(Tensor b, Tensor y)
    {
        for (int row = 0; row < y.Rows; row++) TensorPrimitives.Add(y.Row(row), b.Floats, y.Row(row));
    }

    /// <inheritdoc/>
    protected override unsafe void AddBiasGradientCore(Tensor dy, Tensor db)
    {
        // One thread: a head has a few hundred rows, and the order of the sum is the order of the rows.
        Span<float> sums = new(Scratch.Shared(db.Count), (int)db.Count);
        ColumnSums.Add(dy.FloatPointer, dy.Rows, dy.Columns, sums);
        TensorPrimitives.Add(db.Floats, sums, db.Floats);
    }
}
