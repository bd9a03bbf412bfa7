namespace NegSamples.Kernels;

/// <summary>Which of all keys a batch's keys are, where they lie in parts.</summary>
/// <param name="First">The first of them among all keys.</param>
/// <param name="All">How many keys there are in all; 0 where the batch has them all.</param>
/// <remarks>Indices of keys (<see cref="ContrastiveBatch.PositiveKeys"/>, <see cref="ContrastiveBatch.IgnoredKeys"/>) count among all keys, and a sample is
/// drawn from all: they are the same for every part.</remarks>
internal readonly record struct KeyPart(int First, int All);

/// <summary>What a part of the keys leaves of the queries: few numbers of each, from which all parts together have the loss.</summary>
/// <param name="Rows">
/// Int32 [N, <see cref="Width"/>]: of each query a reference, a dot product, and sums of exponentials relative to it, in double; the positive's dot product,
/// where it is in this part; how many keys count. They are bits, to be moved and not to be read: no logarithm is rounded on the way.
/// </param>
/// <param name="Products">[N, D]: <c>Σ e^{s_ij − m_i}·k_j</c> relative to the same reference, of which the queries' gradient is made without a second look at
/// the keys; none where it is not wanted.</param>
internal readonly record struct ContrastiveState(Tensor Rows, Tensor Products = default)
{
    /// <summary>Int32 numbers of a query's state.</summary>
    public const int Width = 10;

    /// <summary>Float32 numbers of a query's factors; see <see cref="Ops.ContrastiveFinish"/>.</summary>
    public const int FactorWidth = 5;
}
