namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>The first of the three steps that <see cref="ContrastiveLoss"/> does in a row, for a part of the keys: their sums.</summary>
    /// <param name="batch">Queries [N, D] and a part of the keys, at its place (<see cref="ContrastiveBatch.Part"/>). Positives that are rows of their own are
    /// given with one part and with none of the others.</param>
    /// <param name="settings">The temperature and the loss of a row.</param>
    /// <param name="state">Receives what the part leaves of each query; its products only where <see cref="ContrastiveSettings.HasProducts"/>.</param>
    /// <remarks>
    /// The parts are those of several ranks, or passes over keys that do not fit. <c>ContrastiveSums</c> of each part, <see cref="ContrastiveFinish"/> of all
    /// states, <see cref="ContrastiveWeights"/> of each part: the losses and gradients of <see cref="ContrastiveLoss"/>, whose own splits of the keys are added
    /// by the same loop. One product of 2·N·K·D FLOPs, two with products.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape or an index does not fit, or an output overlaps another tensor.</exception>
    internal void ContrastiveSums(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveState state)
    {
        CheckOperands(
            [batch.Queries, batch.Keys, batch.Positives, batch.PositiveKeys, batch.IgnoredKeys, batch.QueryLabels, batch.KeyLabels],
            [state.Rows, state.Products]);
        batch.Validate(settings, isPart: true);
        Check.Shape(state.Rows, [batch.Queries[0], ContrastiveState.Width], ElementType.Int32, "state.Rows");
        if (!state.Products.IsNone)
        {
            Check.SameShape(batch.Queries, state.Products, "state.Products");
            RequireProducts(settings, nameof(state));
        }

        if (batch.Queries[0] > 0) ContrastiveSumsCore(batch, settings, state);
    }

    /// <summary>The second step: the states of all parts become the loss of each query and the factors of its weights.</summary>
    /// <param name="states">The parts' states, one below the other in their order, [parts·N, <see cref="ContrastiveState.Width"/>].</param>
    /// <param name="settings">As given to <see cref="ContrastiveSums"/>.</param>
    /// <param name="loss">Receives the loss of each query, [N].</param>
    /// <param name="logSumExp">Receives the logarithm of each query's denominator, [N].</param>
    /// <param name="factors">Receives what the weights of a query's pairs are made of, [N, <see cref="ContrastiveState.FactorWidth"/>], for the gradients of
    /// the mean of these N losses.</param>
    /// <exception cref="ArgumentException">A shape does not fit, or an output overlaps another tensor.</exception>
    internal void ContrastiveFinish(Tensor states, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor factors)
    {
        CheckOperands([states], [loss, logSumExp, factors]);
        settings.Validate();
        Check.Rank(factors, 2);
        int rows = factors[0];
        Check.Shape(factors, [rows, ContrastiveState.FactorWidth]);
        Check.Count(loss, rows);
        Check.Count(logSumExp, rows);
        Check.Rank(states, 2);
        int parts = rows == 0 ? 0 : Math.Max(1, states[0] / rows);
        Check.Shape(states, [parts * rows, ContrastiveState.Width], ElementType.Int32);
        if (rows > 0) ContrastiveFinishCore(states, settings, loss, logSumExp, factors);
    }

    /// <summary>The third step, for a part of the keys: its part of the queries' gradient, and the gradient of its keys.</summary>
    /// <param name="batch">As given to <see cref="ContrastiveSums"/>.</param>
    /// <param name="settings">As given to <see cref="ContrastiveSums"/>.</param>
    /// <param name="factors">From <see cref="ContrastiveFinish"/>.</param>
    /// <param name="gradients">Receives dq of this part, which over the parts add up, dk, and dp where the batch has the positives.</param>
    /// <param name="state">The part's own state with its products, of which dq is made; none where the keys are to be walked once more.</param>
    /// <exception cref="ArgumentException">A shape or an index does not fit, or an output overlaps another tensor.</exception>
    internal void ContrastiveWeights(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor factors, ContrastiveGradients gradients, ContrastiveState state = default)
    {
        CheckOperands(
            [batch.Queries, batch.Keys, batch.Positives, batch.PositiveKeys, batch.IgnoredKeys, batch.QueryLabels, batch.KeyLabels,
                factors, state.Rows, state.Products],
            [gradients.Queries, gradients.Keys, gradients.Positives, gradients.Rows]);
        batch.Validate(settings, isPart: true);
        if (!gradients.Rows.IsNone) throw new ArgumentException("A gradient of rows is asked for; expected those of queries and of keys.", nameof(gradients));
        gradients.Validate(batch);
        int rows = batch.Queries[0];
        Check.Shape(factors, [rows, ContrastiveState.FactorWidth]);
        if (!state.Products.IsNone || !state.Rows.IsNone)
        {
            Check.Present(state.Products, "state.Products");
            Check.Shape(state.Rows, [rows, ContrastiveState.Width], ElementType.Int32, "state.Rows");
            Check.SameShape(batch.Queries, state.Products, "state.Products");
            RequireProducts(settings, nameof(state));
        }

        if (rows > 0) ContrastiveWeightsCore(batch, settings, factors, gradients, state);
        else if (!gradients.Keys.IsNone) Zero(gradients.Keys);
    }

    /// <summary>The device's part of <see cref="ContrastiveSums"/>.</summary>
    private protected abstract void ContrastiveSumsCore(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveState state);

    /// <summary>The device's part of <see cref="ContrastiveFinish"/>.</summary>
    private protected abstract void ContrastiveFinishCore(Tensor states, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor factors);

    /// <summary>The device's part of <see cref="ContrastiveWeights"/>.</summary>
    private protected abstract void ContrastiveWeightsCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor factors, ContrastiveGradients gradients, ContrastiveState state);

    private static void RequireProducts(in ContrastiveSettings settings, string name)
    {
        if (!settings.HasProducts)
            throw new ArgumentException($"{settings.Loss.GetType().Name} has more weights than those of one sum; expected no Products.", name);
    }
}
