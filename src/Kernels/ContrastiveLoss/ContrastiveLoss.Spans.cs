namespace NegSamples.Kernels;

/// <summary>Contrastive losses and their gradients, each in one call: rows in spans, one behind the other; the mean loss in nats back.</summary>
/// <remarks>
/// A logit is a dot product over the temperature, <c>s_ij = q_i·k_j/T</c>; for cosines, as the papers have them, rows must be of unit length
/// (<see cref="UnitRows"/>), which is not asked for. A gradient is that of the mean over the queries; one that is not given is not computed. The K × N logits
/// are never stored as a whole: see <see cref="Ops.ContrastiveLoss"/> for cost and memory.
/// <para>
/// The last argument is the device. Without one it is the library's CPU, whose calls take turns (<see cref="DeviceLease"/>). On a CPU rows and gradients are
/// read and written where they lie; a call takes 20 bytes per query and gives them back, and the device keeps the workspace of its largest call. On a GPU rows
/// are copied there and gradients back, in memory that is taken and given back by the call. Results are the same bits for any number of threads.
/// </para>
/// </remarks>
public static class ContrastiveLoss
{
    /// <summary>NT-Xent of two views: the mean over 2N rows of <c>−ln(e^{z_i·z_i⁺/T} / Σ_{j≠i} e^{z_i·z_j/T})</c>.</summary>
    /// <param name="z">[2N, D]: view 1 of N samples, then view 2 of the same samples in the same order: rows i and N + i belong together.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0; 0.1 to 0.5 are usual.</param>
    /// <param name="gradient">Receives dz of the mean loss, [2N, D], or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss in nats; rows without meaning have ln(2N − 1).</returns>
    /// <remarks>(2N)²·D FLOPs for the loss and 3·(2N)²·D more with the gradient. Source: Chen et al. 2020, arXiv:2002.05709, eq. 1.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, the rows are odd in number, or the gradient overlaps the rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] z = new float[2 * 256 * 128], gradient = new float[z.Length];
    /// Random random = new(1);
    /// for (int i = 0; i &lt; z.Length; i++) z[i] = random.NextSingle() - 0.5f;
    /// UnitRows.Of(z, 128, z);
    /// double loss = ContrastiveLoss.NtXent(z, 128, 0.5f, gradient);
    /// </code>
    /// </example>
    public static double NtXent(ReadOnlySpan<float> z, int dimension, float temperature, Span<float> gradient = default, Ops? ops = null) =>
        OfViews(new InfoNce(), z, dimension, temperature, gradient, bias: 0, ops);

    /// <summary>Any loss of two views, every row a query and all other rows but its positive its negatives: NT-Xent with another <see cref="RowLoss"/>.</summary>
    /// <param name="loss">What a row's sums become: <see cref="Decoupled"/>, <see cref="Debiased"/>, <see cref="HardNegatives"/>, one of your own.</param>
    /// <param name="z">[2N, D]: view 1 of N samples, then view 2 of the same samples in the same order.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="gradient">Receives dz of the mean loss, [2N, D], or none.</param>
    /// <param name="bias">What a sigmoid loss adds to each logit; 0 for the others.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss over the 2N rows.</returns>
    /// <remarks>Sources: those of the losses, over the pairs of Chen et al. 2020, arXiv:2002.05709, eq. 1.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, the rows are odd in number, or the loss asks for labels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] z = [1, 0, 0, 1, 0.8f, 0.6f, 0, 1], gradient = new float[8]; // two samples, two views
    /// double loss = ContrastiveLoss.OfViews(new HardNegatives(0.1, 0.5), z, 2, 0.5f, gradient);
    /// </code>
    /// </example>
    public static unsafe double OfViews(
        RowLoss loss, ReadOnlySpan<float> z, int dimension, float temperature, Span<float> gradient = default, float bias = 0, Ops? ops = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        int rows = SpanCheck.Rows(z, dimension);
        if (rows % 2 != 0)
            throw new ArgumentException(FormattableString.Invariant($"z has {Counted.Of(rows, "row")}; expected an even number: view 1 of N samples, then view 2."), nameof(z));
        SpanCheck.Optional<float>(gradient, z.Length, "as many as z");
        SpanCheck.Apart(gradient, z);
        ContrastiveSettings settings = new(temperature, loss) { Bias = bias };
        Check.Temperature(temperature);
        fixed (float* rowsOf = z, dz = gradient)
        {
            using SpanOperands operands = new(ops);
            Arena arena = operands.Take("a contrastive loss", TwoViews.BytesFor(rows / 2) + (2 * Arena.BytesFor(ElementType.Float32, rows)));
            TwoViews views = new(arena, rows / 2);
            ContrastiveGradients gradients = ContrastiveGradients.OfRows(operands.Write(dz, rows, dimension));
            Tensor losses = arena.Take(rows), logSumExp = arena.Take(rows);
            operands.Ops.ContrastiveLoss(views.BothViews(operands.Read(rowsOf, rows, dimension)), settings, losses, logSumExp, gradients);
            operands.Complete();
            return Mean(operands.Ops, losses);
        }
    }

