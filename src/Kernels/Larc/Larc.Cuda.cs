using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void LarcStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        float trust,
        float epsilon)
    {
        SegmentTable table = segmentTable.Cut(segments);
        if (table.BlockCount == 0) return;
        DeviceSpan sums = scratch.Take("optimizer sums of squares", 2L * table.BlockCount, sizeof(double));
        DeviceSpan ratios = scratch.Take("optimizer ratios", 2L * table.SegmentCount);
        Launch(
            SquaredNormsKernel, table.BlockCount, SegmentTable.Threads, 0, table.Blocks, parameters, gradients, sums, Packing.Aligned([parameters, gradients]));
        Launch(LarcRatioKernel, table.SegmentCount, SegmentTable.Threads, 0, table.FirstBlocks, table.Blocks, sums, ratios, weightDecay, trust, epsilon);
        MomentumUpdate update = new() { LearningRate = learningRate, Momentum = momentum, WeightDecay = weightDecay };
        update.Launch(launcher, table, parameters, gradients, velocity, NumbersOfStep, ratios);
    }

    /// <summary>A block per run of one parameter: Σ w² and Σ g² of the run, in float64. 8 bytes per parameter.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void SquaredNormsKernel(ArrayView<SegmentBlock> blocks, ArrayView<float> w, ArrayView<float> g, ArrayView<double> sums, bool aligned)
    {
        ArrayView<double> ofWeights = SharedMemory.Allocate<double>(SegmentTable.Threads), ofGradients = SharedMemory.Allocate<double>(SegmentTable.Threads);
        SegmentBlock block = blocks[Grid.IdxX];
        int packs = SegmentTable.PacksOf(block, aligned);
        double weights = 0, gradients = 0;
        for (int i = Group.IdxX; i < packs; i += SegmentTable.Threads)
        {
            Lanes ofW = Lanes.Load(w, (block.Start / 4) + i, 4), ofG = Lanes.Load(g, (block.Start / 4) + i, 4);
            weights += (((double)ofW.L0 * ofW.L0) + ((double)ofW.L1 * ofW.L1)) + (((double)ofW.L2 * ofW.L2) + ((double)ofW.L3 * ofW.L3));
            gradients += (((double)ofG.L0 * ofG.L0) + ((double)ofG.L1 * ofG.L1)) + (((double)ofG.L2 * ofG.L2) + ((double)ofG.L3 * ofG.L3));
        }

        for (int i = (4 * packs) + Group.IdxX; i < block.Length; i += SegmentTable.Threads)
        {
            double ofW = w[block.Start + i], ofG = g[block.Start + i];
            weights += ofW * ofW;
            gradients += ofG * ofG;
        }

        weights = SegmentTable.SumOfThreads(weights, ofWeights);
        gradients = SegmentTable.SumOfThreads(gradients, ofGradients);
        if (Group.IdxX > 0) return;
        sums[2 * Grid.IdxX] = weights;
        sums[(2 * Grid.IdxX) + 1] = gradients;
    }

    /// <summary>A block per segment adds up its runs; the first thread writes the segment's factor of the gradient and its λ.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void LarcRatioKernel(
        ArrayView<int> firstBlocks, ArrayView<SegmentBlock> blocks, ArrayView<double> sums, ArrayView<float> ratios, float weightDecay, float trust,
        float epsilon)
    {
        ArrayView<double> ofWeights = SharedMemory.Allocate<double>(SegmentTable.Threads), ofGradients = SharedMemory.Allocate<double>(SegmentTable.Threads);
        int segment = Grid.IdxX, first = firstBlocks[segment], last = firstBlocks[segment + 1];
        double weights = 0, gradients = 0;
        for (int block = first + Group.IdxX; block < last; block += SegmentTable.Threads)
        {
            weights += sums[2 * block];
            gradients += sums[(2 * block) + 1];
        }

        double weightNorm = XMath.Sqrt(SegmentTable.SumOfThreads(weights, ofWeights));
        double gradientNorm = XMath.Sqrt(SegmentTable.SumOfThreads(gradients, ofGradients));
        if (Group.IdxX > 0) return;
        float scale = 1, decay = 0;
        if (weightNorm > 0 && gradientNorm > 0)
        {
            decay = blocks[first].Decays != 0 ? weightDecay : 0f;
            scale = (float)(trust * weightNorm / (gradientNorm + (decay * weightNorm) + epsilon));
        }

        ratios[2 * segment] = scale;
        ratios[(2 * segment) + 1] = decay;
    }
}
