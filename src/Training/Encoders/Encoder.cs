using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>A network from images, or texts, to a last feature map; the mean over its pixels gives the features.</summary>
/// <remarks>
/// Its constructor declares its layers and their memory with a <see cref="Blueprint"/>; the passes then ask operations of <see cref="Blueprint.Ops"/> and reserve
/// nothing. They are also run on devices that only count memory or only record what is asked of them, so they read no tensor on the host. A pass may keep in
/// fields what its own backward pass reads. <see cref="EncoderKind.Register"/> gives it a name, <see cref="GradientCheck"/> checks its backward pass.
/// </remarks>
public abstract class Encoder
{
    /// <summary>The last feature map.</summary>
    public abstract MapShape Output { get; }

    /// <summary>The last feature map of images: saved when training, otherwise in a slot that the caller returns.</summary>
    /// <param name="images">Images [n, H, W, 3], or texts, int32 ids [n, words].</param>
    /// <param name="training">With the statistics of the batch and saved for backward; otherwise with the running statistics.</param>
    /// <returns>[n, <see cref="Output"/>], in <see cref="Ops.ActivationType"/>.</returns>
    public abstract Tensor Forward(Tensor images, bool training);

    /// <summary>Adds to the gradients of all parameters.</summary>
    /// <param name="dy">The gradient of the last map of the <see cref="Forward"/> before, in a slot, which is returned; its numbers may be overwritten.</param>
    public abstract void Backward(Tensor dy);

    /// <summary>Names the operations of inference from the images to the last feature map, for files that other programs run.</summary>
    /// <param name="trace">Is told the operations.</param>
    /// <param name="images">What stands for the images.</param>
    /// <returns>What stands for the map.</returns>
    /// <exception cref="NotSupportedException">The encoder does not name them; it is trained and evaluated all the same.</exception>
    public virtual string Trace(INetworkTrace trace, string images) =>
        throw new NotSupportedException($"The encoder {GetType().Name} does not name its operations, so that it cannot be written for other programs; override {nameof(Trace)} to do so.");

    /// <summary>Refuses images that a network of the library would halve away.</summary>
    /// <exception cref="ArgumentException">They are too small.</exception>
    private protected static void RequireSide(MapShape image, int least, string name)
    {
        if (image.Height < least || image.Width < least)
            throw new ArgumentException($"The images are {image.Height} x {image.Width}; {name} needs at least {least} x {least}.", nameof(image));
    }
}
