using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>A convolution of ResNet-18 with the stem for images of 32 x 32, by its input.</summary>
public readonly record struct ConvolutionLayer(int Channels, int Side, int Outputs, int Kernel, int Stride)
{
    /// <summary>Every distinct one of the network.</summary>
    public static IEnumerable<ConvolutionLayer> ResNet18 =>
    [
        new(3, 32, 64, 3, 1), new(64, 32, 64, 3, 1),
        new(64, 32, 128, 3, 2), new(64, 32, 128, 1, 2), new(128, 16, 128, 3, 1),
        new(128, 16, 256, 3, 2), new(128, 16, 256, 1, 2), new(256, 8, 256, 3, 1),
        new(256, 8, 512, 3, 2), new(256, 8, 512, 1, 2), new(512, 4, 512, 3, 1),
    ];

    public int Padding => Kernel / 2;

    public int OutputSide => Ops.OutputLength(Side, Kernel, Stride, Padding);

    /// <summary>FLOPs of the direct method, for the image as for either gradient.</summary>
    public double Flops(int batch) => 2.0 * batch * OutputSide * OutputSide * Outputs * Kernel * Kernel * Channels;

    /// <summary>Bytes of input, weights and output.</summary>
    public double Bytes(int batch) =>
        4.0 * (((double)batch * Side * Side * Channels) + ((double)Outputs * Kernel * Kernel * Channels) + ((double)batch * OutputSide * OutputSide * Outputs));

    /// <summary>FLOPs of a training step: the network's convolutions and SimCLR's head, each three times, but for the gradient of the stem's image.</summary>
    public static double StepFlops(int batch, int dimension)
    {
        double once = 2.0 * batch * ((512 * 512) + (512 * dimension)), image = 0;
        foreach (ConvolutionLayer layer in ResNet18)
        {
            // Stages repeat their stride-1 layer: four times in the first, three times in the others.
            int times = layer.Channels != layer.Outputs ? 1 : layer.Channels == 64 ? 4 : 3;
            if (layer.Channels == 3) image = layer.Flops(batch);
            once += times * layer.Flops(batch);
        }

        return (3 * once) - image;
    }

    public override string ToString() => $"{Channels}x{Side}x{Side} -> {Outputs}, {Kernel}x{Kernel}/{Stride}";
}
