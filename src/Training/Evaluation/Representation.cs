using System.Text.Json.Serialization;

namespace NegSamples.Training.Evaluation;

/// <summary>What a representation is like while it is trained, from some training images: part of a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Knn">Top-1 accuracy, 0 to 1, of the nearest-neighbour classifier before the head; null where the images have no labels.</param>
/// <param name="RankMe">The effective rank of the features before the head, see <see cref="Theory.Measures.Spectrum.RankMe"/>.</param>
/// <param name="RankMeHead">The same after the head, of unit rows.</param>
/// <param name="Deviation"><c>√D</c> times the mean over the D dimensions of √Var of the unit rows after the head: 1 where they lie all around the sphere, 0
/// where they are one. Source: Chen and He 2021 (arXiv:2011.10566), section 4.1.</param>
/// <param name="Alignment"><c>E‖z − z⁺‖²</c> of two augmented views, 0 to 4. Source: Wang and Isola 2020 (arXiv:2005.10242).</param>
/// <param name="Uniformity"><c>ln E e^(−2‖z − z′‖²)</c>, at most 0, of the same source.</param>
public sealed record Representation(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Knn, double RankMe, double RankMeHead, double Deviation, double Alignment, double Uniformity)
{
    // All images on a line, or in a thousandth of the sphere. An untrained encoder maps all images near to each other too, so that up to a twentieth what has
    // collapsed is told by its being less than half of that.
    private const double LeastRank = 2, LeastDeviation = 0.001, LowDeviation = 0.05;

    /// <summary>How the embeddings have collapsed, in words; null where they have not.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="untrained">The same encoder at initialisation.</param>
    internal string? Collapse(int dimension, Representation untrained)
    {
        ArgumentNullException.ThrowIfNull(untrained);
        if (Deviation < Math.Max(LeastDeviation, Math.Min(LowDeviation, untrained.Deviation / 2)))
            return FormattableString.Invariant($"the embeddings of different samples hardly differ (deviation {Deviation:G3}, untrained {untrained.Deviation:G3}, where 1 is all around the sphere)");
        return RankMeHead < Math.Min(LeastRank, Math.Min(dimension / 2.0, untrained.RankMeHead))
            ? FormattableString.Invariant($"the embeddings lie on a line (effective rank {RankMeHead:G3}, untrained {untrained.RankMeHead:G3})") : null;
    }
}
