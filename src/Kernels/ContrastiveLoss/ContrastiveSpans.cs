namespace NegSamples.Kernels;

/// <summary>
/// A <see cref="ContrastiveBatch"/> of spans, with what is wanted of it: for <see cref="ContrastiveLoss.Of(RowLoss, ContrastiveSpans, int, float, float, Ops)"/>.
/// </summary>
/// <remarks>Rows lie one behind the other. What is not given is not read, not written and not computed. Every key is a negative of every query unless something
/// below says otherwise.</remarks>
public ref struct ContrastiveSpans
{
    /// <summary>[N, D].</summary>
    public required ReadOnlySpan<float> Queries { get; init; }

    /// <summary>[K, D]; where they are none, the queries are the keys, and a query's own row counts for nothing.</summary>
    public ReadOnlySpan<float> Keys { get; init; }

    /// <summary>Row i is the positive of query i and no key, [N, D].</summary>
    public ReadOnlySpan<float> Positives { get; init; }

    /// <summary>Which key is the positive of query i, [N], 0 to K − 1; where neither these nor <see cref="Positives"/> are given and the loss needs a positive,
    /// key i is that of query i.</summary>
    public ReadOnlySpan<int> PositiveKeys { get; init; }

    /// <summary>Which key counts for nothing in the row of query i, [N]; −1 for none.</summary>
    public ReadOnlySpan<int> IgnoredKeys { get; init; }

    /// <summary>The label of each query, [N].</summary>
    public ReadOnlySpan<int> QueryLabels { get; init; }

    /// <summary>The label of each key, [K]; where the queries are the keys, theirs if none. A key of the query's own label is no negative, or is a positive where
    /// <see cref="RowLoss.EqualLabelsArePositives"/>.</summary>
    public ReadOnlySpan<int> KeyLabels { get; init; }

    /// <summary>K of each query's negatives; all of them by default.</summary>
    public NegativeSample Sample { get; init; }

    /// <summary>Receives dq of the mean loss, [N, D]; where the queries are the keys, dq + dk.</summary>
    public Span<float> QueryGradient { get; init; }

    /// <summary>Receives dk, [K, D].</summary>
    public Span<float> KeyGradient { get; init; }

    /// <summary>Receives dp, [N, D].</summary>
    public Span<float> PositiveGradient { get; init; }

    /// <summary>Receives the loss of each query, [N], in nats.</summary>
    public Span<float> Losses { get; init; }

    /// <summary>Receives the logarithm of each query's denominator, [N]; of a <see cref="Kernels.Sigmoid"/> its derivative by the bias.</summary>
    public Span<float> LogSumExp { get; init; }
}