    /// <summary>InfoNCE of queries against keys: the mean of <c>−ln(e^{q_i·k_y/T} / Σ_j e^{q_i·k_j/T})</c>, cross-entropy with the positive's key as target.</summary>
    /// <param name="queries">[N, D].</param>
    /// <param name="keys">[K, D].</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0; CLIP begins at 0.07.</param>
    /// <param name="positives">y: which key is the positive of each query, [N], 0 to K − 1; none where it is the key of the same number, with K at least N.</param>
    /// <param name="queryGradient">Receives dq of the mean loss, [N, D], or none.</param>
    /// <param name="keyGradient">Receives dk, [K, D], or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss in nats; keys without meaning have ln K.</returns>
    /// <remarks>2·N·K·D FLOPs for the loss, 4 more with both gradients. CLIP's loss is half of this and of the same with queries and keys exchanged
    /// (Radford et al. 2021, arXiv:2103.00020, figure 3). Source: van den Oord et al. 2018, arXiv:1807.03748, eq. 4.</remarks>
    /// <exception cref="ArgumentException">A length or an index does not fit, or a gradient overlaps other rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] queries = [1, 0, 0, 1], keys = [0.6f, 0.8f, 1, 0, 0, 1], dq = new float[4], dk = new float[6];
    /// double loss = ContrastiveLoss.InfoNce(queries, keys, 2, 0.07f, positives: [1, 2], dq, dk);
    /// </code>
    /// </example>
    public static double InfoNce(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, int dimension, float temperature, ReadOnlySpan<int> positives = default,
        Span<float> queryGradient = default, Span<float> keyGradient = default, Ops? ops = null)
    {
        int rows = SpanCheck.Rows(queries, dimension), most = SpanCheck.Rows(keys, dimension) - 1;
        SpanCheck.Optional(positives, rows, "one of each query");
        for (int i = 0; i < positives.Length; i++)
        {
            if ((uint)positives[i] > most)
                throw new ArgumentException(FormattableString.Invariant($"positives[{i}] is {positives[i]}; expected 0 to {most}, the keys."), nameof(positives));
        }

        return Of(
            new InfoNce(),
            new ContrastiveSpans { Queries = queries, Keys = keys, PositiveKeys = positives, QueryGradient = queryGradient, KeyGradient = keyGradient },
            dimension, temperature, ops: ops);
    }

    /// <summary>InfoNCE against a queue of keys that have no gradient, as in momentum contrast: <c>−ln(e^{q_i·p_i/T} / (e^{q_i·p_i/T} + Σ_j e^{q_i·k_j/T}))</c>.</summary>
    /// <param name="queries">[N, D].</param>
    /// <param name="positives">Row i is the positive of query i and no negative of another, [N, D].</param>
    /// <param name="queue">The negatives of all queries, [K, D].</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0; 0.07 in the paper.</param>
    /// <param name="queryGradient">Receives dq of the mean loss, [N, D], or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss in nats; rows without meaning have ln(K + 1).</returns>
    /// <remarks>Source: He et al. 2020, arXiv:1911.05722, eq. 1.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or the gradient overlaps other rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] queries = [1, 0], positives = [0.8f, 0.6f], queue = [0, 1, -1, 0, 0, -1], dq = new float[2];
    /// double loss = ContrastiveLoss.MomentumContrast(queries, positives, queue, 2, 0.07f, dq);
    /// </code>
    /// </example>
    public static double MomentumContrast(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> positives, ReadOnlySpan<float> queue, int dimension, float temperature,
        Span<float> queryGradient = default, Ops? ops = null)
    {
        SpanCheck.Rows(positives, dimension);
        SpanCheck.Rows(queue, dimension);
        return Of(
            new InfoNce(), new ContrastiveSpans { Queries = queries, Keys = queue, Positives = positives, QueryGradient = queryGradient }, dimension,
            temperature, ops: ops);
    }

