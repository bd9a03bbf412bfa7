namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Which axis of an operand is contiguous in memory, and so in its panels.</summary>
internal interface IPanelLayout
{
    static abstract bool DepthContiguous { get; }
}

/// <summary>Each row (or column) of the product has its depth in one run: a as [M, K], b as [N, K].</summary>
internal readonly struct ContiguousDepth : IPanelLayout
{
    public static bool DepthContiguous => true;
}

/// <summary>Each place of the depth has the product's rows (or columns) in one run: a as [K, M], b as [K, N].</summary>
internal readonly struct StridedDepth : IPanelLayout
{
    public static bool DepthContiguous => false;
}

/// <summary>The same to the texts of products.</summary>
internal enum PanelDepth
{
    Contiguous,
    Strided,
}
