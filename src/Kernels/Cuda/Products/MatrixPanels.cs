namespace NegSamples.Kernels.Cuda.Products;

/// <summary>One side of a product as a matrix in device memory, whose rows start at multiples of 16 bytes.</summary>
internal struct MatrixPanels
{
    public long Address, RowBytes;

    /// <summary>Stored rows, and 16-byte chunks of a stored row; beyond both it is zero.</summary>
    public int StoredRows, Chunks;
}
