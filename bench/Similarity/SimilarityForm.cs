using System.Text.Json.Serialization;

namespace NegSamples.Similarity;

/// <summary>Which loss of N queries against K keys is measured, and which of its gradients.</summary>
public enum SimilarityForm
{
    /// <summary>The positive of query i is key i mod K. Loss, dq and dk: 4 products.</summary>
    [JsonStringEnumMemberName("generic")]
    Generic,

    /// <summary>
    /// NT-Xent: the rows are queries and keys at once, K = N, row i + N/2 is the positive of row i. Loss and dz: 2 products, because each pair of rows has one
    /// dot product.
    /// </summary>
    [JsonStringEnumMemberName("nt-xent")]
    NtXent,

    /// <summary>A queue: the positives are rows of their own and the keys have no gradient. Loss and dq: 2 products.</summary>
    [JsonStringEnumMemberName("queue")]
    Queue,

    /// <summary>
    /// InfoNCE of two towers both ways: K = N queries and as many keys, row i the positive of row i. Loss and the gradient of both: 4 products, because each
    /// pair has one dot product.
    /// </summary>
    [JsonStringEnumMemberName("two-tower")]
    TwoTower,

    /// <summary>The sigmoid loss; the positive of query i is key i mod K. Loss, dq and dk: 3 products, because no weight waits for a sum.</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,
}

/// <summary>How a loss is computed.</summary>
public enum SimilarityMethod
{
    /// <summary><see cref="Kernels.Ops.ContrastiveLoss"/>: the logits stay in the cache.</summary>
    [JsonStringEnumMemberName("streaming")]
    Streaming,

    /// <summary>The logits as one matrix in memory, a softmax cross-entropy over it, and a matrix product for each gradient.</summary>
    [JsonStringEnumMemberName("materialised")]
    Materialised,
}

/// <summary>The size of a measurement, and the work that is counted for it.</summary>
/// <param name="Form">The loss.</param>
/// <param name="Rows">N.</param>
/// <param name="Keys">K.</param>
/// <param name="Dimension">D.</param>
/// <param name="Ranks">P: each has K/P of the keys and N/P of the queries.</param>
/// <remarks>The count belongs to the form, not to the method: methods are compared by time at the same work. A method that keeps all logits needs three
/// products where four are counted, so its share of the peak may pass what its own multiply-adds make of it by a third.</remarks>
public readonly record struct SimilarityShape(SimilarityForm Form, int Rows, int Keys, int Dimension, int Ranks = 1)
{
    /// <summary>Queries of a rank.</summary>
    public int RowsOfRank => Rows / Ranks;

    /// <summary>Keys of a rank, of one that has the most.</summary>
    public int MostKeysOfRank => Keys == 0 ? 0 : ((Keys - 1) / Ranks) + 1;

    /// <summary>The first key of a rank, or K for the rank behind the last: parts that differ by one key at most.</summary>
    /// <param name="rank">The rank.</param>
    public int FirstKey(int rank) => (int)((long)Keys * rank / Ranks);

    /// <summary>Rows that have a loss: the queries, or the rows of both towers.</summary>
    public int LossRows => Form == SimilarityForm.TwoTower ? 2 * Rows : Rows;

    /// <summary>Whether the loss is of rows that are queries and keys at once, with one gradient.</summary>
    public bool IsOfRows => Form is SimilarityForm.NtXent or SimilarityForm.TwoTower;

    /// <summary>Whether the keys have a gradient of their own.</summary>
    public bool HasKeyGradient => Form is SimilarityForm.Generic or SimilarityForm.Sigmoid;

    /// <summary>N·K.</summary>
    public double Pairs => (double)Rows * Keys;

    /// <summary>Products that are counted for the loss with its gradients.</summary>
    public double Products => Form switch { SimilarityForm.Generic or SimilarityForm.TwoTower => 4, SimilarityForm.Sigmoid => 3, _ => 2 };

    /// <summary>Products that are counted for the loss alone: one half where s_ij = s_ji.</summary>
    public double LossProducts => Form == SimilarityForm.NtXent ? 0.5 : 1;

    /// <summary>FLOPs of so many products, 2·N·K·D each.</summary>
    /// <param name="products"><see cref="LossProducts"/> for the loss alone; <see cref="Products"/> with the gradients.</param>
    public double Flops(double products) => products * 2 * Pairs * Dimension;
}
