using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private SegmentTable? segmentTable;

    /// <inheritdoc/>
    protected override void SgdStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay, bool nesterov) =>
        StepWithMomentum(CutSegments(segments), parameters, gradients, velocity, default, learningRate, momentum, weightDecay, nesterov);

    private SegmentTable CutSegments(ReadOnlySpan<ParameterSegment> segments)
    {
        segmentTable ??= new SegmentTable(device, scratch);
        segmentTable.Cut(segments);
        return segmentTable;
    }

    /// <summary>The last step of SGD and LARC in one launch.</summary>
    private void StepWithMomentum(
        SegmentTable table, Tensor parameters, Tensor gradients, Tensor velocity, DeviceSpan ratios, float learningRate, float momentum, float weightDecay, bool nesterov)
    {
        if (table.BlockCount == 0) return;
        MomentumSettings settings = new()
        {
            LearningRate = learningRate, Momentum = momentum, WeightDecay = weightDecay, Nesterov = nesterov ? 1 : 0, Adapted = ratios.Count > 0 ? 1 : 0,
            Aligned = Packing.Aligned([parameters, gradients, velocity]) ? 1 : 0,
        };
        Launch(MomentumStepKernel, table.BlockCount, SegmentTable.Threads, 0, table.Blocks, parameters, gradients, velocity, ratios, KernelArgument.Of(settings));
    }

    /// <summary>A block per run of one parameter, a thread per pack: g' = scale·(g + λ·w), v = m·v + g', w −= lr·v (or Nesterov's form). 20 bytes per parameter.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void MomentumStepKernel(
        ArrayView<SegmentBlock> blocks, ArrayView<float> w, ArrayView<float> g, ArrayView<float> v, ArrayView<float> ratios, MomentumSettings settings)
    {
        SegmentBlock block = blocks[Grid.IdxX];
        float scale = 1, decay = block.Decays != 0 ? settings.WeightDecay : 0f;
        if (settings.Adapted != 0)
        {
            scale = ratios[2 * block.Segment];
            decay = ratios[(2 * block.Segment) + 1];
        }

        int packs = SegmentTable.PacksOf(block, settings.Aligned != 0);
        for (int i = Group.IdxX; i < packs; i += SegmentTable.Threads) MomentumStep(w, g, v, (block.Start / 4) + i, 4, scale, decay, settings);
        for (int i = (4 * packs) + Group.IdxX; i < block.Length; i += SegmentTable.Threads) MomentumStep(w, g, v, block.Start + i, 1, scale, decay, settings);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MomentumStep(ArrayView<float> w, ArrayView<float> g, ArrayView<float> v, int pack, int width, float scale, float decay, MomentumSettings settings)
    {
        Lanes weights = Lanes.Load(w, pack, width), gradient = Lanes.Load(g, pack, width), speed = Lanes.Load(v, pack, width);
        gradient = (gradient + (weights * decay)) * scale;
        speed = (speed * settings.Momentum) + gradient;
        speed.Store(v, pack, width);
        if (settings.Nesterov != 0) speed = gradient + (speed * settings.Momentum);
        (weights - (speed * settings.LearningRate)).Store(w, pack, width);
    }

    private struct MomentumSettings
    {
        public float LearningRate, Momentum, WeightDecay;
        public int Nesterov, Adapted, Aligned;
    }
}
