using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>A network from images, or texts, to a last feature map; the mean over its pixels gives the features.</summary>
internal abstract class Encoder
{
    /// <summary>The last feature map.</summary>
    public abstract MapShape Output { get; }

    /// <summary>The last feature map of images [n, H, W, 3], or of texts, int32 ids [n, words]: saved when training, otherwise in a slot that the caller returns.</summary>
    public abstract Tensor Forward(Tensor images, bool training);

    /// <summary>Names the operations of inference from the images to the last feature map.</summary>
    /// <exception cref="NotSupportedException">It is an encoder of texts.</exception>
    public abstract string Trace(INetworkTrace trace, string images);

    /// <summary>Adds to the gradients of all parameters; dy lies in a slot, which is returned.</summary>
    public abstract void Backward(Tensor dy);

    /// <summary>Declares the network of these settings.</summary>
    /// <exception cref="ArgumentException">The images are too small for it.</exception>
    public static Encoder Declare(Blueprint blueprint, ModelSettings settings)
    {
        if (settings.Encoder == EncoderKind.EmbeddingBag)
        {
            if (settings.Words < 1) throw new ArgumentException($"The words are {settings.Words}; the embedding bag needs a vocabulary.", nameof(settings));
            return new EmbeddingBag(blueprint, settings.Words);
        }

        MapShape image = new(settings.ImageHeight, settings.ImageWidth, 3);
        int least = settings.Encoder == EncoderKind.ConvNet ? ConvNet.LeastSide : ResNet.LeastSide(settings.Stem);
        if (image.Height < least || image.Width < least)
        {
            string name = settings.Encoder == EncoderKind.ConvNet ? "ConvNet" : $"{settings.Encoder} with the {settings.Stem} stem";
            throw new ArgumentException($"The images are {image.Height} x {image.Width}; {name} needs at least {least} x {least}.", nameof(settings));
        }

        return settings.Encoder switch
        {
            EncoderKind.ConvNet => new ConvNet(blueprint, image, [32, 64, 128, 256]),
            EncoderKind.ResNet18 => new ResNet(blueprint, image, settings.Stem, bottleneck: false, [2, 2, 2, 2], width: 64),
            EncoderKind.ResNet34 => new ResNet(blueprint, image, settings.Stem, bottleneck: false, [3, 4, 6, 3], width: 64),
            EncoderKind.ResNet50 => new ResNet(blueprint, image, settings.Stem, bottleneck: true, [3, 4, 6, 3], width: 64),
            _ => throw new ArgumentOutOfRangeException(
                nameof(settings), $"The encoder is {settings.Encoder}; expected ConvNet, ResNet18, ResNet34, ResNet50 or EmbeddingBag."),
        };
    }
}
