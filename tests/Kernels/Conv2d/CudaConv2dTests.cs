using NegSamples.Kernels;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda.Products;

namespace NegSamples.Tests.Kernels;

public class CudaConv2dTests
{
    /// <summary>One value; a stem of 3 channels; strides with ragged channels; a window of 7; padding beyond the window's reach; stride above it; splits.</summary>
    private static readonly Case[] Cases =
    [
        new(1, 1, 1, 1, 1, 1, 1, 1, 0), new(2, 7, 5, 3, 9, 3, 3, 1, 1), new(2, 9, 7, 24, 33, 3, 3, 2, 1), new(2, 6, 10, 64, 32, 1, 1, 2, 0),
        new(1, 11, 13, 3, 8, 7, 7, 2, 3), new(2, 5, 5, 6, 7, 3, 3, 1, 3), new(1, 10, 9, 3, 5, 2, 4, 3, 1), new(1, 6, 6, 64, 64, 3, 3, 1, 1),
        new(1, 4, 4, 72, 40, 3, 3, 1, 1),
    ];

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    internal void ForwardMatchesTheDefinitionAndTheCpu(Precision precision)
    {
        using CudaRig rig = new(precision);
        foreach (Case shape in Cases) shape.CheckForward(rig);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    internal void GradientsMatchTheDefinitionAndTheCpu(Precision precision)
    {
        using CudaRig rig = new(precision);
        for (int i = 0; i < Cases.Length; i++) Cases[i].CheckGradients(rig, accumulate: i % 2 == 0);
    }

    /// <summary>Images may be float32 where activations are bfloat16: the stem reads views as they are made.</summary>
    [Fact]
    public void TakesFloatImagesInBFloat16()
    {
        using CudaRig rig = new(Precision.BFloat16);
        new Case(2, 7, 5, 3, 9, 3, 3, 1, 1).CheckForward(rig, ElementType.Float32);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    internal void MovesWholeSectorsWithoutBankConflicts(Precision precision)
    {
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        Tensor x = rig.Random(type, 1, 16, 16, 64), w = rig.Random(64, 3, 3, 64), y = rig.Unwritten(type, 1, 16, 16, 64), dx = rig.Unwritten(type, 1, 16, 16, 64), dw = rig.Zeros(64, 3, 3, 64);
        rig.Ops.Conv2dForward(x, w, y, 1, 1);
        rig.Ops.Conv2dBackwardInput(y, w, dx, 1, 1);
        rig.Ops.Conv2dBackwardWeight(x, y, dw, 1, 1);
        Assert.All(rig.Device.Reports, report =>
        {
            Assert.InRange((double)report.SectorsNeeded / report.SectorsAsked, 0.9, 1);
            if (report.Wavefronts > 0) Assert.InRange((double)report.BankConflicts / report.Wavefronts, 0, 0.05);
        });
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfMultiprocessors()
    {
        List<float[]>? first = null;
        foreach (int multiprocessors in new[] { 1, 132 })
        {
            using CudaRig rig = new(Precision.BFloat16, multiprocessors: multiprocessors);
            Tensor x = rig.Random(ElementType.BFloat16, 2, 9, 9, 40), w = rig.Random(72, 3, 3, 40), y = rig.Unwritten(ElementType.BFloat16, 2, 9, 9, 72);
            Tensor dx = rig.Unwritten(ElementType.BFloat16, 2, 9, 9, 40), dw = rig.Zeros(72, 3, 3, 40);
            rig.Ops.Conv2dForward(x, w, y, 1, 1);
            rig.Ops.Conv2dBackwardInput(y, w, dx, 1, 1);
            rig.Ops.Conv2dBackwardWeight(x, y, dw, 1, 1);
            List<float[]> results = [rig.Floats(y), rig.Floats(dx), rig.Floats(dw)];
            first ??= results;
            for (int i = 0; i < results.Count; i++) Assert.Equal(first[i], results[i]);
        }
    }

    [Fact]
    public void AWindowThatIsTooLargeIsNamed()
    {
        using CudaRig rig = new(Precision.Float32);
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => rig.Ops.Conv2dForward(rig.Zeros(1, 40, 1, 4), rig.Zeros(4, 33, 1, 4), rig.Zeros(1, 8, 1, 4), 1, 0));
        Assert.Contains("windows of 33 x 1 taps of 16 bytes; expected at most 32 x 32", wrong.Message, StringComparison.Ordinal);
    }

    /// <summary>A convolution of n images [h, w, c] to o channels by windows [kh, kw], by its definition.</summary>
    internal sealed record Case(int N, int H, int W, int C, int O, int Kh, int Kw, int Stride, int Padding)
    {
        private int P => ((H + (2 * Padding) - Kh) / Stride) + 1;

        private int Q => ((W + (2 * Padding) - Kw) / Stride) + 1;

        public void CheckForward(CudaRig rig, ElementType? typeOfX = null)
        {
            ElementType type = rig.Ops.ActivationType;
            Tensor x = rig.Random(typeOfX ?? type, N, H, W, C), w = rig.Random(type, O, Kh, Kw, C), y = rig.Unwritten(type, N, P, Q, O);
            float[] xs = rig.Floats(x), ws = rig.Floats(w);
            Tensor weights = rig.Of(ws, ElementType.Float32, O, Kh, Kw, C); // float32 numbers that the rounding to bfloat16 leaves as they are
            ProductBound bound = new(y.Count);
            ForEachProduct((xi, wi, yi) => bound.Add(yi, (double)xs[xi] * ws[wi]));
            rig.Ops.Conv2dForward(x, weights, y, Stride, Padding);
            float[] actual = rig.Floats(y);
            bound.Check(actual, rig.Ops.Precision, x.Type, type);

            using Rig cpu = new(2 * (x.Count + w.Count + y.Count) + 10_000);
            cpu.Ops.AllowWinograd = false; // Its sums are of other terms.
            Tensor xOfCpu = Host(cpu, xs, N, H, W, C), wOfCpu = Host(cpu, ws, O, Kh, Kw, C), yOfCpu = cpu.Take(N, P, Q, O);
            cpu.Ops.Conv2dForward(xOfCpu, wOfCpu, yOfCpu, Stride, Padding);
            bound.CheckTwin(actual, yOfCpu.Floats.ToArray(), rig.Ops.Precision, x.Type, type);
        }

        public void CheckGradients(CudaRig rig, bool accumulate)
        {
            ElementType type = rig.Ops.ActivationType;
            Tensor x = rig.Random(type, N, H, W, C), w = rig.Random(type, O, Kh, Kw, C), dy = rig.Random(type, N, P, Q, O), dw = rig.Random(O, Kh, Kw, C);
            Tensor dx = accumulate ? rig.Random(type, N, H, W, C) : rig.Unwritten(type, N, H, W, C);
            float[] xs = rig.Floats(x), ws = rig.Floats(w), dys = rig.Floats(dy), dxBefore = rig.Floats(dx), dwBefore = rig.Floats(dw);
            Tensor weights = rig.Of(ws, ElementType.Float32, O, Kh, Kw, C);
            ProductBound ofX = new(x.Count), ofW = new(w.Count);
            for (int i = 0; accumulate && i < dxBefore.Length; i++) ofX.Add(i, dxBefore[i]);
            for (int i = 0; i < dwBefore.Length; i++) ofW.Add(i, dwBefore[i]);
            ForEachProduct((xi, wi, yi) =>
            {
                ofX.Add(xi, (double)dys[yi] * ws[wi]);
                ofW.Add(wi, (double)dys[yi] * xs[xi]);
            });
            rig.Ops.Conv2dBackwardInput(dy, weights, dx, Stride, Padding, accumulate);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, Stride, Padding);
            float[] actualX = rig.Floats(dx), actualW = rig.Floats(dw);
            ofX.Check(actualX, rig.Ops.Precision, type, type);
            ofW.Check(actualW, rig.Ops.Precision, type, ElementType.Float32);

            using Rig cpu = new(4 * (x.Count + w.Count + dy.Count) + 10_000);
            cpu.Ops.AllowWinograd = false;
            Tensor xOfCpu = Host(cpu, xs, N, H, W, C), wOfCpu = Host(cpu, ws, O, Kh, Kw, C), dyOfCpu = Host(cpu, dys, N, P, Q, O);
            Tensor dxOfCpu = Host(cpu, dxBefore, N, H, W, C), dwOfCpu = Host(cpu, dwBefore, O, Kh, Kw, C);
            cpu.Ops.Conv2dBackwardInput(dyOfCpu, wOfCpu, dxOfCpu, Stride, Padding, accumulate);
            cpu.Ops.Conv2dBackwardWeight(xOfCpu, dyOfCpu, dwOfCpu, Stride, Padding);
            ofX.CheckTwin(actualX, dxOfCpu.Floats.ToArray(), rig.Ops.Precision, type, type);
            ofW.CheckTwin(actualW, dwOfCpu.Floats.ToArray(), rig.Ops.Precision, type, ElementType.Float32);
        }

        private static Tensor Host(Rig cpu, float[] values, params ReadOnlySpan<int> shape)
        {
            Tensor tensor = cpu.Take(shape);
            values.CopyTo(tensor.Floats);
            return tensor;
        }

        private void ForEachProduct(Action<int, int, int> product)
        {
            for (int n = 0; n < N; n++)
            for (int p = 0; p < P; p++)
            for (int q = 0; q < Q; q++)
            for (int o = 0; o < O; o++)
            for (int r = 0; r < Kh; r++)
            for (int s = 0; s < Kw; s++)
            {
                int y = (p * Stride) + r - Padding, x = (q * Stride) + s - Padding;
                if (y < 0 || y >= H || x < 0 || x >= W) continue;
                for (int c = 0; c < C; c++)
                    product((((((n * H) + y) * W) + x) * C) + c, (((((o * Kh) + r) * Kw) + s) * C) + c, (((((n * P) + p) * Q) + q) * O) + o);
            }
        }
    }
}
