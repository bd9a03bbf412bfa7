using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Both views of 512 texts of 40 words: forward reads the vector of each word, backward reads and writes its gradient.</summary>
public class EmbeddingBagBench : OperationBench
{
    private const int Bags = 1024, Length = 40, Columns = 50;
    private Tensor ids, w, y, dw;

    /// <summary>A table of 2 MB, which a cache holds, and one of 20 MB.</summary>
    [Params(10_000, 100_000)]
    public int Words { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (w, y, dw) = (Random(Words, Columns), Random(Bags, Columns), Zeros(Words, Columns));
        Random random = new(1);
        int[] words = new int[Bags * Length];
        foreach (ref int word in words.AsSpan()) word = random.Next(Words);
        ids = Indices(words, Bags, Length);
    }

    [Benchmark]
    public void Forward() => Ops.EmbeddingBagForward(ids, w, y);

    [Benchmark]
    public void Backward() => Ops.EmbeddingBagBackward(y, ids, dw);

    public override Floor FloorOf(string method) => method == nameof(Forward)
        ? new((double)Bags * Length * Columns, 4.0 * Bags * (Length + Columns + (Length * Columns)))
        : new((double)Bags * Length * Columns, 4.0 * Bags * (Length + Columns + (2 * Length * Columns)));
}
