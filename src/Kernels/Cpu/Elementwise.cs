namespace NegSamples.Kernels.Cpu;

/// <summary>One elementwise formula over up to three flat arrays, cut into runs by the length alone.</summary>
internal interface IElementFormula
{
    /// <summary>Writes y from a and b, all of the same length.</summary>
    static abstract void Apply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y);
}

/// <summary>Runs a formula in parallel.</summary>
internal unsafe struct Elementwise<TFormula> : IChunks
    where TFormula : IElementFormula
{
    public float* A, B, Y;
    public long Count;

    public readonly int Chunks => (int)((Count + ChannelRows.ElementsPerRun - 1) / ChannelRows.ElementsPerRun);

    public void Run(int chunk, int worker)
    {
        long first = (long)chunk * ChannelRows.ElementsPerRun;
        int length = (int)Math.Min(ChannelRows.ElementsPerRun, Count - first);
        TFormula.Apply(new ReadOnlySpan<float>(A + first, length), new ReadOnlySpan<float>(B + first, length), new Span<float>(Y + first, length));
    }
}
