namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Sixteen bytes that a thread moves at once.</summary>
internal struct Float4
{
    public float X, Y, Z, W;
}
