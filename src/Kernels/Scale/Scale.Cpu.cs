using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void ScaleCore(Tensor x, float factor, Tensor y)
    {
        if (x.Type == ElementType.BFloat16) ScaleRuns<BFloat16Activation>(x, factor, y);
        else ScaleRuns<Float32Activation>(x, factor, y);
    }

    private unsafe void ScaleRuns<T>(Tensor x, float factor, Tensor y)
        where T : unmanaged, IActivation<T>
    {
        ScaledRuns<T> work = new() { X = T.Of(x), Y = T.Of(y), Factor = factor, Count = y.Count };
        Workers.Run(work.Chunks, work);
    }

    private unsafe struct ScaledRuns<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X, Y;
        public float Factor;
        public long Count;

        public readonly int Chunks => (int)Tiling.Blocks(Count, ChannelRows.ElementsPerRun);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            long first = (long)chunk * ChannelRows.ElementsPerRun;
            int length = (int)Math.Min(ChannelRows.ElementsPerRun, Count - first);
            T* x = X + first, y = Y + first;
            int i = Vector512.IsHardwareAccelerated ? Multiply<SixteenLanes>(x, y, 0, length) : 0;
            i = Multiply<VectorLanes>(x, y, i, length);
            Multiply<OneLane>(x, y, i, length);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Multiply<TLanes>(T* x, T* y, int i, int length)
            where TLanes : struct, ILanes<TLanes>
        {
            TLanes factor = TLanes.Of(Factor);
            for (; i + TLanes.Count <= length; i += TLanes.Count) (TLanes.Load(x + i) * factor).Store(y + i);
            return i;
        }
    }
}
