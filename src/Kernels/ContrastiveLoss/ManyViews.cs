namespace NegSamples.Kernels;

/// <summary>
/// The batches of losses over V views of N samples: z [V·N, D], rows v·N..(v + 1)·N − 1 view v. Their indices lie in device memory.
/// </summary>
/// <remarks>
/// The loss over all pairs is the mean over the offsets 1..V − 1 of <see cref="AtOffset"/>: V − 1 calls, each with all products of queries and keys. Its
/// negatives are the same in every call, so that one product could serve them all; an engine for it would be another one, and at the batches of a training the
/// loss is a small part of a step. <see cref="TwoViews"/> is for V = 2, where a symmetric engine multiplies each pair of rows once.
/// </remarks>
public sealed class ManyViews
{
    private readonly int samples, views, rows;
    private readonly Tensor rowsTwice, sampleOfRow;

    /// <summary>Takes memory for the indices and fills them.</summary>
    /// <param name="arena">Has room for <see cref="BytesFor"/>.</param>
    /// <param name="samples">N.</param>
    /// <param name="views">V.</param>
    public ManyViews(Arena arena, int samples, int views)
    {
        ArgumentNullException.ThrowIfNull(arena);
        (this.samples, this.views, rows) = (samples, views, views * samples);
        int[] indices = new int[2 * rows];
        for (int i = 0; i < indices.Length; i++) indices[i] = i % rows;
        rowsTwice = arena.Take(ElementType.Int32, indices.Length);
        arena.Ops.Upload<int>(indices, rowsTwice);
        for (int i = 0; i < rows; i++) indices[i] = i % samples;
        sampleOfRow = arena.Take(ElementType.Int32, rows);
        arena.Ops.Upload<int>(indices.AsSpan(0, rows), sampleOfRow);
    }

    /// <summary>Bytes of the indices.</summary>
    /// <param name="samples">N.</param>
    /// <param name="views">V.</param>
    public static long BytesFor(int samples, int views) =>
        Arena.BytesFor(ElementType.Int32, 2L * views * samples) + Arena.BytesFor(ElementType.Int32, (long)views * samples);

    /// <summary>
    /// Every row an anchor: row i's positive is row (i + o·N) mod V·N, its sample o views further on, and all V·(N − 1) rows of other samples are its
    /// negatives. The anchor itself and the other views of its sample are neither.
    /// </summary>
    /// <param name="z">[V·N, D].</param>
    /// <param name="offset">o, from 1 to V − 1.</param>
    /// <remarks>
    /// Rows are queries and keys: the gradient of z is that of the queries plus that of the keys. Drawn negatives are a function of the anchor's row, so an
    /// anchor has the same ones at every offset.
    /// </remarks>
    public ContrastiveBatch AtOffset(Tensor z, int offset)
    {
        if (offset < 1 || offset >= views)
            throw new ArgumentOutOfRangeException(nameof(offset), FormattableString.Invariant($"offset is {offset}; expected 1 to {views - 1}."));
        return new(z, z) { PositiveKeys = rowsTwice.Slice(offset * samples, rows), QueryLabels = sampleOfRow, KeyLabels = sampleOfRow };
    }

    /// <summary>
    /// Every row an anchor and labels for positives: the positives of row i are the other rows of its label, the other views of its sample among them; row i
    /// itself is ignored; the denominator has all V·N − 1 other rows. For <see cref="SupervisedContrastive"/>.
    /// </summary>
    /// <param name="z">[V·N, D].</param>
    /// <param name="labels">The label of each row, int32 [V·N].</param>
    /// <remarks>Rows are queries and keys: the gradient of z is that of the queries plus that of the keys.</remarks>
    public ContrastiveBatch Labelled(Tensor z, Tensor labels) => new(z, z) { IgnoredKeys = rowsTwice.Slice(0, rows), QueryLabels = labels, KeyLabels = labels };
}