    /// <summary>Sigmoid loss of queries against keys: the mean over the queries of <c>ln(1 + e^{−x⁺}) + Σ ln(1 + e^x)</c>, <c>x = q_i·k_j/T + b</c>.</summary>
    /// <param name="queries">[N, D].</param>
    /// <param name="keys">[K, D], K at least N: key i is the positive of query i.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0; 0.1 in the paper at the start.</param>
    /// <param name="bias">b; −10 in the paper at the start.</param>
    /// <param name="queryGradient">Receives dq of the mean loss, [N, D], or none.</param>
    /// <param name="keyGradient">Receives dk, [K, D], or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss in nats.</returns>
    /// <remarks>The bias's derivative is the mean of <see cref="ContrastiveSpans.LogSumExp"/>, that of T is <see cref="TemperatureGradient"/>. Source: Zhai et
    /// al. 2023, arXiv:2303.15343, section 3.2.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or a gradient overlaps other rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] images = [1, 0, 0, 1], texts = [0.8f, 0.6f, 0, 1], dq = new float[4], dk = new float[4];
    /// double loss = ContrastiveLoss.Sigmoid(images, texts, 2, temperature: 0.1f, bias: -10, dq, dk);
    /// </code>
    /// </example>
    public static double Sigmoid(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, int dimension, float temperature, float bias, Span<float> queryGradient = default,
        Span<float> keyGradient = default, Ops? ops = null)
    {
        SpanCheck.Rows(keys, dimension);
        return Of(
            new Sigmoid(), new ContrastiveSpans { Queries = queries, Keys = keys, QueryGradient = queryGradient, KeyGradient = keyGradient }, dimension,
            temperature, bias, ops);
    }

    /// <summary>Supervised contrastive loss: the mean of <c>−(1/|P_i|)·Σ_{p∈P_i} ln(e^{z_i·z_p/T} / Σ_{j≠i} e^{z_i·z_j/T})</c>, P_i the other rows of row i's
    /// label.</summary>
    /// <param name="z">[N, D], any number of rows in any order, augmented views among them.</param>
    /// <param name="labels">The label of each row, [N].</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0; 0.1 in the paper.</param>
    /// <param name="gradient">Receives dz of the mean loss, [N, D], or none.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss in nats; a row alone of its label counts as 0.</returns>
    /// <remarks>Source: Khosla et al. 2020, arXiv:2004.11362, eq. 2.</remarks>
    /// <exception cref="ArgumentException">A length does not fit, or the gradient overlaps the rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] z = [1, 0, 0.8f, 0.6f, 0, 1, -0.6f, 0.8f], gradient = new float[8];
    /// double loss = ContrastiveLoss.SupervisedContrastive(z, labels: [0, 0, 1, 1], 2, 0.1f, gradient);
    /// </code>
    /// </example>
    public static double SupervisedContrastive(
        ReadOnlySpan<float> z, ReadOnlySpan<int> labels, int dimension, float temperature, Span<float> gradient = default, Ops? ops = null)
    {
        SpanCheck.Length(labels, SpanCheck.Rows(z, dimension), "one of each row of z");
        SpanCheck.Optional<float>(gradient, z.Length, "as many as z");
        SpanCheck.Apart(gradient, z);
        return Of(
            new SupervisedContrastive(), new ContrastiveSpans { Queries = z, QueryLabels = labels, QueryGradient = gradient }, dimension, temperature, ops: ops);
    }

