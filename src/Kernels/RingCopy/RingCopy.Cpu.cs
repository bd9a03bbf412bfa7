using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override void CopyToRingCore(Tensor x, Tensor ring, int first)
    {
        for (int row = Math.Max(0, x[0] - ring[0]); row < x[0];)
        {
            int place = (int)(((long)first + row) % ring[0]), count = Math.Min(x[0] - row, ring[0] - place);
            CopyCore(x.Slice(row, count), ring.Slice(place, count));
            row += count;
        }
    }
}
