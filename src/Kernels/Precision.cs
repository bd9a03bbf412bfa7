namespace NegSamples.Kernels;

/// <summary>What the matrix-shaped kernels of a GPU compute with. Master weights, statistics and losses are float32 in all three.</summary>
public enum Precision
{
    /// <summary>Activations and operands in bfloat16, sums in float32, on tensor cores.</summary>
    BFloat16,

    /// <summary>Activations in float32; operands are rounded to TF32 (10 bits of fraction), sums are float32, on tensor cores.</summary>
    TensorFloat32,

    /// <summary>Everything in float32, without tensor cores: the arithmetic of the CPU, in another order of summation.</summary>
    Float32,
}
