namespace NegSamples.Kernels.Cuda;

/// <summary>Four floats that load and store as one access of 16 bytes.</summary>
internal struct Float4
{
    public float X, Y, Z, W;

    public Float4(float x, float y, float z, float w) => (X, Y, Z, W) = (x, y, z, w);
}
