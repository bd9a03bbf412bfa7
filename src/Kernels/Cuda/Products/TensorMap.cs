namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// A matrix as the copy engine of compute capability 9.0 (TMA) is told of it, in the driver's own 128 bytes: boxes of 64 rows of 128 bytes come out of it as panels,
/// and what lies outside of the matrix as zeros. A kernel takes it as a parameter, which only <see cref="BulkCopy"/> reads.
/// </summary>
internal struct TensorMap
{
    public Float4 First, Second, Third, Fourth, Fifth, Sixth, Seventh, Eighth;
}
