using System.Text.Json.Serialization;

namespace NegSamples.Training.Evaluation;

/// <summary>What the classifiers of an evaluation are made from.</summary>
public enum EvaluationProtocol
{
    /// <summary>Plain images; the linear classifier is that of its last epoch.</summary>
    [JsonStringEnumMemberName("plain")]
    Plain,

    /// <summary>Augmented views, as in the code of Nozawa and Sato, arXiv:2102.06866; see <see cref="PaperEvaluator"/>.</summary>
    [JsonStringEnumMemberName("paper")]
    Paper,
}

/// <summary>Which epoch of a linear classifier an accuracy is of.</summary>
public enum EpochSelection
{
    /// <summary>The last: nothing is chosen.</summary>
    [JsonStringEnumMemberName("last")]
    Last,

    /// <summary>The best on a held-out part of the training images, which the classifier was not trained on.</summary>
    [JsonStringEnumMemberName("held-out")]
    HeldOut,

    /// <summary>The best on the test images themselves, as in the paper: the best of many looks at them, and so an optimistic number.</summary>
    [JsonStringEnumMemberName("test")]
    Test,
}
