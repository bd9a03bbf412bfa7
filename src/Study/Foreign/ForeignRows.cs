using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Foreign;

/// <summary>Brings the rows of a split to unit length as an encoder does with its own, batch by batch.</summary>
internal static class ForeignRows
{
    private const int Samples = 1024;

    /// <summary>Takes some samples that follow each other.</summary>
    /// <param name="first">The place of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="rows">Their unit rows; the memory is filled again for the next batch.</param>
    public delegate void Take(int first, int count, ViewRows rows);

    /// <summary>Gives all samples in order.</summary>
    /// <param name="split">The split.</param>
    /// <param name="views">How many of its views.</param>
    /// <param name="ops">The device.</param>
    /// <param name="take">Receives them.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it between two batches.</param>
    public static void Stream(ForeignSplit split, int views, Ops ops, Take take, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int most = Math.Min(Samples, split.Count), dimension = split.Dimension;
        using Arena arena = ops.CreateArena("rows of unit length", Bytes((long)most * dimension) + Bytes(most));
        Tensor block = arena.Take(most, dimension), scale = arena.Take(most, 1);
        float[][] units = [.. Enumerable.Range(0, views).Select(_ => new float[most * dimension])];
        for (int first = 0; first < split.Count; first += most)
        {
            stop.ThrowIfCancellationRequested();
            status(new EvaluationProgress($"reading {split.Paths.Features}", first));
            int count = Math.Min(most, split.Count - first), numbers = count * dimension;
            for (int view = 0; view < views; view++)
            {
                float[] unit = units[view];
                for (int i = 0; i < count; i++) split.Row(first + i, view).CopyTo(unit.AsSpan(i * dimension));
                ops.Upload(unit.AsSpan(0, numbers), block.Slice(0, count));
                ops.L2NormalizeForward(block.Slice(0, count), block.Slice(0, count), scale.Slice(0, count));
                ops.Download(block.Slice(0, count), unit.AsSpan(0, numbers));
            }

            take(first, count, view => units[view].AsSpan(0, numbers));
        }
    }

    private static long Bytes(long floats) => Arena.BytesFor(ElementType.Float32, floats);
}
