using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Who is a query and who a key among two views.</summary>
public enum ViewPairs
{
    /// <summary><see cref="TwoViews.BothViews"/>, or <see cref="TwoViews.Labelled"/> where the loss asks for labels.</summary>
    BothViews,

    /// <summary><see cref="TwoViews.OtherView"/>.</summary>
    OtherView,

    /// <summary><see cref="TwoViews.AcrossViews"/>.</summary>
    Across,
}

/// <summary>A loss over two views of a batch of samples: how to run it, and its truth.</summary>
internal sealed record ViewLoss(ViewPairs Pairs, float Temperature, int Negatives = 0, ulong Seed = 0, uint Step = 0, RowLoss? Member = null)
{
    public ContrastiveSettings Settings => new(Temperature, Member ?? new InfoNce());

    private NegativeSample Sample => new(Negatives, Seed, Step);

    private bool IsLabelled => Member is SupervisedContrastive;

    public int Queries(int rows) => Pairs == ViewPairs.OtherView ? rows / 2 : rows;

    public int Available(int rows) => Pairs == ViewPairs.BothViews ? rows - 2 : (rows / 2) - 1;

    public Pairing Pairing(int rows) =>
        (IsLabelled ? Kernels.Pairing.Labelled(rows, i => Label(i, rows)) : Pairs == ViewPairs.BothViews ? Kernels.Pairing.BothViews(rows)
            : Pairs == ViewPairs.Across ? Kernels.Pairing.Across(rows) : Kernels.Pairing.OtherView(rows / 2)).Drawn(Sample);

    /// <summary>The rows of z that are a query's negatives, or the positives by its label too.</summary>
    public int[] Meets(int rows, int query) => [.. Pairing(rows).Columns(query).Select(key => Pairs == ViewPairs.OtherView ? key + (rows / 2) : key)];

    public ContrastiveReference Truth(int rows, ReadOnlySpan<float> z)
    {
        int depth = z.Length / rows;
        return ContrastiveReference.Of(Settings, Pairing(rows), z[..(Queries(rows) * depth)], Pairs == ViewPairs.OtherView ? z[(rows / 2 * depth)..] : z);
    }

    public double MeanLoss(int rows, double[] z)
    {
        int depth = z.Length / rows;
        return new ContrastiveReference<double>(Settings, Pairing(rows), z[..(Queries(rows) * depth)], Pairs == ViewPairs.OtherView ? z[(rows / 2 * depth)..] : z, []).Loss.Average();
    }

    /// <summary>Bytes of the indices and labels of <see cref="Batch"/>.</summary>
    public static long BytesFor(int rows) => TwoViews.BytesFor(rows / 2) + Arena.BytesFor(ElementType.Int32, rows);

    public ContrastiveBatch Batch(Arena arena, Tensor z)
    {
        int rows = z[0];
        TwoViews views = new(arena, rows / 2);
        Tensor labels = arena.Take(ElementType.Int32, rows);
        arena.Ops.Upload<int>([.. Enumerable.Range(0, rows).Select(i => Label(i, rows))], labels);
        return (IsLabelled ? views.Labelled(z, labels) : Pairs == ViewPairs.BothViews ? views.BothViews(z) : Pairs == ViewPairs.Across ? views.AcrossViews(z) : views.OtherView(z)) with { Sample = Sample };
    }

    /// <summary>The gradients that make up dz.</summary>
    public ContrastiveGradients Gradients(Tensor dz) =>
        Pairs == ViewPairs.OtherView ? new ContrastiveGradients(dz.Slice(0, dz[0] / 2), dz.Slice(dz[0] / 2, dz[0] / 2)) : ContrastiveGradients.OfRows(dz);

    public void Run(Ops ops, Tensor z, Tensor loss, Tensor logSumExp, Tensor dz)
    {
        using Arena arena = ops.CreateArena("indices", BytesFor(z[0]));
        ops.ContrastiveLoss(Batch(arena, z), Settings, loss, logSumExp, Gradients(dz));
    }

    // Five labels, so that some rows have many positives and others two.
    private static int Label(int row, int rows) => row % (rows / 2) % 5;
}
