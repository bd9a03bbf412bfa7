using System.Reflection;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.PtxInterpreter;

namespace NegSamples.Tests.Kernels;

/// <summary>The matrix product and the convolutions of the GPU against float64, at shapes that fit no tile, in the three precisions.</summary>
public class CudaMatrixTests(ITestOutputHelper output)
{
    public static TheoryData<Precision, int, int, int> Products
    {
        get
        {
            TheoryData<Precision, int, int, int> data = [];
            foreach (Precision precision in Enum.GetValues<Precision>())
                foreach ((int rows, int columns, int depth) in new[] { (1, 1, 1), (33, 17, 40), (130, 70, 96), (257, 129, 64) }) data.Add(precision, rows, columns, depth);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void EveryTranspositionOfTheProductIsRight(Precision precision, int rows, int columns, int depth)
    {
        foreach ((bool transposeA, bool transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            using CudaRig rig = new(precision);
            ElementType type = rig.Ops.ActivationType;
            Tensor a = transposeA ? rig.Random(type, depth, rows) : rig.Random(type, rows, depth), b = transposeB ? rig.Random(type, columns, depth) : rig.Random(type, depth, columns);
            Tensor c = rig.Unwritten(rows, columns), sum = rig.Random(rows, columns), rounded = rig.Unwritten(type, rows, columns);
            double[] left = rig.Doubles(a), right = rig.Doubles(b), before = rig.Doubles(sum);
            rig.Ops.MatMul(a, b, c, transposeA, transposeB);
            rig.Ops.MatMul(a, b, sum, transposeA, transposeB, accumulate: true);
            rig.Ops.MatMul(a, b, rounded, transposeA, transposeB);
            float[] product = rig.Floats(c), accumulated = rig.Floats(sum), stored = rig.Floats(rounded);
            for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
            {
                double truth = 0, magnitude = 0;
                for (int k = 0; k < depth; k++)
                {
                    double term = left[transposeA ? (k * rows) + i : (i * depth) + k] * right[transposeB ? (j * depth) + k : (k * columns) + j];
                    truth += term;
                    magnitude += Math.Abs(term);
                }

                int at = (i * columns) + j;
                double allowed = Allowed(precision, magnitude, depth);
                Assert.Equal(truth, product[at], allowed);
                Assert.Equal(before[at] + truth, accumulated[at], allowed + 2e-7 * (1 + Math.Abs(truth)));
                Assert.Equal(truth, stored[at], allowed + (type == ElementType.BFloat16 ? Math.Abs(truth) / 256 : 0));
            }
        }
    }

    [Theory]
    [InlineData(2, 7, 9, 3, 5, 3, 1, 1)] // the first layer's 3 channels
    [InlineData(1, 12, 11, 8, 72, 3, 1, 1)]
    [InlineData(2, 9, 9, 24, 10, 3, 2, 1)]
    [InlineData(3, 8, 8, 16, 32, 1, 2, 0)]
    [InlineData(1, 17, 15, 3, 66, 7, 2, 3)]
    [InlineData(1, 10, 10, 5, 7, 3, 3, 0)]
    public void TheConvolutionAndItsGradientsAreRight(int images, int height, int width, int channels, int outputs, int kernel, int stride, int padding)
    {
        int p = Ops.OutputLength(height, kernel, stride, padding), q = Ops.OutputLength(width, kernel, stride, padding);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            using CudaRig rig = new(precision);
            ElementType type = rig.Ops.ActivationType;
            Tensor x = rig.Random(type, images, height, width, channels), w = rig.Random(outputs, kernel, kernel, channels), dy = rig.Random(type, images, p, q, outputs);
            Tensor y = rig.Unwritten(type, images, p, q, outputs), dx = rig.Unwritten(type, images, height, width, channels), more = rig.Random(type, images, height, width, channels);
            Tensor dw = rig.Random(outputs, kernel, kernel, channels);
            double[] before = rig.Doubles(more), dwBefore = rig.Doubles(dw), source = rig.Doubles(x), filters = rig.Doubles(w), slope = rig.Doubles(dy);
            if (precision == Precision.BFloat16) filters = Array.ConvertAll(filters, value => (double)BFloat16.ToFloat(BFloat16.FromFloat((float)value))); // as the kernel does
            rig.Ops.Conv2dForward(x, w, y, stride, padding);
            rig.Ops.Conv2dBackwardInput(dy, w, dx, stride, padding);
            rig.Ops.Conv2dBackwardInput(dy, w, more, stride, padding, accumulate: true);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, stride, padding);

            Sums forward = new(images * p * q * outputs), input = new(images * height * width * channels), weight = new(outputs * kernel * kernel * channels);
            for (int n = 0; n < images; n++)
            for (int i = 0; i < p; i++)
            for (int j = 0; j < q; j++)
            for (int r = 0; r < kernel; r++)
            for (int s = 0; s < kernel; s++)
            {
                int h = (i * stride) - padding + r, v = (j * stride) - padding + s;
                if (h < 0 || h >= height || v < 0 || v >= width) continue;
                for (int o = 0; o < outputs; o++)
                for (int c = 0; c < channels; c++)
                {
                    int at = (((((n * p) + i) * q) + j) * outputs) + o, from = (((((n * height) + h) * width) + v) * channels) + c, tap = (((((o * kernel) + r) * kernel) + s) * channels) + c;
                    forward.Add(at, source[from] * filters[tap]);
                    input.Add(from, slope[at] * filters[tap]);
                    weight.Add(tap, slope[at] * source[from]);
                }
            }

            double rounding = type == ElementType.BFloat16 ? 1 / 256.0 : 0;
            forward.Check(rig.Floats(y), precision, rounding, null);
            input.Check(rig.Floats(dx), precision, rounding, null);
            input.Check(rig.Floats(more), precision, rounding, before);
            weight.Check(rig.Floats(dw), precision, 0, dwBefore);
        }
    }

    /// <summary>The sum over the pixels is split in runs that are merged in order: two devices with other numbers of multiprocessors give the same bits.</summary>
    [Fact]
    public void TheWeightGradientIsTheSameBitsTwice()
    {
        float[][] results = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using CudaRig rig = new(Precision.BFloat16);
            Tensor x = rig.Random(ElementType.BFloat16, 2, 24, 24, 8), dy = rig.Random(ElementType.BFloat16, 2, 24, 24, 8), dw = rig.Zeros(8, 3, 3, 8);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, 1, 1);
            return rig.Floats(dw);
        })];
        Assert.Equal(results[0], results[1]);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    public void AtAlignedShapesSectorsAreWholeAndBanksDoNotConflict(Precision precision)
    {
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        Tensor x = rig.Random(type, 2, 16, 16, 64), w = rig.Random(128, 3, 3, 64), dy = rig.Random(type, 2, 16, 16, 128);
        rig.Ops.Conv2dForward(x, w, rig.Unwritten(type, 2, 16, 16, 128), 1, 1);
        rig.Ops.Conv2dBackwardInput(dy, w, rig.Unwritten(type, 2, 16, 16, 64), 1, 1);
        rig.Ops.Conv2dBackwardWeight(x, dy, rig.Zeros(128, 3, 3, 64), 1, 1);
        Assert.Contains(rig.Device.Reports, report => report.Kernel.Contains("WeightGradient", StringComparison.Ordinal));
        foreach (LaunchReport report in rig.Device.Reports)
        {
            Assert.True(report.SectorsNeeded >= 0.9 * report.SectorsAsked, $"{report.Kernel}: {report.SectorsNeeded} of {report.SectorsAsked} sectors");
            Assert.True(report.BankConflicts <= 0.05 * report.Wavefronts, $"{report.Kernel}: {report.BankConflicts} of {report.Wavefronts} wavefronts");
        }
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    public void TheAssemblerNeedsNoStack(Precision precision)
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        foreach (int outputs in new[] { 64, 128 })
        {
            Tensor x = rig.Random(type, 1, 8, 8, 8), w = rig.Random(outputs, 3, 3, 8), dy = rig.Random(type, 1, 8, 8, outputs);
            rig.Ops.Conv2dForward(x, w, rig.Unwritten(type, 1, 8, 8, outputs), 1, 1);
            rig.Ops.Conv2dBackwardWeight(x, dy, rig.Zeros(outputs, 3, 3, 8), 1, 1);
        }

        foreach (MethodInfo kernel in rig.Device.Launches.Select(launch => launch.Kernel).Distinct())
        {
            AssembledKernel assembled = Assembler.Read(KernelCompiler.Compile(kernel), "sm_90", disassemble: true);
            output.WriteLine($"{kernel.Name} {string.Join(' ', kernel.GetGenericArguments().Select(type => type.Name))}: {assembled.Registers} registers, {assembled.StackBytes} stack, {assembled.SpillBytes} spilled; HMMA {assembled.Count("HMMA")}, LDSM {assembled.Count("LDSM")}, LDGSTS {assembled.Count("LDGSTS")}, FFMA {assembled.Count("FFMA")}");
            Assert.Equal((0, 0), (assembled.StackBytes, assembled.SpillBytes));
        }
    }

    private static double Allowed(Precision precision, double magnitude, int depth) => magnitude * precision switch
    {
        // Sums of float32 products in any order, and operands rounded to 10 bits of fraction; those of bfloat16 are exact here.
        Precision.TensorFloat32 => (2.0 / 2048) + (depth * 6e-8),
        _ => depth * 6e-8,
    } + 1e-9;

    private sealed class Sums(int count)
    {
        private readonly double[] truth = new double[count], magnitude = new double[count];
        private readonly int[] terms = new int[count];

        public void Add(int at, double term)
        {
            truth[at] += term;
            magnitude[at] += Math.Abs(term);
            terms[at]++;
        }

        public void Check(float[] values, Precision precision, double rounding, double[]? before)
        {
            for (int i = 0; i < values.Length; i++)
            {
                double sum = truth[i] + (before is null ? 0 : before[i]);
                Assert.Equal(sum, values[i], Allowed(precision, magnitude[i], terms[i]) + (rounding * Math.Abs(sum)) + 3e-7);
            }
        }
    }
}
