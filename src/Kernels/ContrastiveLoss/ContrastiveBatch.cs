namespace NegSamples.Kernels;

/// <summary>
/// Queries and keys, and which pairs are positive, negative or neither. Every key is a negative of every query unless something below says otherwise.
/// </summary>
/// <param name="Queries">[N, D].</param>
/// <param name="Keys">[K, D]; may be the queries themselves.</param>
/// <remarks>
/// The tensors of indices and labels are int32. NT-Xent is <c>Keys = Queries = z</c>, <c>PositiveKeys[i] = (i + N/2) mod N</c>, <c>IgnoredKeys[i] = i</c>.
/// </remarks>
public readonly record struct ContrastiveBatch(Tensor Queries, Tensor Keys)
{
    /// <summary>Row i is the positive of query i, [N, D]: it is no key and so no negative of another query (MoCo). None if the positives are keys.</summary>
    public Tensor Positives { get; init; }

    /// <summary>Which key is the positive of query i, [N], 0 to K − 1: a target column as in cross-entropy. It is no negative of query i.</summary>
    public Tensor PositiveKeys { get; init; }

    /// <summary>Which key counts for nothing in row i, [N]; −1 for none. It is the query itself where queries are keys.</summary>
    public Tensor IgnoredKeys { get; init; }

    /// <summary>The label of each query, [N].</summary>
    public Tensor QueryLabels { get; init; }

    /// <summary>
    /// The label of each key, [K]. A key of the query's own label is no negative, or is a positive where <see cref="RowLoss.EqualLabelsArePositives"/>.
    /// </summary>
    public Tensor KeyLabels { get; init; }

    /// <summary>K of each query's negatives; all of them by default. Positives are never drawn, neither is a key of the query's own label: with
    /// <see cref="RowLoss.EqualLabelsArePositives"/> the sums count all positives and the K drawn keys of other labels.</summary>
    public NegativeSample Sample { get; init; }

    /// <summary>Which of all keys these are, for <see cref="Ops.ContrastiveSums"/> and <see cref="Ops.ContrastiveWeights"/>; all of them by default.</summary>
    internal KeyPart Part { get; init; }

    /// <summary>Who made the batch of two views, whose indices pair the rows symmetrically.</summary>
    internal TwoViews? Views { get; init; }

    /// <summary>Whether the queries are the keys.</summary>
    internal bool QueriesAreKeys => Queries.IsSameAs(Keys);

    /// <summary>How many keys there are, those of other parts included.</summary>
    internal int AllKeys => Part.All == 0 ? Keys[0] : Part.All;

    /// <summary>
    /// Whether each pair of rows may be multiplied once for both its ends: InfoNCE of two views, both ways, with all negatives. Any other batch, loss or choice
    /// of gradients takes queries and keys for two matrices.
    /// </summary>
    internal bool IsSymmetric(in ContrastiveSettings settings, in ContrastiveGradients gradients) =>
        settings.Loss is InfoNce && !Sample.Draws && Views is not null && (Views.ArePairsOf(this) || IsAcross) && gradients.Queries.IsNone
        && gradients.Keys.IsNone;

    /// <summary>Whether the keys of a row are those of the other view alone.</summary>
    internal bool IsAcross => Views is not null && Views.AreAcross(this);

    /// <summary>Checks all shapes, and the indices where they lie in host memory.</summary>
    internal void Validate(in ContrastiveSettings settings, bool isPart = false)
    {
        settings.Validate();
        Check.Rank(Queries, 2);
        Check.Type(Queries, ElementType.Float32);
        Check.Rank(Keys, 2);
        Check.Type(Keys, ElementType.Float32);
        if (Keys[1] != Queries[1]) throw Wrong($"Keys is {Keys.ShapeText}; expected {Counted.Of(Queries[1], "column")} as in Queries, {Queries.ShapeText}.", nameof(Keys));
        if (Keys[0] == 0) throw Wrong($"Keys is {Keys.ShapeText}; expected at least one row.", nameof(Keys));
        if (Queries[1] == 0) throw Wrong($"Queries is {Queries.ShapeText}; expected at least one column.", nameof(Queries));
        if (!Positives.IsNone) Check.SameShape(Queries, Positives);
        if (!Positives.IsNone && !PositiveKeys.IsNone) throw Wrong("Positives and PositiveKeys are both given; expected one of them.", nameof(PositiveKeys));
        if (!isPart && Part != default) throw Wrong($"Part is {Part}; expected all keys, parts have steps of their own.", nameof(Part));
        if (Part.First < 0 || (Part.All == 0 ? Part.First > 0 : Part.All - Part.First < Keys[0]))
            throw Wrong($"Part is {Part} of {Counted.Of(Keys[0], "key")}; expected a place where they lie among all.", nameof(Part));
        if (!isPart && Positives.IsNone && PositiveKeys.IsNone && settings.Loss.NeedsPositive)
            throw Wrong($"{settings.Loss.GetType().Name} needs a positive for each query; expected Positives or PositiveKeys.", nameof(Positives));
        int others = AllKeys - (PositiveKeys.IsNone ? 0 : 1) - (IgnoredKeys.IsNone ? 0 : 1);
        if (Sample.Negatives < 0 || Sample.Negatives > others)
            throw Wrong($"Sample.Negatives (K) is {Sample.Negatives}; expected 0 (all) to {others}, the negatives that a query has among {Counted.Of(AllKeys, "key")}.",
                nameof(Sample));
        if (isPart && Sample.Draws && !KeyLabels.IsNone)
            throw Wrong("A sample is drawn around the labels of all keys, of which a part has its own; expected no sample.", nameof(Sample));
        Indices(PositiveKeys, 0, nameof(PositiveKeys));
        Indices(IgnoredKeys, -1, nameof(IgnoredKeys));
        if (QueryLabels.IsNone != KeyLabels.IsNone) throw Wrong("QueryLabels and KeyLabels belong together; one of them is missing.", nameof(KeyLabels));
        if (settings.Loss.EqualLabelsArePositives && KeyLabels.IsNone)
            throw Wrong($"{settings.Loss.GetType().Name} needs labels; expected QueryLabels and KeyLabels.", nameof(KeyLabels));
        if (settings.Loss.EqualLabelsArePositives && Sample.Draws && !(Positives.IsNone && PositiveKeys.IsNone))
            throw Wrong("A sample is drawn around the positives that labels tell; expected neither Positives nor PositiveKeys.", nameof(Sample));
        if (KeyLabels.IsNone) return;
        Integers(QueryLabels, Queries[0], nameof(QueryLabels));
        Integers(KeyLabels, Keys[0], nameof(KeyLabels));
    }

    private void Indices(Tensor tensor, int least, string name)
    {
        if (tensor.IsNone) return;
        Integers(tensor, Queries[0], name);
        if (tensor.Arena.HostAddress == 0) return;
        ReadOnlySpan<int> indices = tensor.Ints;
        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] < least || indices[i] >= AllKeys)
                throw new ArgumentException($"{name}[{i}] is {indices[i]}; expected {least} to {AllKeys - 1}.", name);
        }
    }

    private static ArgumentException Wrong(string message, string name) => new(message, name);

    private static void Integers(Tensor tensor, int expected, string name)
    {
        Check.Type(tensor, ElementType.Int32, name);
        if (tensor.Count != expected) throw new ArgumentException($"{name} has {Counted.Of(tensor.Count, "element")}; expected {expected}.", name);
    }
}

