using System.Text.Json.Serialization;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Training.Settings;

/// <summary>The loss and its negatives: how many, and where they come from.</summary>
public sealed record LossSettings
{
    // More samples would do more than more views of them.
    private const int MostViews = 16;

    /// <summary>The loss, and which rows are its anchors and negatives.</summary>
    [JsonPropertyName("loss"), JsonPropertyOrder(8)]
    public LossKind Kind { get; init; } = LossKind.NtXent;

    /// <summary>
    /// V: views of each sample in a batch. With more than two, every view is an anchor, its positives are the V − 1 others, one at a time, and its negatives
    /// the V·(N − 1) rows of other samples; the loss is the mean over all pairs.
    /// </summary>
    [JsonPropertyOrder(8)]
    public int Views { get; init; } = 2;

    /// <summary>τ⁺: the share of negatives that are of the anchor's own class, for the debiased and the hard-negative loss.</summary>
    [JsonPropertyOrder(9)]
    public double PositivePrior { get; init; } = 0.1;

    /// <summary>β: how much the hard-negative loss concentrates on the negatives nearest to the anchor.</summary>
    [JsonPropertyOrder(10)]
    public double Hardness { get; init; } = 1;

    /// <summary>K: negatives per anchor, drawn anew in each step from those of the batch or from the queue's keys; 0 takes all.</summary>
    [JsonPropertyOrder(11)]
    public int Negatives { get; init; }

    /// <summary>S: independent shards of a batch, as of S machines; each of N/S samples, with negatives of its own only.</summary>
    [JsonPropertyOrder(12)]
    public int Shards { get; init; } = 1;

    /// <summary>Keys in a momentum queue, from which the negatives then come; 0 takes the negatives from the batch.</summary>
    [JsonPropertyOrder(14)]
    public int Queue { get; init; }

    /// <summary>m: the coefficient of the momentum encoder that makes the queue's keys.</summary>
    [JsonPropertyOrder(15)]
    public double KeyMomentum { get; init; } = 0.999;

    /// <summary>T: the temperature.</summary>
    [JsonPropertyOrder(16)]
    public double Temperature { get; init; } = 0.5;

    /// <summary>
    /// Whether the temperature is learned, from <see cref="Temperature"/> on, as CLIP's is: its logarithm is a parameter, and T stays within 0.01 and 1. With
    /// the sigmoid loss the bias is learned too, from <see cref="Bias"/> on, as SigLIP's is.
    /// </summary>
    [JsonPropertyOrder(17)]
    public bool LearnTemperature { get; init; }

    /// <summary>b: what the sigmoid loss adds to each logit; null is −1/T, which is SigLIP's −10 at its T of 0.1.</summary>
    [JsonPropertyOrder(17)]
    public double? SigmoidBias { get; init; }

    /// <summary>
    /// The bias that the loss begins with, 0 where it has none. By default the logit of equal rows is 0, an even chance, at every temperature.
    /// </summary>
    [JsonIgnore]
    internal double Bias => Kind != LossKind.Sigmoid ? 0 : SigmoidBias ?? -1 / Temperature;

    /// <summary>Whether a bias is learned.</summary>
    [JsonIgnore]
    internal bool LearnsBias => LearnTemperature && Kind == LossKind.Sigmoid;

    /// <summary>Whether view 1 has the anchors and view 2 their keys.</summary>
    [JsonIgnore]
    internal bool IsOneWay => Kind is LossKind.SingleView or LossKind.Sigmoid;

    /// <summary>Whether the loss reads the labels of the images.</summary>
    [JsonIgnore]
    internal bool ReadsLabels => Kind is LossKind.SupCon or LossKind.CrossEntropy;

    /// <summary>Views of each sample that are made: <see cref="Views"/> that a contrastive loss compares, or one that is classified.</summary>
    [JsonIgnore]
    internal int ViewsPerSample => Kind == LossKind.CrossEntropy ? 1 : Views;

    /// <summary>What a row's sums become. NT-Xent and the single-view loss are InfoNCE of their index sets.</summary>
    [JsonIgnore]
    internal RowLoss Formula => Kind switch
    {
        LossKind.Decoupled => new Decoupled(),
        LossKind.Debiased => new Debiased(PositivePrior),
        LossKind.Hard => new HardNegatives(PositivePrior, Hardness),
        LossKind.SupCon => new SupervisedContrastive(),
        LossKind.Sigmoid => new Sigmoid(),
        _ => new InfoNce(),
    };

    /// <summary>The most negatives that a query can have: N − 1 of the other view, V·(N − 1) of all, or the keys of the queue.</summary>
    /// <param name="samples">N: samples of the batch, or of a shard.</param>
    internal int Available(int samples) => Queue > 0 ? Queue : IsOneWay ? samples - 1
        : (int)Math.Min(int.MaxValue, Views * (samples - 1L));

