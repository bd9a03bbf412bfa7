using System.Text.Json.Serialization;
using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training;

/// <summary>How a residual network begins. <see cref="EncoderKind.ConvNet"/> has its own beginning and ignores it.</summary>
public enum StemKind
{
    /// <summary>A 3 x 3 convolution of stride 1 and padding 1, no pool: the usual change for images of 32 x 32.</summary>
    [JsonStringEnumMemberName("cifar")]
    Cifar,

    /// <summary>A 7 x 7 convolution of stride 2 and padding 3, then a 3 x 3 max pool of stride 2: as published.</summary>
    [JsonStringEnumMemberName("imagenet")]
    ImageNet,

    /// <summary>A 3 x 3 convolution of stride 1 and padding 3, no pool: what the experiments of arXiv:2102.06866 ran; 32 x 32 becomes 36 x 36.</summary>
    [JsonStringEnumMemberName("paper")]
    Paper,
}

/// <summary>Everything that decides a model's tensors and their shapes.</summary>
/// <param name="Encoder">The network.</param>
/// <param name="Stem">Its beginning.</param>
/// <param name="ImageHeight">Height of every image, pixels.</param>
/// <param name="ImageWidth">Width of every image, pixels.</param>
/// <param name="EmbeddingDimension">D, the length of the unit rows that the projection head gives.</param>
public sealed record ModelSettings(EncoderKind Encoder, StemKind Stem, int ImageHeight, int ImageWidth, int EmbeddingDimension = 128)
{
    /// <summary>The shape of one image: height, width and the three colours.</summary>
    public MapShape Image => new(ImageHeight, ImageWidth, 3);

    /// <summary>V, the words of the vocabulary that <see cref="EncoderKind.EmbeddingBag"/> has vectors of; 0 for images.</summary>
    public int Words { get; init; }

    /// <summary>The temperature that a learned logit scale starts from; null where the temperature is not learned.</summary>
    public double? Temperature { get; init; }

    /// <summary>The range that the encoder wants the pixels of its images in.</summary>
    public PixelRange Pixels { get; init; } = PixelRange.Unit;

    /// <summary>Whether the head alone is trained: the encoder is as in inference, and gets no gradient.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>The bias that a learned logit bias starts from; null where there is none.</summary>
    public double? Bias { get; init; }

    /// <summary>Whether a linear classifier stands in the place of the projection head; its D logits are those of as many classes.</summary>
    public bool IsClassifier { get; init; }
}
