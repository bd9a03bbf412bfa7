using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void AdamWStepCore(
        Tensor parameters, Tensor gradients, Tensor first, Tensor second, ReadOnlySpan<ParameterSegment> segments, int step, float learningRate,
        float weightDecay, float beta1,
        float beta2, float epsilon)
    {
        SegmentTable table = segmentTable.Cut(segments);
        if (table.BlockCount == 0) return;
        AdamWNumbers numbers = AdamWNumbers.Of(step, learningRate, weightDecay, beta1, beta2);
        AdamWSettings settings = new()
        {
            Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, Keep = numbers.Keep, Rate = numbers.Rate,
            SecondCorrection = numbers.SecondCorrection, Aligned = Packing.Aligned([parameters, gradients, first, second]) ? 1 : 0,
        };
        Launch(
            AdamWStepKernel, table.BlockCount, SegmentTable.Threads, 0, table.Blocks, parameters, gradients, first, second, KernelArgument.Of(settings),
            NumbersOfStep);
    }

    /// <summary>A block per run of one parameter, a thread per pack. 28 bytes per parameter.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void AdamWStepKernel(
        ArrayView<SegmentBlock> blocks, ArrayView<float> w, ArrayView<float> g, ArrayView<float> first, ArrayView<float> second, AdamWSettings settings,
        ArrayView<StepBlock> step)
    {
        if (step.Length > 0)
        {
            if (step[0].Stopped != 0) return;
            (settings.Keep, settings.Rate, settings.SecondCorrection) = (step[0].Keep, step[0].Rate, step[0].SecondCorrection);
        }

        SegmentBlock block = blocks[Grid.IdxX];
        float keep = block.Decays != 0 ? settings.Keep : 1f;
        int packs = SegmentTable.PacksOf(block, settings.Aligned != 0);
        for (int i = Group.IdxX; i < packs; i += SegmentTable.Threads) AdamWStep(w, g, first, second, (block.Start / 4) + i, 4, keep, settings);
        for (int i = (4 * packs) + Group.IdxX; i < block.Length; i += SegmentTable.Threads) AdamWStep(w, g, first, second, block.Start + i, 1, keep, settings);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AdamWStep(
        ArrayView<float> w, ArrayView<float> g, ArrayView<float> first, ArrayView<float> second, int pack, int width, float keep, AdamWSettings settings)
    {
        Lanes weights = Lanes.Load(w, pack, width), gradient = Lanes.Load(g, pack, width), m = Lanes.Load(first, pack, width),
        v = Lanes.Load(second, pack, width);
        m = (m * settings.Beta1) + (gradient * (1 - settings.Beta1));
        v = (v * settings.Beta2) + (gradient * gradient * (1 - settings.Beta2));
        m.Store(first, pack, width);
        v.Store(second, pack, width);
        Lanes next = weights * keep;
        next.L0 -= AdamWChange(m.L0, v.L0, settings);
        if (width > 1)
        {
            next.L1 -= AdamWChange(m.L1, v.L1, settings);
            next.L2 -= AdamWChange(m.L2, v.L2, settings);
            next.L3 -= AdamWChange(m.L3, v.L3, settings);
        }

        next.Store(w, pack, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float AdamWChange(float m, float v, AdamWSettings settings) =>
        settings.Rate * m / ((settings.SecondCorrection * XMath.Sqrt(v)) + settings.Epsilon);

    private struct AdamWSettings
    {
        public float Beta1, Beta2, Epsilon, Keep, Rate, SecondCorrection;
        public int Aligned;
    }
}
