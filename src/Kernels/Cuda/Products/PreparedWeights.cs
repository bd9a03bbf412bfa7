using System.Runtime.InteropServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Weights of a step as its products read them, made in one launch where a step that is asked by operations makes each when it is used.</summary>
/// <remarks>
/// What a first step asks for is noted, then given a place; from the next step on one launch in front of everything rounds, fills up and turns all of it.
/// So nothing has to know when weights change between two steps. The bits are those of the single launches.
/// </remarks>
internal sealed class PreparedWeights(KernelDevice device, KernelLauncher launcher, Precision precision) : IDisposable
{
    private const int PlaceBytes = 256, ElementsPerBlock = 4096;

    private readonly List<Arena> arenas = [];
    private readonly Dictionary<WeightForm, WeightPlace> places = [];
    private readonly List<PreparedWeight> entries = [];
    private readonly List<PreparedBlock> blocks = [];
    private DeviceSpan target, entryTable, blockTable;
    private long elements;
    private int built;

    private int BytesPerElement => precision == Precision.BFloat16 ? 2 : 4;

    /// <summary>Says that these parameters stay as they are until the step's optimizer.</summary>
    public void Add(Tensor parameters)
    {
        if (!arenas.Contains(parameters.Arena)) arenas.Add(parameters.Arena);
    }

    /// <summary>The address of weights as rows of whole chunks; 0 where they are still to be made.</summary>
    /// <param name="weights">Their last axis is contiguous; all before are rows.</param>
    /// <param name="pitch">Elements of a row.</param>
    public nint Rows(Tensor weights, int pitch)
    {
        PreparedWeight entry = new() { Rows = weights.Rows, Shape = new() { Inputs = weights.Columns, Pitch = pitch } };
        return Find(weights, entry, (long)weights.Rows * pitch);
    }

    /// <summary>The address of weights turned for the gradient of an input; 0 where they are still to be made.</summary>
    public nint Turned(Tensor weights, TurnedWeights shape) =>
        Find(weights, new() { Shape = shape }, (long)shape.Inputs * shape.Rows * shape.Columns * shape.Pitch);

    /// <summary>Makes everything that has a place.</summary>
    public void Launch()
    {
        if (built == 0) return;
        Delegate kernel = precision == Precision.BFloat16 ? PrepareWeightsKernel<BFloat16Element> : PrepareWeightsKernel<Float32Element>;
        launcher.Launch(kernel, built, OperandKernels.Threads, 0, blockTable, entryTable, target);
    }

    /// <summary>Gives everything that was asked for a place. It may not be called while a step runs.</summary>
    public void Build()
    {
        if (blocks.Count == built) return;
        Free();
        target = new(device.AllocateWorkspace("weights as products read them", elements * BytesPerElement), elements);
        entryTable = Table(CollectionsMarshal.AsSpan(entries), "weights to prepare");
        blockTable = Table(CollectionsMarshal.AsSpan(blocks), "blocks of weights to prepare");
        built = blocks.Count;
        Launch(); // The step that is recorded next may load no kernel.
    }

    /// <inheritdoc/>
    public void Dispose() => Free();

    private DeviceSpan Table<T>(ReadOnlySpan<T> content, string name)
        where T : unmanaged
    {
        DeviceSpan table = new(device.AllocateWorkspace(name, MemoryMarshal.AsBytes(content).Length), content.Length);
        device.Upload(MemoryMarshal.AsBytes(content), table.Address);
        return table;
    }

    private void Free()
    {
        foreach (DeviceSpan span in new[] { target, entryTable, blockTable })
        {
            if (span.Address != 0) device.Free(span.Address);
        }

        (target, entryTable, blockTable, built) = (default, default, default, 0);
    }

    private nint Find(Tensor weights, PreparedWeight entry, long count)
    {
        if (!arenas.Contains(weights.Arena)) return 0;
        WeightForm form = new(weights.DeviceAddress, entry.Rows, entry.Shape);
        if (places.TryGetValue(form, out WeightPlace place)) return place.Block < built ? target.Address + (nint)(place.First * BytesPerElement) : 0;
        (entry.Source, entry.Target) = ((long)weights.DeviceAddress, elements);
        places.Add(form, new(blocks.Count, elements));
        entries.Add(entry);
        AddBlocks(entry);
        elements = Tiling.RoundUp(elements + count, PlaceBytes / BytesPerElement);
        return 0;
    }

    private void AddBlocks(PreparedWeight entry)
    {
        TurnedWeights shape = entry.Shape;
        int number = entries.Count - 1;
        if (entry.Rows > 0)
        {
            for (int first = 0, rows = Math.Max(1, ElementsPerBlock / shape.Pitch); first < entry.Rows; first += rows)
                blocks.Add(new() { Entry = number, X = first, Y = Math.Min(rows, entry.Rows - first) });
            return;
        }

        for (int tap = 0; tap < shape.Rows * shape.Columns; tap++)
        {
            for (int y = 0; y < Tiling.Blocks(shape.Pitch, OperandKernels.Edge); y++)
            {
                for (int x = 0; x < Tiling.Blocks(shape.Inputs, OperandKernels.Edge); x++) blocks.Add(new() { Entry = number, X = x, Y = y, Tap = tap });
            }
        }
    }

    /// <summary>A block per some rows, or per 32 x 32 channels of one tap, of one weight.</summary>
    [LaunchBounds(OperandKernels.Threads)]
    private static void PrepareWeightsKernel<TTarget>(ArrayView<PreparedBlock> blocks, ArrayView<PreparedWeight> entries, ArrayView<TTarget> target)
        where TTarget : unmanaged, IElement<TTarget>
    {
        PreparedBlock block = blocks[Grid.IdxX];
        PreparedWeight entry = entries[block.Entry];
        if (entry.Rows == 0)
        {
            OperandKernels.Turn(entry.Source, target, entry.Target, entry.Shape, block.X * OperandKernels.Edge, block.Y * OperandKernels.Edge, block.Tap);
            return;
        }

        int pitch = entry.Shape.Pitch, columns = entry.Shape.Inputs;
        for (int i = Group.IdxX; i < block.Y * pitch; i += OperandKernels.Threads)
        {
            int row = i / pitch, column = i - (row * pitch);
            float value = column < columns ? OperandKernels.Weight(entry.Source, (((long)(block.X + row)) * columns) + column) : 0f;
            target[entry.Target + ((long)block.X * pitch) + i] = TTarget.FromFloat(value);
        }
    }

    private readonly record struct WeightForm(nint Weights, int Rows, TurnedWeights Shape);

    private readonly record struct WeightPlace(int Block, long First);
}

/// <summary>One form of one weight: where it is, and what of it goes where.</summary>
internal struct PreparedWeight
{
    /// <summary>The address of the weights, and the first element of the target.</summary>
    public long Source, Target;

    /// <summary>Rows that are rounded and filled up, of as many elements as the shape has inputs; 0 where the weights are turned.</summary>
    public int Rows;

    public TurnedWeights Shape;
}

/// <summary>A block's part: rows from X on, Y of them; or the tile (X, Y) of a tap.</summary>
internal struct PreparedBlock
{
    public int Entry, X, Y, Tap;
}
