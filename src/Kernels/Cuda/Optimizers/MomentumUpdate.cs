using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Optimizers;

/// <summary>The last step of SGD and LARC: g' = scale·(g + λ·w), v = m·v + g', w −= lr·v (or Nesterov's form).</summary>
internal struct MomentumUpdate
{
    public float LearningRate, Momentum, WeightDecay;
    public int Nesterov;
    private int adapted, aligned;

    /// <summary>Updates the parameters in one launch.</summary>
    /// <param name="launcher">Of the device.</param>
    /// <param name="table">The segments.</param>
    /// <param name="parameters">w.</param>
    /// <param name="gradients">g.</param>
    /// <param name="velocity">v.</param>
    /// <param name="step">The numbers of a step that runs as a whole, or none.</param>
    /// <param name="ratios">Each segment's scale and λ, [segments, 2]; empty where the scale is 1 and λ the weight decay.</param>
    public void Launch(
        KernelLauncher launcher, SegmentTable table, Tensor parameters, Tensor gradients, Tensor velocity, DeviceSpan step, DeviceSpan ratios = default)
    {
        if (table.BlockCount == 0) return;
        adapted = ratios.Count > 0 ? 1 : 0;
        aligned = Packing.Aligned([parameters, gradients, velocity]) ? 1 : 0;
        launcher.Launch(
            MomentumStepKernel, table.BlockCount, SegmentTable.Threads, 0, table.Blocks, parameters, gradients, velocity, ratios,
            KernelArgument.Of(this), step);
    }

    /// <summary>A block per run of one parameter, a thread per pack. 20 bytes per parameter.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    public static void MomentumStepKernel(
        ArrayView<SegmentBlock> blocks, ArrayView<float> w, ArrayView<float> g, ArrayView<float> v, ArrayView<float> ratios, MomentumUpdate settings,
        ArrayView<StepBlock> step)
    {
        if (step.Length > 0)
        {
            if (step[0].Stopped != 0) return;
            settings.LearningRate = step[0].LearningRate;
        }

        SegmentBlock block = blocks[Grid.IdxX];
        float scale = 1, decay = block.Decays != 0 ? settings.WeightDecay : 0f;
        if (settings.adapted != 0)
        {
            scale = ratios[2 * block.Segment];
            decay = ratios[(2 * block.Segment) + 1];
        }

        int packs = SegmentTable.PacksOf(block, settings.aligned != 0);
        for (int i = Group.IdxX; i < packs; i += SegmentTable.Threads) Step(w, g, v, (block.Start / 4) + i, 4, scale, decay, settings);
        for (int i = (4 * packs) + Group.IdxX; i < block.Length; i += SegmentTable.Threads) Step(w, g, v, block.Start + i, 1, scale, decay, settings);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ArrayView<float> w, ArrayView<float> g, ArrayView<float> v, int pack, int width, float scale, float decay, MomentumUpdate settings)
    {
        Lanes weights = Lanes.Load(w, pack, width), gradient = Lanes.Load(g, pack, width), speed = Lanes.Load(v, pack, width);
        gradient = (gradient + (weights * decay)) * scale;
        speed = (speed * settings.Momentum) + gradient;
        speed.Store(v, pack, width);
        if (settings.Nesterov != 0) speed = gradient + (speed * settings.Momentum);
        (weights - (speed * settings.LearningRate)).Store(w, pack, width);
    }
}
