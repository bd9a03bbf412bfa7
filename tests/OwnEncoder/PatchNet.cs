using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;

namespace NegSamples.OwnEncoder;

/// <summary>Patches of 2 x 2 pixels, a residual pair of convolutions, a pool, and a last convolution of twice the channels.</summary>
public sealed class PatchNet : Encoder
{
    private readonly Slots slots;
    private readonly NormalizedConvolution patches, first, second, last;
    private readonly MaxPool pool;

    public PatchNet(Blueprint blueprint, MapShape image, int channels = 16)
    {
        slots = blueprint.Slots;
        patches = new(blueprint, "patches", "patches_norm", image, channels, kernel: 2, stride: 2, padding: 0, relu: true);
        first = new(blueprint, "first", "first_norm", patches.Output, channels, kernel: 3, stride: 1, padding: 1, relu: true);
        second = new(blueprint, "second", "second_norm", first.Output, channels, kernel: 3, stride: 1, padding: 1, relu: true);
        pool = new(blueprint, second.Output, kernel: 2, stride: 2, padding: 0);
        last = new(blueprint, "last", "last_norm", pool.Output, 2 * channels, kernel: 3, stride: 1, padding: 1, relu: true);
    }

    public static EncoderKind Kind { get; } = EncoderKind.Register("patch-net", (blueprint, settings) => new PatchNet(blueprint, settings.Image));

    public override MapShape Output => last.Output;

    public override Tensor Forward(Tensor images, bool training)
    {
        Tensor p = patches.Forward(images, residual: default, training);
        Tensor a = first.Forward(p, residual: default, training);
        Tensor b = second.Forward(a, residual: p, training);
        slots.Return(a);
        slots.Return(p);
        Tensor c = pool.Forward(b, training); // returns b
        Tensor y = last.Forward(c, residual: default, training);
        slots.Return(c);
        return y;
    }

    public override void Backward(Tensor dy)
    {
        Tensor db = pool.Backward(last.Backward(dy));
        Tensor da = second.BackwardResidual(db); // db is now the gradient of p by the shortcut
        first.BackwardInto(da, db);
        patches.BackwardParameters(db);
    }
}