/// <summary>Where the gradients of <see cref="Ops.ContrastiveLoss"/> go; a tensor that is none is not computed.</summary>
/// <param name="Queries">Receives dq, [N, D], or none.</param>
/// <param name="Keys">Receives dk, [K, D], or none: keys of a queue have no gradient.</param>
/// <param name="Positives">Receives dp, [N, D], or none. Positives that are keys have their gradient in dk.</param>
public readonly record struct ContrastiveGradients(Tensor Queries, Tensor Keys = default, Tensor Positives = default)
{
    /// <summary>Receives dz = dq + dk, [N, D], where the queries are the keys; in the place of both.</summary>
    public Tensor Rows { get; init; }

    /// <summary>The gradient of rows that are queries and keys at once.</summary>
    /// <param name="dz">Receives dq + dk, [N, D].</param>
    public static ContrastiveGradients OfRows(Tensor dz) => new() { Rows = dz };

    internal void Validate(in ContrastiveBatch batch)
    {
        if (!Rows.IsNone)
        {
            if (!batch.QueriesAreKeys) throw new ArgumentException("A gradient of rows is asked for; expected queries that are the keys.", nameof(batch));
            if (!Queries.IsNone || !Keys.IsNone)
                throw new ArgumentException("A gradient of rows is asked for, and one of queries or keys; expected one of them.", nameof(batch));
            Check.SameShape(batch.Queries, Rows, "gradients.Rows");
        }

        if (!Queries.IsNone) Check.SameShape(batch.Queries, Queries, "gradients.Queries");
        if (!Keys.IsNone) Check.SameShape(batch.Keys, Keys, "gradients.Keys");
        if (Positives.IsNone) return;
        if (batch.Positives.IsNone) throw new ArgumentException("A gradient of the positives is asked for, but the batch has no Positives.", nameof(batch));
        Check.SameShape(batch.Positives, Positives, "gradients.Positives");
    }
}
