using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>Embeds a batch in pieces of consecutive rows, with the activations of one piece in memory: the gradient cache.</summary>
/// <remarks>
/// Forward embeds piece after piece and keeps only the unit rows, so that one loss sees them all. Backward embeds each piece once more for its activations and
/// sends its rows of the loss's gradient through; the parameters' gradients add up. The last piece's activations are still there and it is spared the second
/// pass, so a batch of one piece is embedded as if there were no pieces. Everything is as with the whole batch but for batch norm, which sees one piece at a
/// time (ghost batch norm: Hoffer, Hubara and Soudry 2017, arXiv:1705.08741). The running statistics move once a step: to the mean, weighted by rows, of what
/// each piece would have moved them to. Source: Gao, Zhang, Han and Callan 2021, arXiv:2101.06983, section 3.
/// </remarks>
internal sealed class PiecewiseEmbedding : IDisposable
{
    private readonly Model model;
    private readonly int rows, rowsPerPiece;
    private readonly Arena? arena;
    private readonly Tensor z, statisticsBefore, statisticsAfter;
    private Tensor views;

    /// <summary>Prepares the model's activations for one piece and takes the memory for the rest.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="rows">Rows of the whole batch, views counted.</param>
    /// <param name="rowsPerPiece">Rows of a piece; the last may have fewer, but 2 at least.</param>
    public PiecewiseEmbedding(Model model, int rows, int rowsPerPiece)
    {
        this.model = model;
        this.rows = rows;
        this.rowsPerPiece = Math.Min(rows, rowsPerPiece);
        Pieces = (rows + this.rowsPerPiece - 1) / this.rowsPerPiece;
        model.Prepare(this.rowsPerPiece, training: true);
        if (Pieces == 1) return;
        int statistics = checked((int)model.Statistics.Count);
        arena = model.Ops.CreateArena(
            "embeddings of all pieces",
            Arena.BytesFor(ElementType.Float32, (long)rows * model.EmbeddingDimension) + (2 * Arena.BytesFor(ElementType.Float32, statistics)));
        z = arena.Take(rows, model.EmbeddingDimension);
        statisticsBefore = arena.Take(statistics);
        statisticsAfter = arena.Take(statistics);
    }

    /// <summary>How many pieces the batch has.</summary>
    public int Pieces { get; }

    /// <summary>The unit rows of the whole batch, [rows, D].</summary>
    /// <param name="views">[rows, H, W, 3]; they must stay as they are until <see cref="Backward"/>.</param>
    public Tensor Forward(Tensor views)
    {
        this.views = views;
        if (Pieces == 1) return EmbedPiece(0);
        Ops ops = model.Ops;
        ops.Copy(model.Statistics, statisticsBefore);
        for (int piece = 0; piece < Pieces; piece++)
        {
            if (piece > 0) ops.Copy(statisticsBefore, model.Statistics);
            Tensor target = PieceOf(z, piece);
            ops.Copy(EmbedPiece(piece), target);
            ops.MovingAverage(model.Statistics, target[0] / (float)((piece * rowsPerPiece) + target[0]), statisticsAfter);
        }

        ops.Copy(statisticsAfter, model.Statistics);
        return z;
    }

    /// <summary>Adds the gradients of the parameters to <see cref="Model.Gradients"/>. Follows one <see cref="Forward"/>.</summary>
    /// <param name="dz">The loss's gradient with respect to the unit rows, [rows, D].</param>
    public void Backward(Tensor dz)
    {
        for (int piece = Pieces - 1; piece >= 0; piece--)
        {
            if (piece < Pieces - 1) EmbedPiece(piece);
            model.Backward(PieceOf(dz, piece));
        }

        if (Pieces > 1) model.Ops.Copy(statisticsAfter, model.Statistics);
    }

    /// <inheritdoc/>
    public void Dispose() => arena?.Dispose();

    private Tensor EmbedPiece(int piece) => model.Project(model.Encode(PieceOf(views, piece), training: true), training: true);

    private Tensor PieceOf(Tensor whole, int piece)
    {
        int first = piece * rowsPerPiece;
        return whole.Slice(first, Math.Min(rowsPerPiece, rows - first));
    }
}
