using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>What operations do differently within a step that is given as a whole: the bits are those of the operations by themselves.</summary>
public class CudaWholeStepTests
{
    /// <summary>Rounded, filled up and turned weights, made once for a step or when they are used, and gradients that are added up two at a time.</summary>
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void PreparedWeightsAndPairsOfGradientsGiveTheSameBits(Precision precision)
    {
        using CudaRig rig = new(precision);
        Ops ops = rig.Ops;
        ElementType type = ops.ActivationType;
        (int Input, int Output, int Kernel, int Stride)[] layers = [(3, 8, 3, 1), (8, 40, 3, 2), (8, 16, 1, 2), (6, 8, 3, 1)];
        using Arena arena = ops.CreateArena("parameters", layers.Sum(layer => Arena.BytesFor(ElementType.Float32, layer.Output * layer.Kernel * layer.Kernel * layer.Input)));
        const int Side = 6, Images = 2;
        Tensor[] w = [.. layers.Select(layer => arena.Take(layer.Output, layer.Kernel, layer.Kernel, layer.Input))];
        Tensor[] x = [.. layers.Select(layer => rig.Random(type, Images, Side, Side, layer.Input))];
        Tensor[] dy = [.. layers.Select(layer => rig.Random(type, Images, Side / layer.Stride, Side / layer.Stride, layer.Output))];
        Tensor[] y = [.. dy.Select(of => rig.Unwritten(type, of[0], of[1], of[2], of[3]))], dx = [.. x.Select(of => rig.Unwritten(type, of[0], of[1], of[2], of[3]))];
        Tensor[] dw = [.. w.Select(of => rig.Zeros(of[0], of[1], of[2], of[3]))];
        Tensor losses = rig.Random(3), flat = rig.Zeros(4);
        void Put() => Array.ForEach(w, of => ops.Upload<float>(rig.Floats(rig.Random((int)of.Count)), of));
        void Ask()
        {
            for (int i = 0; i < layers.Length; i++)
            {
                int padding = layers[i].Kernel / 2;
                ops.Zero(dw[i]);
                ops.Conv2dForward(x[i], w[i], y[i], layers[i].Stride, padding);
                ops.Conv2dBackwardInput(dy[i], w[i], dx[i], layers[i].Stride, padding);
                ops.Conv2dBackwardWeight(x[i], dy[i], dw[i], layers[i].Stride, padding);
            }
        }

        using WholeStep step = ops.CreateWholeStep(null, 3, 1)!;
        step.Prepare(arena.Whole());
        for (int round = 0; round < 3; round++)
        {
            Put();
            Ask();
            float[][] expected = [.. y.Concat(dx).Concat(dw).Select(rig.Floats)];
            Assert.All(expected, values => Assert.Contains(values, value => value != 0));
            foreach (Tensor of in y.Concat(dx).Concat(dw)) ops.Zero(of);
            int before = rig.Device.Launches.Count;
            step.Run(default, () =>
            {
                Ask();
                step.StopUnlessFinite(losses, flat, [new(0, 4, false)]);
            });
            Assert.Equal(expected, y.Concat(dx).Concat(dw).Select(rig.Floats));
            Assert.Equal(rig.Floats(losses), step.Losses.ToArray());
            string[] kernels = [.. rig.Device.Launches.Skip(before).Select(launch => launch.Kernel.Name)];
            Assert.Equal(round > 0, !kernels.Contains("TurnWeightsKernel"));
            Assert.Contains("PrepareWeightsKernel", kernels);
            Assert.Contains("MergePairKernel", kernels);
        }
    }

