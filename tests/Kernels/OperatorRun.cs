using System.Runtime.InteropServices;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One operator at one size on one device: its operands lie in one arena with a gap behind each, so that one comparison sees every stray write.</summary>
internal sealed class OperatorRun : IDisposable
{
    /// <summary>What stands where nothing was written: a NaN, and no index.</summary>
    public const int Unwritten = 0x7FC0_DEAD;

    private const int Gap = 16; // words of 4 bytes, which keeps the alignment of arenas
    private readonly Operator of;
    private readonly int[] size;
    private readonly Ops ops;
    private readonly Arena arena;
    private readonly Tensor whole;

    /// <summary>Whether the operator has no result at this size.</summary>
    public bool IsToBeRefused => of.Refuses(size);

    public OperatorRun(Ops ops, Operator of, int[] size, int unwritten = Unwritten)
    {
        (this.of, this.size, this.ops) = (of, size, ops);
        Operands = of.Operands(size);
        Starts = new int[Operands.Length];
        int words = Gap;
        for (int i = 0; i < Operands.Length; i++)
        {
            Starts[i] = words;
            words += Words(Operands[i]) + Gap - (Words(Operands[i]) % Gap) + Gap;
        }

        Spare = words;
        words *= 3;
        arena = ops.CreateArena("operands", (long)words * sizeof(int));
        whole = arena.Take(ElementType.Int32, words);
        Tensors = [.. Operands.Select((operand, i) => At(Starts[i], operand.Type, operand.Shape))];
        int[] image = new int[words];
        Array.Fill(image, Unwritten);
        Random random = new(7);
        for (int i = 0; i < Operands.Length; i++)
        {
            if (Operands[i].IsRead) FillWith(random, Operands[i], image.AsSpan(Starts[i], Words(Operands[i])));
            else image.AsSpan(Starts[i], Words(Operands[i])).Fill(unwritten);
        }

        Image = image;
    }

    public Operand[] Operands { get; }

    public Tensor[] Tensors { get; }

    /// <summary>Where each operand begins in the image.</summary>
    public int[] Starts { get; }

    /// <summary>Where memory begins that no operand has, large enough for a tensor of the wrong shape or type.</summary>
    public int Spare { get; }

    /// <summary>All memory of the call, as bits.</summary>
    public int[] Image
    {
        get
        {
            int[] image = new int[whole.Count];
            ops.Download<int>(whole, image);
            return image;
        }

        set => ops.Upload<int>(value, whole);
    }

    /// <summary>A tensor at any place of the memory.</summary>
    public Tensor At(int word, ElementType type, params int[] shape) => new(arena, (long)word * sizeof(int), type, shape);

    public void Call() => Call(Tensors);

    public void Call(Tensor[] tensors)
    {
        of.Call(ops, tensors, size);
        ops.Synchronize();
    }

    /// <summary>The bits of one operand.</summary>
    public Span<int> Of(int[] image, int operand) => image.AsSpan(Starts[operand], Words(Operands[operand]));

    /// <summary>Nothing but the written operands has changed.</summary>
    public void AssertOnlyResultsChanged(int[] before, int[] after)
    {
        int[] expected = [.. before];
        for (int i = 0; i < Operands.Length; i++)
        {
            if (Operands[i].IsWritten) Of(after, i).CopyTo(Of(expected, i));
        }

        Assert.Equal(expected, after);
    }

    public override string ToString() => $"{of} of [{string.Join(", ", size)}]";

    public void Dispose() => arena.Dispose();

    private static int Words(Operand operand) => Tiling.Blocks(operand.Count * ElementTypes.SizeOf(operand.Type), sizeof(int));

    private static void FillWith(Random random, Operand operand, Span<int> words)
    {
        if (operand.Type == ElementType.UInt8)
        {
            random.NextBytes(MemoryMarshal.AsBytes(words));
            return;
        }

        Span<float> floats = MemoryMarshal.Cast<int, float>(words);
        for (int i = 0; i < words.Length; i++)
        {
            if (operand.Type == ElementType.Int32) words[i] = operand.IntegerAt?.Invoke(i) ?? random.Next(operand.Limit);
            else floats[i] = (float)(operand.Fill == Fill.Positive ? random.NextDouble() + 0.5 : (random.NextDouble() * 2) - 1);
        }

        if (operand.Fill != Fill.UnitRows) return;
        for (int start = 0; start < floats.Length; start += operand.Shape[^1])
        {
            Span<float> row = floats.Slice(start, operand.Shape[^1]);
            double squares = 0;
            foreach (float value in row) squares += (double)value * value;
            foreach (ref float value in row) value = (float)(value / Math.Sqrt(squares));
        }
    }
}
