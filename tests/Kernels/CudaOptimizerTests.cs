using ILGPU;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>Steps of each optimizer on a device against the formula in double and against the CPU, with segments that decay, segments that do not, and gaps.</summary>
public class CudaOptimizerTests
{
    private const int Steps = 3, Length = 9_300;

    /// <summary>Ragged places and lengths, one longer than two blocks, one aligned with a ragged end, a single element, an empty one.</summary>
    private static readonly ParameterSegment[] Segments = [new(3, 37, true), new(48, 16, false), new(64, 8_999, true), new(9_064, 0, true), new(9_072, 129, true), new(9_201, 1, false)];

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.9f, 0.1f, false)]
    [InlineData(0.9f, 0.1f, true)]
    public void SgdFollowsItsFormula(float momentum, float decay, bool nesterov) => Compare(
        (ops, s, step) => ops.SgdStep(s.W, s.G, s.First, Segments, 0.05f, momentum, decay, nesterov), (s, w, g, v, _, _) => Momentum(w, g, v, 1, s.Decay ? decay : 0, 0.05f, momentum, nesterov));

    [Theory]
    [InlineData(0, 0.001f)]
    [InlineData(0.1f, 0.5f)]
    public void LarcFollowsItsFormula(float decay, float trust) => Compare(
        (ops, s, step) => ops.LarcStep(s.W, s.G, s.First, Segments, 0.7f, 0.9f, decay, trust),
        (s, w, g, v, _, _) => Momentum(w, g, v, Ratio(w, g, s.Decay ? decay : 0, trust), s.Decay ? decay : 0, 0.7f, 0.9f, false));

    [Theory]
    [InlineData(0, 1e-8f)]
    [InlineData(0.1f, 0.1f)]
    public void AdamWFollowsItsFormula(float decay, float epsilon) => Compare(
        (ops, s, step) => ops.AdamWStep(s.W, s.G, s.First, s.Second, Segments, step, 0.01f, decay, epsilon: epsilon),
        (s, w, g, m, v, t) =>
        {
            double rate = 0.01f, beta1 = 0.9f, beta2 = 0.999f;
            for (int i = 0; i < w.Length; i++)
            {
                if (s.Decay) w[i] *= 1 - (rate * decay);
                m[i] = (beta1 * m[i]) + ((1 - beta1) * g[i]);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * g[i] * g[i]);
                w[i] -= rate * (m[i] / (1 - Math.Pow(beta1, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, t))) + epsilon);
            }
        });

    [Fact]
    public void LarcWithoutWeightsOrWithoutGradientsTakesThePlainStep()
    {
        using CudaRig rig = new();
        float[] w = rig.Floats(rig.Random(40)), g = rig.Floats(rig.Random(40));
        w.AsSpan(0, 20).Clear();
        g.AsSpan(20).Clear();
        Tensor parameters = rig.Of(w, ElementType.Float32, 40);
        rig.Ops.LarcStep(parameters, rig.Of(g, ElementType.Float32, 40), rig.Zeros(40), [new(0, 20, true), new(20, 20, true)], 0.5f, 0.9f, 0.1f);
        Assert.Equal(w.Zip(g, (weight, gradient) => weight - (0.5f * gradient)), rig.Floats(parameters));
    }

    [Fact]
    public void ACopyOfLarcWhoseNormLeavesOutABlockFailsTheSameCheck()
    {
        using CudaRig rig = new();
        State s = new(rig);
        Tensor sums = rig.Unwritten(2);
        float[] w = rig.Floats(s.W);
        double truth = w.Sum(value => (double)value * value);
        void Check(double norm) => Assert.Equal(truth, norm, truth * 1e-4); // Far above the error of any order of summation.
        rig.Launch(SumOfSquaresKernel, 1, 256, s.W, sums, Length, 0);
        Check(rig.Floats(sums)[0]);
        rig.Launch(SumOfSquaresKernel, 1, 256, s.W, sums, Length, SegmentTable.BlockLength);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(rig.Floats(sums)[0]));
    }

    [Fact]
    public void WholeSectorsMove()
    {
        using CudaRig rig = new();
        State s = new(rig);
        ParameterSegment[] segments = [new(0, 8192, true), new(8192, 1024, false)];
        rig.Ops.LarcStep(s.W, s.G, s.First, segments, 0.1f, 0.9f, 0.01f);
        rig.AssertWholeSectors("SquaredNorms");
        rig.AssertWholeSectors("MomentumStep");
        rig.Ops.AdamWStep(s.W, s.G, s.First, s.Second, segments, 1, 0.1f, 0.01f);
        rig.AssertWholeSectors("AdamWStep");
    }

    /// <summary>The table of segments goes to the device once, an update is one launch (LARC's norms two more), and a step leaves nothing for the garbage collector.</summary>
    [Fact]
    public void AStepUploadsNothingAndAllocatesNothing()
    {
        CountingDevice device = new();
        using CudaOps ops = new(device, Precision.Float32);
        using Arena arena = ops.CreateArena("parameters", 4 * 4 * 1024 * sizeof(float));
        Tensor w = arena.Take(4096), g = arena.Take(4096), first = arena.Take(4096), second = arena.Take(4096);
        ParameterSegment[] segments = [new(0, 4000, true), new(4000, 96, false)];
        void Step(int step)
        {
            ops.SgdStep(w, g, first, segments, 0.1f, 0.9f, 0.01f, true);
            ops.LarcStep(w, g, first, segments, 0.1f, 0.9f, 0.01f);
            ops.AdamWStep(w, g, first, second, segments, step, 0.1f, 0.01f);
        }

        Step(1);
        (int uploads, int launches) = (device.Uploads, device.Launches);
        Assert.Equal(5, launches);
        int next = 2;
        Assert.Equal(0, ManagedBytes.EachRoundOf(() => Step(next++)));
        Assert.Equal((uploads, launches * (next - 1)), (device.Uploads, device.Launches));
        segments = [new(0, 4000, true), new(4000, 96, true)];
        Step(next);
        Assert.True(device.Uploads > uploads);
    }

    private delegate void Formula(ParameterSegment segment, double[] w, double[] g, double[] first, double[] second, int step);

    private static void Momentum(double[] w, double[] g, double[] v, double scale, double decay, double rate, double momentum, bool nesterov)
    {
        for (int i = 0; i < w.Length; i++)
        {
            double gradient = scale * (g[i] + (decay * w[i]));
            v[i] = (momentum * v[i]) + gradient;
            w[i] -= rate * (nesterov ? gradient + (momentum * v[i]) : v[i]);
        }
    }

    private static double Ratio(double[] w, double[] g, double decay, double trust)
    {
        double weights = Math.Sqrt(w.Sum(x => x * x)), gradients = Math.Sqrt(g.Sum(x => x * x));
        return weights > 0 && gradients > 0 ? trust * weights / (gradients + (decay * weights) + 1e-8f) : 1;
    }

    private static void Compare(Action<Ops, State, int> run, Formula formula)
    {
        using CudaRig rig = new();
        using Rig cpu = new(5L * Length);
        State s = new(rig), twin = s.OnCpu(rig, cpu);
        double[][] truth = [rig.Doubles(s.W), rig.Doubles(s.First), rig.Doubles(s.Second)];
        float[][] before = [rig.Floats(s.W), rig.Floats(s.First), rig.Floats(s.Second)];
        for (int step = 1; step <= Steps; step++)
        {
            Tensor gradients = rig.Random(Length);
            double[] g = rig.Doubles(gradients);
            rig.Ops.Copy(gradients, s.G);
            rig.Floats(gradients).CopyTo(twin.G.Floats);
            run(rig.Ops, s, step);
            run(cpu.Ops, twin, step);
            foreach (ParameterSegment segment in Segments)
            {
                double[][] parts = [.. truth.Select(values => values[segment.Offset..(segment.Offset + segment.Length)])];
                formula(segment, parts[0], g[segment.Offset..(segment.Offset + segment.Length)], parts[1], parts[2], step);
                for (int k = 0; k < parts.Length; k++) parts[k].CopyTo(truth[k], segment.Offset);
            }
        }

        bool[] inSegment = new bool[Length];
        foreach (ParameterSegment segment in Segments) Array.Fill(inSegment, true, segment.Offset, segment.Length);
        (Tensor Device, Tensor Cpu)[] results = [(s.W, twin.W), (s.First, twin.First), (s.Second, twin.Second)];
        for (int k = 0; k < results.Length; k++)
        {
            // Some six roundings a step of numbers up to the greatest.
            double error = Steps * 6 * 6e-8 * truth[k].Max(Math.Abs);
            float[] values = rig.Floats(results[k].Device);
            Activations.AssertClose(truth[k], values, error);
            Activations.AssertClose(Rig.Doubles(results[k].Cpu), values, 2 * error);
            for (int i = 0; i < Length; i++)
            {
                if (!inSegment[i]) Assert.Equal(before[k][i], values[i]);
            }
        }
    }

    private static void SumOfSquaresKernel(ArrayView<float> x, ArrayView<float> sum, int count, int first)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(SegmentTable.Threads);
        double squares = 0;
        for (int i = first + Group.IdxX; i < count; i += SegmentTable.Threads) squares += (double)x[i] * x[i];
        squares = SegmentTable.SumOfThreads(squares, shared);
        if (Group.IdxX == 0) sum[0] = (float)squares;
    }

    /// <summary>Random parameters and moments; the second moment is not negative.</summary>
    private sealed class State
    {
        public State(CudaRig rig)
        {
            (W, G, First) = (rig.Random(Length), rig.Random(Length), rig.Random(Length));
            Second = rig.Of(Array.ConvertAll(rig.Floats(rig.Random(Length)), value => value * value), ElementType.Float32, Length);
        }

        private State()
        {
        }

        public Tensor W { get; private init; }

        public Tensor G { get; private init; }

        public Tensor First { get; private init; }

        public Tensor Second { get; private init; }

        public State OnCpu(CudaRig rig, Rig cpu) => new() { W = rig.OnCpu(cpu, W), G = rig.OnCpu(cpu, G), First = rig.OnCpu(cpu, First), Second = rig.OnCpu(cpu, Second) };
    }
}