    /// <summary>A number that is not finite, wherever it is, ends a step: what lasts stays, and the next step goes on.</summary>
    [Theory]
    [InlineData(float.NaN, false)]
    [InlineData(float.NegativeInfinity, true)]
    public void ANumberThatIsNotFiniteEndsTheStep(float bad, bool isGradient)
    {
        using CudaRig rig = new();
        Ops ops = rig.Ops;
        const int Count = 700, Losses = 300;
        float[] gradients = rig.Floats(rig.Random(Count)), losses = rig.Floats(rig.Random(Losses));
        Tensor g = rig.Of(gradients, ElementType.Float32, Count), loss = rig.Of(losses, ElementType.Float32, Losses), ring = rig.Random(5, 2), rows = rig.Random(3, 2);
        Tensor[] lasting = [rig.Random(Count), rig.Random(Count), rig.Random(Count), rig.Random(Count), rig.Random(Count), ring];
        ParameterSegment[] segments = [new(0, 600, true), new(600, 100, false)];
        using WholeStep step = ops.CreateWholeStep(null, Losses, segments.Length)!;
        void Run() => step.Run(new(0.1f, AdamWNumbers.Of(3, 0.1f, 0.01f), 0, 4), () =>
        {
            step.StopUnlessFinite(loss, g, segments);
            ops.SgdStep(lasting[0], g, lasting[1], segments, 9, 0.9f, 0.1f, nesterov: false);
            ops.AdamWStep(lasting[2], g, lasting[3], lasting[4], segments, 9, 9, 0.01f);
            ops.LarcStep(lasting[0], g, lasting[1], segments, 9, 0.9f, 0.1f);
            ops.MovingAverage(lasting[0], 0.1f, lasting[2]);
            ops.CopyToRing(rows, ring, 0);
        });
        float[][] before = [.. lasting.Select(rig.Floats)];
        (isGradient ? gradients : losses)[^1] = bad;
        ops.Upload<float>(gradients, g);
        ops.Upload<float>(losses, loss);
        Run();
        Assert.Equal(before, lasting.Select(rig.Floats));
        Assert.Equal([0, isGradient ? 1 : 0], step.NotFinite.ToArray());
        Assert.Equal(losses, step.Losses.ToArray());

        (isGradient ? gradients : losses)[^1] = 0.5f;
        ops.Upload<float>(gradients, g);
        ops.Upload<float>(losses, loss);
        Run();
        for (int i = 0; i < lasting.Length; i++) Assert.NotEqual(before[i], rig.Floats(lasting[i]));
        Assert.Equal(rig.Floats(rows)[..2], rig.Floats(ring)[8..]); // From the step's oldest place on, not from the one that the call names.
        Assert.Equal(rig.Floats(rows)[2..], rig.Floats(ring)[..4]);
        Assert.Equal([0, 0], step.NotFinite.ToArray());
    }

    [Theory]
    [InlineData(3, 7, 4, 5)]
    [InlineData(9, 4, 2, 3)]
    [InlineData(4, 4, 16, 0)]
    public void RowsComeToTheirPlacesInARing(int rows, int places, int columns, int first)
    {
        using CudaRig rig = new();
        using Rig cpu = new(1024);
        Tensor x = rig.Random(rows, columns), ring = rig.Random(places, columns), cpuRing = rig.OnCpu(cpu, ring);
        float[] expected = rig.Floats(ring), values = rig.Floats(x);
        for (int row = 0; row < rows; row++) values.AsSpan(row * columns, columns).CopyTo(expected.AsSpan((first + row) % places * columns));
        rig.Ops.CopyToRing(x, ring, first);
        cpu.Ops.CopyToRing(rig.OnCpu(cpu, x), cpuRing, first);
        Assert.Equal(expected, rig.Floats(ring));
        Assert.Equal(expected, cpuRing.Floats.ToArray());
    }

    /// <summary>Where the host has a part in the midst of a step, there is no whole one.</summary>
    [Fact]
    public void ALossThatOnlyTheHostKnowsAndACpuTakeNoWholeSteps()
    {
        using CudaRig rig = new();
        using CpuOps cpu = new(1);
        Assert.Null(cpu.CreateWholeStep(new InfoNce(), 1, 1));
        Assert.Null(rig.Ops.CreateWholeStep(new OwnLoss(), 1, 1));
        foreach (RowLoss loss in new RowLoss[] { new InfoNce(), new Decoupled(), new Debiased(0.1), new HardNegatives(0.1, 0.5), new SupervisedContrastive(), new Sigmoid() })
        {
            using WholeStep? step = rig.Ops.CreateWholeStep(loss, 1, 1);
            Assert.NotNull(step);
        }
    }

    private sealed record OwnLoss : RowLoss
    {
        public override RowResult Of(in RowSums row) => throw new NotSupportedException();
    }
}
