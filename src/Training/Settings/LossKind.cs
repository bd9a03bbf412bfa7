using System.Text.Json.Serialization;
using NegSamples.Kernels;

namespace NegSamples.Training.Settings;

/// <summary>
/// The loss, and which rows of the batch are its anchors and negatives. All but the single-view and the sigmoid loss take every view as an anchor.
/// </summary>
public enum LossKind
{
    /// <summary>
    /// NT-Xent: both views are anchors, 2N − 2 negatives each; see <see cref="TwoViews.BothViews"/>, and for more views <see cref="ManyViews.AtOffset"/>.
    /// </summary>
    [JsonStringEnumMemberName("nt-xent")]
    NtXent,

    /// <summary>The loss of the paper's bound: view 1 is the anchor, N − 1 negatives from view 2; see <see cref="TwoViews.OtherView"/>.</summary>
    [JsonStringEnumMemberName("single-view")]
    SingleView,

    /// <summary>The decoupled loss of the same sets; see <see cref="Kernels.Decoupled"/>.</summary>
    [JsonStringEnumMemberName("decoupled")]
    Decoupled,

    /// <summary>The debiased loss of the same sets; see <see cref="Kernels.Debiased"/>.</summary>
    [JsonStringEnumMemberName("debiased")]
    Debiased,

    /// <summary>The debiased loss with hard negatives weighted up, of the same sets; see <see cref="HardNegatives"/>.</summary>
    [JsonStringEnumMemberName("hard")]
    Hard,

    /// <summary>
    /// The supervised contrastive loss: the rows of the anchor's label are its positives, the others its negatives; see <see cref="SupervisedContrastive"/>.
    /// </summary>
    [JsonStringEnumMemberName("supcon")]
    SupCon,

    /// <summary>
    /// The sigmoid loss of view 1 against view 2, each pair by itself; see <see cref="Kernels.Sigmoid"/> and <see cref="TwoViews.OtherView"/>. Its terms are
    /// the same from either side, so that no view is more an anchor than the other.
    /// </summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,

    /// <summary>
    /// Softmax cross-entropy of a linear classifier on the encoder's features, one view of each image: the supervised baseline, without negatives; see
    /// <see cref="ClassLoss"/>.
    /// </summary>
    [JsonStringEnumMemberName("cross-entropy")]
    CrossEntropy,
}