    /// <summary>Refuses what cannot be trained.</summary>
    /// <param name="batch">The batch that the loss is of.</param>
    /// <param name="embeddingDimension">D, of the keys in a queue.</param>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate(BatchSettings batch, int embeddingDimension)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ValidateViews();
        SettingsException.Require(Shards >= 1, "shards", Shards, "at least 1");
        SettingsException.Require(batch.Size % Shards == 0, "shards", Shards, $"a divisor of the batch of {batch.Size}");
        int samples = batch.Size / Shards;
        SettingsException.Require(samples >= 2, "shards", Shards, $"at most {batch.Size / 2}, so that a shard has 2 samples");
        int available = Available(samples);
        string of = Queue > 0 ? "the keys of the queue"
            : $"which is what a {(Shards == 1 ? "batch" : "shard")} of {samples} has per anchor ({(IsOneWay ? "N - 1" : Views == 2 ? "2N - 2" : FormattableString.Invariant($"{Views}(N - 1)"))})";
        SettingsException.Require(Negatives >= 0 && Negatives <= available, "negatives", Negatives, $"0 (all) to {available}, {of}");
        ValidateQueue(batch, embeddingDimension);
        SettingsException.Require(PositivePrior is >= 0 and < 1, "positivePrior", PositivePrior, "0 to below 1");
        SettingsException.Require(Hardness is >= 0 and <= 1e6, "hardness", Hardness, "a number of at least 0 and at most 1e6");
        SettingsException.Require(Temperature is >= 1e-3 and <= 1e30, "temperature", Temperature, "a number of at least 0.001 and at most 1e30");
        SettingsException.Require(SigmoidBias is null or (>= -1e6 and <= 1e6), "sigmoidBias", SigmoidBias ?? 0, "a number from -1e6 to 1e6");
        SettingsException.Require(
            !LearnTemperature || Temperature is >= LearnedTemperature.Least and <= LearnedTemperature.Greatest, "temperature", Temperature,
            $"{LearnedTemperature.Least} to {LearnedTemperature.Greatest} with `learnTemperature`, which keeps it there");
        SettingsException.Require(Kind != LossKind.SupCon || Queue == 0, "queue", Queue, "0 with `loss` supcon: the keys of a queue have no labels");
        if (Kind != LossKind.CrossEntropy) return;
        SettingsException.Require(Queue == 0, "queue", Queue, "0 with `loss` cross-entropy, which has no negatives");
        SettingsException.Require(Negatives == 0, "negatives", Negatives, "0 with `loss` cross-entropy, which has no negatives");
        SettingsException.Require(Shards == 1, "shards", Shards, "1 with `loss` cross-entropy, whose samples do not meet");
        SettingsException.Require(!LearnTemperature, "learnTemperature", LearnTemperature, "false with `loss` cross-entropy, which has no temperature");
    }

    /// <summary>Refuses images without labels where the loss asks for them.</summary>
    /// <param name="images">The training images.</param>
    /// <exception cref="BadDataException">They have no labels.</exception>
    internal void CheckLabels(IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (ReadsLabels && images.ClassNames.Count == 0)
            throw new BadDataException(
                $"{images.Name} has no labels; `loss` {(Kind == LossKind.SupCon ? "supcon takes images of one class for positives" : "cross-entropy learns their classes")} and needs them. "
                + "The contrastive ones but supcon train without labels.");
    }

    private void ValidateViews()
    {
        SettingsException.Require(Views is >= 2 and <= MostViews, "views", Views, FormattableString.Invariant($"2 to {MostViews}"));
        if (Views == 2) return;
        string oneWay = Kind == LossKind.Sigmoid ? "sigmoid" : "single-view";
        SettingsException.Require(!IsOneWay, "views", Views, $"2 with `loss` {oneWay}, which sets view 1 against view 2");
        SettingsException.Require(
            Kind != LossKind.CrossEntropy, "views", Views, "2, the default, with `loss` cross-entropy, which classifies one view of each sample");
        SettingsException.Require(Queue == 0, "views", Views, "2 with `queue`: a view of the encoder and one of the momentum encoder");
    }

    private void ValidateQueue(BatchSettings batch, int embeddingDimension)
    {
        SettingsException.Require(KeyMomentum is >= 0 and <= 1, "keyMomentum", KeyMomentum, "0 to 1");
        if (Queue == 0) return;

        // A file's tensor and a span of bytes both end at 2 GiB.
        int largest = int.MaxValue / (sizeof(float) * Math.Max(1, embeddingDimension));
        SettingsException.Require(
            Queue >= 1 && Queue <= largest, "queue", Queue,
            $"1 to {largest} (2 GiB of keys at `embeddingDimension` {embeddingDimension}), or 0 for negatives from the batch");
        SettingsException.Require(Shards == 1, "shards", Shards, "1 with `queue`: the negatives come from the queue, not from the shard");
        if (batch.MicroBatch == 0) return;
        SettingsException.Require(
            batch.MicroBatch >= 2 && batch.Size % batch.MicroBatch != 1, "microBatch", batch.MicroBatch,
            $"with `queue`, pieces of at least 2 samples, the last of the {Counted.Of(batch.Size, "sample")}' pieces too: batch norm needs them");
    }
}
