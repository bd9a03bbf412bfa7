using NegSamples.Bench;
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
            using Contenders contenders = new();
            Numbers left = Numbers.Random(1, 1, m, k), right = Numbers.Random(2, 1, k, n), result = null!;
            foreach (Fixture fixture in contenders.Ours())
            {
                Tensor a = fixture.Activations(left), b = fixture.Activations(right), c = fixture.Result(m, n);
                contenders.Add(fixture.Name, () => fixture.Ops.MatMul(a, b, c));
                fixture.Ops.MatMul(a, b, c);
                result ??= fixture.Read(c);
            }

            foreach (PeerForm form in libtorch ? PeerForm.OfMatrices : [])
            {
                torch.Tensor a = contenders.Copy(left, form), b = contenders.Copy(right, form), c = contenders.Keep(torch.zeros(m, n, form.Type));
                void Theirs() => c.addmm_(a, b, beta: 0, alpha: 1); // in place: matmul would pay for fresh pages every time
                Theirs();
                contenders.AddPeer(form, Fixture.Agree("matrix product", result, c, form), Theirs);
            }

            alternation.Measure($"Matrix product {m} x {n} x {k}", 2.0 * m * n * k, contenders.All);
        }
    }

    /// <summary>Forward pass and both gradients; the stem has no gradient for its image.</summary>
    public static void Convolution(Alternation alternation, bool libtorch, int batch)
    {
        foreach (ConvolutionLayer layer in ConvolutionLayer.ResNet18)
        {
            bool stem = layer.Channels == 3;
            Numbers images = Numbers.Random(1, 1, batch, layer.Side, layer.Side, layer.Channels),
                filters = Numbers.Random(2, 0.1f, layer.Outputs, layer.Kernel, layer.Kernel, layer.Channels),
                gradients = Numbers.Random(3, 1, batch, layer.OutputSide, layer.OutputSide, layer.Outputs), ofFilters = null!, results = null!;
            using Contenders contenders = new();
            foreach (Fixture fixture in contenders.Ours())
            {
                Tensor x = fixture.Activations(images), w = fixture.Take(filters), dy = fixture.Activations(gradients);
                Tensor y = fixture.Result(batch, layer.OutputSide, layer.OutputSide, layer.Outputs);
                Tensor dx = fixture.Result(batch, layer.Side, layer.Side, layer.Channels), dw = fixture.Zeros(layer.Outputs, layer.Kernel, layer.Kernel, layer.Channels);
                void Ours()
                {
                    fixture.Ops.Conv2dForward(x, w, y, layer.Stride, layer.Padding);
                    if (!stem) fixture.Ops.Conv2dBackwardInput(dy, w, dx, layer.Stride, layer.Padding);
                    fixture.Ops.Zero(dw);
                    fixture.Ops.Conv2dBackwardWeight(x, dy, dw, layer.Stride, layer.Padding);
                }

                Ours();
                ofFilters ??= fixture.Read(dw);
                results ??= fixture.Read(y);
                contenders.Add(fixture.Name, Ours);
            }

            foreach (PeerForm form in libtorch ? PeerForm.OfImages : [])
            {
                torch.Tensor x = contenders.Copy(images, form), w = contenders.Copy(filters, form), dy = contenders.Copy(gradients, form);
                (x.requires_grad, w.requires_grad) = (!stem, true);
                IList<torch.Tensor> Gradients(out torch.Tensor y)
                {
                    y = functional.conv2d(x, w, strides: [layer.Stride, layer.Stride], padding: [layer.Padding, layer.Padding]);
                    return torch.autograd.grad([y], stem ? [w] : [w, x], [dy]);
                }

                void Theirs()
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    Gradients(out _);
                }

                using DisposeScope first = torch.NewDisposeScope();
                IList<torch.Tensor> gradientsOf = Gradients(out torch.Tensor y);
                bool agrees = Fixture.Agree($"{layer}, y", results, y, form) && Fixture.Agree($"{layer}, dw", ofFilters, gradientsOf[0], form);
                contenders.AddPeer(form, agrees, Theirs);
            }

            alternation.Measure($"Convolution {layer}, forward and backward, batch {batch}", (stem ? 2 : 3) * layer.Flops(batch), contenders.All);
        }
    }
}
