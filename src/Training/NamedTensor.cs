using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>How a tensor's axes are stored here, for files that store them otherwise.</summary>
internal enum TensorLayout
{
    /// <summary>As in PyTorch.</summary>
    Plain,

    /// <summary>[out, kernelHeight, kernelWidth, in]; PyTorch's files hold [out, in, kernelHeight, kernelWidth].</summary>
    ConvolutionWeight,
}

/// <summary>One tensor of a model's state.</summary>
/// <param name="Name">Its name in a state dictionary of torchvision, without prefix.</param>
/// <param name="Value">The numbers.</param>
/// <param name="Layout">The order of the axes.</param>
/// <param name="Trainable">True for a parameter, false for a running statistic.</param>
internal sealed record NamedTensor(string Name, Tensor Value, TensorLayout Layout, bool Trainable);
