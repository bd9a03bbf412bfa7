using NegSamples.Bench;
using NegSamples.Kernels;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>Single operations beside libtorch's.</summary>
internal static class Operations
{
    public static void MatMul(Alternation alternation, bool libtorch)
    {
        foreach ((int m, int n, int k) in new[] { (2048, 2048, 2048), (1024, 65536, 128) })
        {
            using Fixture fixture = new(libtorch);
            Tensor a = fixture.Random([m, k]), b = fixture.Random([k, n]), c = fixture.Zeros(m, n);
            using torch.Tensor ta = fixture.Copy(a), tb = fixture.Copy(b), tc = fixture.Copy(c);
            void Ours() => fixture.Ops.MatMul(a, b, c);
            void Theirs() => tc.addmm_(ta, tb, beta: 0, alpha: 1); // in place: matmul would pay for fresh pages every time
            Ours();
            if (libtorch) Theirs();
            fixture.MustAgree("matrix product", c, tc);
            alternation.Measure($"Matrix product {m} x {n} x {k}", 2.0 * m * n * k, Ours, Theirs);
        }
    }

    /// <summary>Forward pass and both gradients; the stem has no gradient for its image.</summary>
    public static void Convolution(Alternation alternation, bool libtorch, int batch)
    {
        foreach (ConvolutionLayer layer in ConvolutionLayer.ResNet18)
        {
            using Fixture fixture = new(libtorch);
            bool stem = layer.Channels == 3;
            Tensor x = fixture.Random([batch, layer.Side, layer.Side, layer.Channels]),
                w = fixture.Random([layer.Outputs, layer.Kernel, layer.Kernel, layer.Channels], 0.1f);
            Tensor dy = fixture.Random([batch, layer.OutputSide, layer.OutputSide, layer.Outputs]);
            Tensor y = fixture.Zeros(batch, layer.OutputSide, layer.OutputSide, layer.Outputs);
            Tensor dx = fixture.Zeros(batch, layer.Side, layer.Side, layer.Channels),
                dw = fixture.Zeros(layer.Outputs, layer.Kernel, layer.Kernel, layer.Channels);
            using torch.Tensor tx = fixture.Copy(x), tw = fixture.Copy(w), tdy = fixture.Copy(dy);
            if (libtorch)
            {
                tx.requires_grad = !stem;
                tw.requires_grad = true;
            }

            void Ours()
            {
                fixture.Ops.Conv2dForward(x, w, y, layer.Stride, layer.Padding);
                if (!stem) fixture.Ops.Conv2dBackwardInput(dy, w, dx, layer.Stride, layer.Padding);
                fixture.Ops.Zero(dw);
                fixture.Ops.Conv2dBackwardWeight(x, dy, dw, layer.Stride, layer.Padding);
            }

            IList<torch.Tensor> Gradients(out torch.Tensor ty)
            {
                ty = functional.conv2d(tx, tw, strides: [layer.Stride, layer.Stride], padding: [layer.Padding, layer.Padding]);
                return torch.autograd.grad([ty], stem ? [tw] : [tw, tx], [tdy]);
            }

            void Theirs()
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Gradients(out _);
            }

            Ours();
            if (libtorch)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                IList<torch.Tensor> gradients = Gradients(out torch.Tensor ty);
                fixture.MustAgree($"{layer}, y", y, ty);
                fixture.MustAgree($"{layer}, dw", dw, gradients[0]);
                if (!stem) fixture.MustAgree($"{layer}, dx", dx, gradients[1]);
            }

            alternation.Measure($"Convolution {layer}, forward and backward, batch {batch}", (stem ? 2 : 3) * layer.Flops(batch), Ours, Theirs);
        }
    }
}
