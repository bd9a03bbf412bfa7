using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>A few buffers of the size of the largest feature map, lent out in turn: gradients on the way back, maps of inference on the way forward.</summary>
/// <remarks>Tensors that are not from here may be given to <see cref="Return"/> too and stay what they are, so that a layer need not know
/// whether its input was saved for backward or only lent.</remarks>
public sealed class Slots
{
    /// <summary>A residual block backward holds dy, the gradient inside the block and the one that a convolution writes.</summary>
    private const int Number = 3;

    private readonly Arena?[] arenas = new Arena?[Number];
    private readonly bool[] lent = new bool[Number];
    private ElementType type;

    internal Slots()
    {
    }

    /// <summary>Bytes of all buffers.</summary>
    internal static long Bytes(ElementType type, long largestMap, int images) => Number * Arena.BytesFor(type, largestMap * images);

    internal void Prepare(Ops ops, long largestMap, int images)
    {
        Dispose();
        type = ops.ActivationType;
        for (int i = 0; i < Number; i++) arenas[i] = ops.CreateArena("feature maps in passing", Arena.BytesFor(type, largestMap * images));
    }

    /// <summary>Takes all buffers back, whatever became of the pass that had them.</summary>
    internal void ReturnAll() => Array.Clear(lent);

    /// <summary>Lends a feature map; its numbers are whatever was left there.</summary>
    /// <param name="images">How many images it is of.</param>
    /// <param name="map">Of each; one that was announced by <see cref="Blueprint.Passes"/>, or a smaller one.</param>
    /// <exception cref="InvalidOperationException">All buffers are lent.</exception>
    public Tensor Take(int images, MapShape map) => Lend().Take(type, images, map.Height, map.Width, map.Channels);

    /// <summary>Lends the room for the statistics of a map's columns, as float32: a small part of the map's own, but for maps of less than five rows.</summary>
    internal Tensor TakeColumnStatistics(Tensor map) =>
        Lend().Take((map.Rows + Ops.ColumnStatisticsRows - 1) / Ops.ColumnStatisticsRows, 2, map.Columns);

    /// <summary>Takes one buffer back; a tensor that is not from here is left alone.</summary>
    /// <param name="map">What was lent.</param>
    public void Return(Tensor map)
    {
        int index = Array.IndexOf(arenas, map.Arena);
        if (index >= 0) lent[index] = false;
    }

    private Arena Lend()
    {
        int free = Array.IndexOf(lent, false);
        if (free < 0 || arenas[free] is not { } arena) throw new InvalidOperationException("All buffers are lent: a layer forgot to return one.");
        lent[free] = true;
        arena.Release(0);
        return arena;
    }

    internal void Dispose()
    {
        ReturnAll();
        for (int i = 0; i < Number; i++)
        {
            arenas[i]?.Dispose();
            arenas[i] = null;
        }
    }
}
