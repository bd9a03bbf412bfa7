using System.Numerics.Tensors;
using NegSamples.Kernels;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Similarity;

/// <summary>Rows of unit length, each a pure function of seed, stream and index.</summary>
internal sealed class UnitRows(ulong seed, int threads)
{
    private const int PerUpload = 2048;

    // How far a positive is from its query: beside a unit row a cosine of about 0.89, as a trained encoder has it.
    private const float Distance = 0.5f;

    /// <summary>Whether nothing is computed or copied, for a device that only plans.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>Fills a tensor; row i comes from the stream at index firstRow + i, near the row that another stream has at an index, or near none.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="rows">Receives the rows, [n, D].</param>
    /// <param name="stream">Which rows.</param>
    /// <param name="firstRow">The index that the first of the rows has in its stream.</param>
    /// <param name="near">The stream and index of the row that row i is near to; null for none.</param>
    /// <param name="stop">Ends it.</param>
    public void Fill(Ops ops, Tensor rows, uint stream, int firstRow, Func<int, (uint Stream, int Index)?> near, CancellationToken stop)
    {
        if (IsPlanned) return;
        int depth = rows.Columns;
        float[] host = new float[Math.Min(PerUpload, rows.Rows) * depth];
        for (int first = 0; first < rows.Rows; first += PerUpload)
        {
            int count = Math.Min(PerUpload, rows.Rows - first), from = firstRow + first;
            stop.ThrowIfCancellationRequested();
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? -1 : threads }, i =>
            {
                Span<float> row = host.AsSpan(i * depth, depth);
                Draw(stream, from + i, row);
                if (near(from + i) is not { } other) return;
                float[] center = new float[depth];
                Draw(other.Stream, other.Index, center);
                TensorPrimitives.MultiplyAdd(row, Distance, center, row);
                Normalize(row);
            });
            ops.Upload<float>(host.AsSpan(0, count * depth), rows.Slice(first, count));
        }
    }

    private void Draw(uint stream, int index, Span<float> row)
    {
        Philox random = new(seed, RandomPurpose.MeasuredRows, stream, (uint)index);
        for (int d = 0; d < row.Length; d++) row[d] = random.Uniform((uint)d, -1, 1);
        Normalize(row);
    }

    private static void Normalize(Span<float> row)
    {
        float norm = TensorPrimitives.Norm<float>(row);
        if (norm > 0) TensorPrimitives.Divide(row, norm, row);
    }
}