    /// <summary>Any loss of any queries and keys: the whole family, and losses of your own.</summary>
    /// <param name="loss">What a row's sums become; see <see cref="RowLoss"/>.</param>
    /// <param name="of">Queries, keys, which pairs are positive, negative or neither, and where the gradients go.</param>
    /// <param name="dimension">D.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="bias">What a sigmoid loss adds to each logit; 0 for the others.</param>
    /// <param name="ops">The device; null for the library's CPU.</param>
    /// <returns>The mean loss over the N queries.</returns>
    /// <remarks>Formula, engines and cost: <see cref="Ops.ContrastiveLoss"/>.</remarks>
    /// <exception cref="ArgumentException">A length or an index does not fit, the loss needs what is not given, or a gradient overlaps other rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D is below 1, or T not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] q = [1, 0, 0, 1], k = [0.8f, 0.6f, 0, 1, 0.6f, -0.8f], dq = new float[4], dk = new float[6];
    /// ContrastiveSpans of = new() { Queries = q, Keys = k, QueryGradient = dq, KeyGradient = dk };
    /// double loss = ContrastiveLoss.Of(new Decoupled(), of, 2, 0.5f);
    /// </code>
    /// </example>
    public static unsafe double Of(RowLoss loss, ContrastiveSpans of, int dimension, float temperature, float bias = 0, Ops? ops = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        bool isOneMatrix = of.Keys.IsEmpty;
        int queries = SpanCheck.Rows(of.Queries, dimension, "queries"), keys = isOneMatrix ? queries : SpanCheck.Rows(of.Keys, dimension, "keys");
        Validate(of, loss, queries, keys);
        Check.Temperature(temperature);
        ContrastiveSettings settings = new(temperature, loss) { Bias = bias };
        bool pairsInOrder = loss.NeedsPositive && of.Positives.IsEmpty && of.PositiveKeys.IsEmpty;
        fixed (float* q = of.Queries, k = of.Keys, p = of.Positives, dq = of.QueryGradient, dk = of.KeyGradient, dp = of.PositiveGradient)
        fixed (int* positives = of.PositiveKeys, ignored = of.IgnoredKeys, labels = of.QueryLabels, labelsOfKeys = of.KeyLabels)
        {
            using SpanOperands operands = new(ops);
            Arena arena = operands.Take("a contrastive loss", (2 * Arena.BytesFor(ElementType.Float32, queries)) + Arena.BytesFor(ElementType.Int32, queries));
            Tensor losses = arena.Take(queries), logSumExp = arena.Take(queries);
            Tensor inOrder = pairsInOrder || (isOneMatrix && of.IgnoredKeys.IsEmpty) ? InOrder(arena, queries) : default;
            Tensor rows = operands.Read(q, queries, dimension), ofQueries = operands.Read(labels, queries), gradient = operands.Write(dq, queries, dimension);
            ContrastiveBatch batch = new(rows, isOneMatrix ? rows : operands.Read(k, keys, dimension))
            {
                Positives = operands.Read(p, queries, dimension), PositiveKeys = pairsInOrder ? inOrder : operands.Read(positives, queries),
                IgnoredKeys = isOneMatrix && of.IgnoredKeys.IsEmpty ? inOrder : operands.Read(ignored, queries), QueryLabels = ofQueries,
                KeyLabels = isOneMatrix && of.KeyLabels.IsEmpty ? ofQueries : operands.Read(labelsOfKeys, keys), Sample = of.Sample,
            };
            ContrastiveGradients gradients = isOneMatrix
                ? ContrastiveGradients.OfRows(gradient) with { Positives = operands.Write(dp, queries, dimension) }
                : new(gradient, operands.Write(dk, keys, dimension), operands.Write(dp, queries, dimension));
            operands.Ops.ContrastiveLoss(batch, settings, losses, logSumExp, gradients);
            operands.Complete();
            if (!of.Losses.IsEmpty) operands.Ops.Download(losses, of.Losses);
            if (!of.LogSumExp.IsEmpty) operands.Ops.Download(logSumExp, of.LogSumExp);
            return Mean(operands.Ops, losses);
        }
    }

