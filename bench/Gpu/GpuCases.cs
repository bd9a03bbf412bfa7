using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Bench.Gpu;

/// <summary>One thing to measure: its keys in the table, its FLOPs, and what makes its tensors and returns the call to time.</summary>
internal sealed record GpuCase(string Name, string Shape, Precision Precision, double Flops, Func<DeviceTensors, Action> Prepare);

/// <summary>What is measured on a GPU, at the shapes and under the names of <c>gpu_peers.py</c>.</summary>
internal static class GpuCases
{
    private const int Dimension = 128, Side = 32;
    private const float Temperature = 0.5f;

    /// <summary>All cases.</summary>
    /// <param name="quick">Tiny shapes: does everything run?</param>
    public static IEnumerable<GpuCase> All(bool quick) => [.. Products(quick), .. Convolutions(quick), Step(quick ? 8 : 512), .. Losses(quick)];

    private static IEnumerable<GpuCase> Products(bool quick)
    {
        foreach (int size in quick ? [256] : new[] { 8192, 4096, 2048 })
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                yield return new("matmul", $"{size} x {size} x {size}", precision, 2.0 * size * size * size, device =>
                {
                    ElementType type = device.Ops.ActivationType;
                    Tensor a = device.Random(type, size, size), b = device.Random(type, size, size), c = device.Activations(size, size);
                    return () => device.Ops.MatMul(a, b, c);
                });
            }
        }
    }

    private static IEnumerable<GpuCase> Convolutions(bool quick)
    {
        int batch = quick ? 8 : 512;
        foreach (ConvolutionLayer layer in quick ? ConvolutionLayer.ResNet18.Take(2) : ConvolutionLayer.ResNet18)
        {
            (int side, int channels, int outputs, int kernel, int outputSide) = (layer.Side, layer.Channels, layer.Outputs, layer.Kernel, layer.OutputSide);
            GpuCase Case(string name, Func<DeviceTensors, Action> prepare) => new(name, $"{batch}: {layer}", Precision.BFloat16, layer.Flops(batch), prepare);

            yield return Case("conv forward", device =>
            {
                Tensor x = device.Random(device.Ops.ActivationType, batch, side, side, channels), w = device.Random(outputs, kernel, kernel, channels);
                Tensor y = device.Activations(batch, outputSide, outputSide, outputs);
                return () => device.Ops.Conv2dForward(x, w, y, layer.Stride, layer.Padding);
            });
            if (channels != 3)
            {
                yield return Case("conv dx", device =>
                {
                    Tensor dy = device.Random(device.Ops.ActivationType, batch, outputSide, outputSide, outputs),
                        w = device.Random(outputs, kernel, kernel, channels);
                    Tensor dx = device.Activations(batch, side, side, channels);
                    return () => device.Ops.Conv2dBackwardInput(dy, w, dx, layer.Stride, layer.Padding);
                });
            }

            yield return Case("conv dw", device =>
            {
                Tensor x = device.Random(device.Ops.ActivationType, batch, side, side, channels);
                Tensor dy = device.Random(device.Ops.ActivationType, batch, outputSide, outputSide, outputs),
                    dw = device.Zeros(outputs, kernel, kernel, channels);
                return () => device.Ops.Conv2dBackwardWeight(x, dy, dw, layer.Stride, layer.Padding);
            });
        }
    }

    // Forward of both views of every image, NT-Xent, backward, SGD with momentum. The views lie on the device; nothing is augmented or logged.
    private static GpuCase Step(int images)
    {
        int views = 2 * images;
        return new("ResNet-18 step", $"{images} images, {views} views of {Side}x{Side}", Precision.BFloat16,
            ConvolutionLayer.StepFlops(views, Dimension), device =>
        {
            Ops ops = device.Ops;
            Model model = Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, Side, Side, Dimension), 1);
            device.Own(model, model.ActivationBytes(views, training: true) + (2 * sizeof(float) * model.Parameters.Count));
            model.Prepare(views, training: true);
            Tensor batch = device.Random(ops.ActivationType, views, Side, Side, 3), velocity = device.Zeros((int)model.Parameters.Count);
            Tensor loss = device.Zeros(views), logSumExp = device.Zeros(views), dz = device.Zeros(views, Dimension);
            TwoViews indices = device.Views(images);
            return () =>
            {
                Tensor z = model.Project(model.Encode(batch, training: true), training: true);
                ops.ContrastiveLoss(indices.BothViews(z), new ContrastiveSettings(Temperature), loss, logSumExp, ContrastiveGradients.OfRows(dz));
                ops.Zero(model.Gradients);
                model.Backward(dz);
                ops.SgdStep(model.Parameters, model.Gradients, velocity, model.Segments, 1e-3f, 0.9f, 1e-4f, false);
            };
        });
    }

    private static IEnumerable<GpuCase> Losses(bool quick)
    {
        (string Name, int Rows, int Keys)[] shapes = quick ? [("InfoNCE", 64, 512), ("NT-Xent", 128, 128)]
            : [("InfoNCE", 1024, 65536), ("NT-Xent", 8192, 8192), ("InfoNCE", 65536, 65536)];
        foreach ((string name, int rows, int keys) in shapes)
        {
            double product = 2.0 * rows * keys * Dimension;
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                yield return name == "NT-Xent" ? new(name, $"{rows} rows, d {Dimension}", precision, 3 * product, device => NtXent(device, rows))
                    : new(name, $"{rows} x {keys}, d {Dimension}", precision, 4 * product, device => InfoNce(device, rows, keys));
            }
        }
    }

    private static Action NtXent(DeviceTensors device, int rows)
    {
        Tensor z = device.Units(rows, Dimension), loss = device.Zeros(rows), logSumExp = device.Zeros(rows), dz = device.Zeros(rows, Dimension);
        ContrastiveBatch batch = device.Views(rows / 2).BothViews(z);
        return () => device.Ops.ContrastiveLoss(batch, new ContrastiveSettings(Temperature), loss, logSumExp, ContrastiveGradients.OfRows(dz));
    }

    // Key i is the positive of query i; all other keys are its negatives.
    private static Action InfoNce(DeviceTensors device, int rows, int keyCount)
    {
        Tensor queries = device.Units(rows, Dimension), keys = device.Units(keyCount, Dimension), loss = device.Zeros(rows), logSumExp = device.Zeros(rows);
        ContrastiveGradients gradients = new(device.Zeros(rows, Dimension), device.Zeros(keyCount, Dimension));
        ContrastiveBatch batch = new(queries, keys) { PositiveKeys = device.Counting(rows) };
        return () => device.Ops.ContrastiveLoss(batch, new ContrastiveSettings(Temperature), loss, logSumExp, gradients);
    }
}
