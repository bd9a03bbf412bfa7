namespace NegSamples.Kernels;

/// <summary>
/// The batches of losses over two views of N samples: z [2N, D], rows 0..N−1 view 1, rows N..2N−1 view 2. Their indices lie in device memory.
/// </summary>
public sealed class TwoViews
{
    private readonly int samples;
    private readonly Tensor self, otherView, viewOfRow;

    /// <summary>Takes memory for the indices and fills them.</summary>
    /// <param name="arena">Has room for <see cref="BytesFor"/>.</param>
    /// <param name="samples">N.</param>
    public TwoViews(Arena arena, int samples)
    {
        ArgumentNullException.ThrowIfNull(arena);
        this.samples = samples;
        int[] indices = new int[2 * samples];
        for (int i = 0; i < indices.Length; i++) indices[i] = i;
        self = arena.Take(ElementType.Int32, indices.Length);
        arena.Ops.Upload<int>(indices, self);
        for (int i = 0; i < indices.Length; i++) indices[i] = (i + samples) % indices.Length;
        otherView = arena.Take(ElementType.Int32, indices.Length);
        arena.Ops.Upload<int>(indices, otherView);
        for (int i = 0; i < indices.Length; i++) indices[i] = i / samples;
        viewOfRow = arena.Take(ElementType.Int32, indices.Length);
        arena.Ops.Upload<int>(indices, viewOfRow);
    }

    /// <summary>Bytes of the indices.</summary>
    /// <param name="samples">N.</param>
    public static long BytesFor(int samples) => 3 * Arena.BytesFor(ElementType.Int32, 2L * samples);

    /// <summary>
    /// Every row an anchor: row i's positive is row (i + N) mod 2N, row i itself is ignored, and the other 2N − 2 rows are its negatives. InfoNCE of it is
    /// NT-Xent (Chen et al. 2020, arXiv:2002.05709, eq. 1); the decoupled, debiased and hard-negative losses are defined on the same sets.
    /// </summary>
    /// <param name="z">[2N, D].</param>
    /// <remarks>Rows are queries and keys: the gradient of z is that of the queries plus that of the keys.</remarks>
    public ContrastiveBatch BothViews(Tensor z) => new(z, z) { PositiveKeys = otherView, IgnoredKeys = self, Views = this };

    /// <summary>Whether nothing was put in the place of what <see cref="BothViews"/> gave the batch.</summary>
    internal bool ArePairsOf(in ContrastiveBatch batch) => batch.QueriesAreKeys && batch.QueryLabels.IsNone && batch.Queries[0] == 2 * samples
        && batch.PositiveKeys.IsSameAs(otherView) && batch.IgnoredKeys.IsSameAs(self);

    /// <summary>
    /// Two towers, both ways: every row an anchor, all rows of the other view its keys, row i's positive row (i + N) mod 2N, and the other N − 1 its negatives.
    /// InfoNCE of it, whose mean is over 2N rows, is (cross-entropy over the rows + cross-entropy over the columns)/2 of the N x N logits (Radford et al. 2021,
    /// arXiv:2103.00020, figure 3).
    /// </summary>
    /// <param name="z">[2N, D]: the queries, and below them the keys in the same order.</param>
    /// <remarks>Rows are queries and keys: the gradient of z is that of the queries plus that of the keys.</remarks>
    public ContrastiveBatch AcrossViews(Tensor z) => new(z, z) { PositiveKeys = otherView, QueryLabels = viewOfRow, KeyLabels = viewOfRow, Views = this };

    /// <summary>Whether nothing was put in the place of what <see cref="AcrossViews"/> gave the batch.</summary>
    internal bool AreAcross(in ContrastiveBatch batch) => batch.QueriesAreKeys && batch.IgnoredKeys.IsNone && batch.Queries[0] == 2 * samples
        && batch.PositiveKeys.IsSameAs(otherView) && batch.QueryLabels.IsSameAs(viewOfRow) && batch.KeyLabels.IsSameAs(viewOfRow);

    /// <summary>The other view's rows as keys of the one view's rows: each row's positive.</summary>
    internal Tensor KeysOfSamples => self.Slice(0, samples);

    /// <summary>
    /// View 1 the anchors, view 2 the keys: row i's positive is row N + i, and the other N − 1 rows of view 2 are its negatives; no row of view 1 is a key.
    /// InfoNCE of it is the loss of the paper's bound (Nozawa and Sato 2021, arXiv:2102.06866, eq. 1).
    /// </summary>
    /// <param name="z">[2N, D].</param>
    public ContrastiveBatch OtherView(Tensor z) =>
        new(z.Slice(0, samples), z.Slice(samples, samples)) { PositiveKeys = KeysOfSamples };

    /// <summary>
    /// Every row an anchor and labels for positives: the positives of row i are the other rows of its label, the other view of its sample among them; row i
    /// itself is ignored; the denominator has all 2N − 1 other rows. For <see cref="SupervisedContrastive"/>.
    /// </summary>
    /// <param name="z">[2N, D].</param>
    /// <param name="labels">The label of each row, int32 [2N].</param>
    /// <remarks>Rows are queries and keys: the gradient of z is that of the queries plus that of the keys.</remarks>
    public ContrastiveBatch Labelled(Tensor z, Tensor labels) => new(z, z) { IgnoredKeys = self, QueryLabels = labels, KeyLabels = labels };
}
