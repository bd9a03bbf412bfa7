namespace NegSamples.Kernels.Cpu;

/// <summary>A matrix in memory, of float32 or bfloat16, that products read as words of two bfloat16.</summary>
internal readonly unsafe struct BFloat16Operand(Tensor tensor, bool isTransposed)
{
    private readonly byte* start = tensor.ActivationPointer;
    private readonly bool isRounded = tensor.Type == ElementType.BFloat16;
    private readonly long stride = tensor.Columns;

    /// <summary>Whether the depth k is what lies side by side: [n, k], of which the product takes the transpose.</summary>
    public bool IsTransposed => isTransposed;

    /// <summary>Whether its rows of k can be read as words where they are.</summary>
    public bool LiesInWords => !isTransposed && isRounded && stride % 2 == 0;

    /// <summary>A row of k, where the matrix <see cref="LiesInWords"/>.</summary>
    public uint* WordsOf(long row) => (uint*)((ushort*)start + (row * stride));

    /// <summary>Numbers [first, first + count) of a stored row, rounded; what is short of whole words is a zero.</summary>
    public void CopyRow(long row, long first, int count, ushort* target)
    {
        if (isRounded) new ReadOnlySpan<ushort>((ushort*)start + (row * stride) + first, count).CopyTo(new Span<ushort>(target, count));
        else BFloat16Rows.Round((float*)start + (row * stride) + first, target, count);
        if (count % 2 != 0) target[count] = 0;
    }

    /// <summary>Numbers [first, first + count) of two stored rows, k and k + 1, as words; without the second it is zeros.</summary>
    public void CopyPair(long row, bool hasSecond, long first, int count, uint* target)
    {
        long at = (row * stride) + first;
        if (isRounded)
        {
            ushort* even = (ushort*)start + at;
            BFloat16Rows.Interleave(even, hasSecond ? even + stride : null, count, target);
        }
        else
        {
            float* even = (float*)start + at;
            BFloat16Rows.InterleaveRounded(even, hasSecond ? even + stride : null, count, target);
        }
    }
}
