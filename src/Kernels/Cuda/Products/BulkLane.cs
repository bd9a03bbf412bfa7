using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The panel of a step that a lane of the copying warp brings: lanes have the left ones first, and then those of the right side.</summary>
internal struct BulkLane
{
    /// <summary>The byte of the panel from the stage's first.</summary>
    public int Panel;

    /// <summary>The first row, or column, of the product that it belongs to.</summary>
    public int Side;

    /// <summary>1 for a lane of the left, or the right side; both are 0 for the others.</summary>
    public int IsLeft, IsRight;

    /// <summary>That of this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BulkLane Of(ProductShape shape, int firstRow, int firstColumn)
    {
        int lane = Warp.LaneIdx, across = lane - shape.Down;
        return new()
        {
            Panel = lane * PanelText.Bytes, Side = across < 0 ? firstRow + (lane * PanelText.Side) : firstColumn + (across * PanelText.Side),
            IsLeft = across < 0 ? 1 : 0, IsRight = across >= 0 && across < shape.Across ? 1 : 0,
        };
    }
}