    /// <summary>Gradient of the mean loss by the temperature: <c>dL/dT = −(1/T)·Σ_i q_i·dq_i</c>, or, of rows that are queries and keys, half of it.</summary>
    /// <param name="rows">The queries, or the rows of two views.</param>
    /// <param name="gradient">What a loss left as their gradient, as many.</param>
    /// <param name="temperature">T.</param>
    /// <param name="rowsAreKeys">Whether the gradient is dz of rows that are queries and keys at once.</param>
    /// <remarks>Summed in double. See <see cref="Ops.ContrastiveTemperatureGradient"/>.</remarks>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">T is not above 0.</exception>
    /// <example>
    /// <code>
    /// float[] z = [1, 0, 0, 1, 0.8f, 0.6f, 0, 1], gradient = new float[8];
    /// double loss = ContrastiveLoss.NtXent(z, 2, 0.5f, gradient);
    /// double byTemperature = ContrastiveLoss.TemperatureGradient(z, gradient, 0.5f, rowsAreKeys: true);
    /// </code>
    /// </example>
    public static double TemperatureGradient(ReadOnlySpan<float> rows, ReadOnlySpan<float> gradient, float temperature, bool rowsAreKeys)
    {
        SpanCheck.Length(gradient, rows.Length, "as many as rows");
        Check.Temperature(temperature);
        double sum = 0;
        for (int i = 0; i < rows.Length; i++) sum += (double)rows[i] * gradient[i];
        return -sum / ((rowsAreKeys ? 2 : 1) * (double)temperature);
    }

    private static void Validate(in ContrastiveSpans of, RowLoss loss, int queries, int keys)
    {
        bool isOneMatrix = of.Keys.IsEmpty;
        SpanCheck.Optional(of.Positives, of.Queries.Length, "as many as queries", "positives");
        SpanCheck.Optional(of.PositiveKeys, queries, "one of each query", "positiveKeys");
        SpanCheck.Optional(of.IgnoredKeys, queries, "one of each query", "ignoredKeys");
        SpanCheck.Optional(of.QueryLabels, queries, "one of each query", "queryLabels");
        SpanCheck.Optional(of.KeyLabels, keys, "one of each key", "keyLabels");
        SpanCheck.Optional<float>(of.QueryGradient, of.Queries.Length, "as many as queries", "queryGradient");
        SpanCheck.Optional<float>(of.KeyGradient, of.Keys.Length, "as many as keys", "keyGradient");
        SpanCheck.Optional<float>(of.PositiveGradient, of.Positives.Length, "as many as positives", "positiveGradient");
        SpanCheck.Optional<float>(of.Losses, queries, "one of each query", "losses");
        SpanCheck.Optional<float>(of.LogSumExp, queries, "one of each query", "logSumExp");
        if (loss.NeedsPositive && of.Positives.IsEmpty && of.PositiveKeys.IsEmpty && (isOneMatrix || keys < queries))
        {
            throw new ArgumentException(isOneMatrix
                ? $"positiveKeys is empty; expected the positive of each query, which {loss.GetType().Name} needs."
                : FormattableString.Invariant($"keys has {Counted.Of(keys, "row")} for {Counted.Of(queries, "query")}; expected positives, or at least {Counted.Of(queries, "row")}: key i is the positive of query i."),
                isOneMatrix ? "positiveKeys" : "keys");
        }

        ReadOnlySpan<float> dq = of.QueryGradient, dk = of.KeyGradient, dp = of.PositiveGradient;
        Apart(dq, of, "queryGradient");
        Apart(dk, of, "keyGradient");
        Apart(dp, of, "positiveGradient");
        SpanCheck.Apart(dk, dq, "keyGradient", "queryGradient");
        SpanCheck.Apart(dp, dq, "positiveGradient", "queryGradient");
        SpanCheck.Apart(dp, dk, "positiveGradient", "keyGradient");
    }

    private static void Apart(ReadOnlySpan<float> written, in ContrastiveSpans of, string name)
    {
        SpanCheck.Apart(written, of.Queries, name, "queries");
        SpanCheck.Apart(written, of.Keys, name, "keys");
        SpanCheck.Apart(written, of.Positives, name, "positives");
    }

    private static Tensor InOrder(Arena arena, int count)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        Tensor tensor = arena.Take(ElementType.Int32, count);
        arena.Ops.Upload<int>(order, tensor);
        return tensor;
    }

    private static double Mean(Ops ops, Tensor losses)
    {
        float[] values = new float[losses.Count];
        ops.Download<float>(losses, values);
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }
}
