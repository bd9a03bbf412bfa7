using System.Runtime.InteropServices;
using NegSamples.Kernels;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace NegSamples.Samples.TorchLoss;

/// <summary>NT-Xent of two views for tensors of TorchSharp on the CPU.</summary>
internal static class TorchNtXent
{
    /// <summary>The loss of unit rows by this library, and its backward pass through the network that made them. Nothing is copied either way.</summary>
    /// <param name="z">[2N, D]: view 1 of N samples, then view 2 of the same samples.</param>
    /// <param name="temperature">T.</param>
    public static double Backward(Tensor z, float temperature)
    {
        using Tensor rows = z.detach(), gradient = empty_like(rows);
        double loss = ContrastiveLoss.NtXent(Floats(rows), (int)rows.shape[1], temperature, Floats(gradient));
        z.backward([gradient]);
        return loss;
    }

    /// <summary>The same loss as people write it with tensors: the cross-entropy of all logits.</summary>
    public static Tensor OfLogits(Tensor z, float temperature)
    {
        long count = z.shape[0];
        Tensor self = eye(count, dtype: ScalarType.Bool), positives = (arange(count, dtype: ScalarType.Int64) + (count / 2)).remainder(count);
        return nn.functional.cross_entropy((mm(z, z.t()) / temperature).masked_fill(self, float.NegativeInfinity), positives);
    }

    /// <summary>The memory of a tensor. It lives as long as the tensor does.</summary>
    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
