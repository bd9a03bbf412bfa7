namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Who multiplies the panels of a tile, and how many at a time.</summary>
internal enum ProductPanels
{
    /// <summary>Each warp a pair.</summary>
    Warps,

    /// <summary>Two warpgroups 1 x 4 each: <see cref="WarpgroupLarge"/>.</summary>
    Large,

    /// <summary>A warpgroup 2 x 2: <see cref="WarpgroupSquare"/>.</summary>
    Square,

    /// <summary>4 x 1: <see cref="WarpgroupTall"/>.</summary>
    Tall,

    /// <summary>1 x 4: <see cref="WarpgroupWide"/>.</summary>
    Wide,
}
