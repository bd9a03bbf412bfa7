namespace NegSamples.Kernels.Cuda;

/// <summary>How the four warps of a block, each with 64 x 64 elements, share out its tile.</summary>
internal interface IMatrixTile
{
    /// <summary>Warps that lie below each other.</summary>
    static abstract int WarpRows { get; }
}

/// <summary>128 x 128.</summary>
internal struct SquareTile : IMatrixTile
{
    public static int WarpRows => 2;
}

/// <summary>256 x 64, for few columns.</summary>
internal struct TallTile : IMatrixTile
{
    public static int WarpRows => 4;
}
