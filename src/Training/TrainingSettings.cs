using System.Text.Json.Serialization;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>The loss, and which rows of the batch are its anchors and negatives. All but the single-view loss take both views as anchors.</summary>
public enum LossKind
{
    /// <summary>NT-Xent: both views are anchors, 2N − 2 negatives each; see <see cref="NegativeSource.BothViews"/>.</summary>
    [JsonStringEnumMemberName("nt-xent")]
    NtXent,

    /// <summary>The loss of the paper's bound: view 1 is the anchor, N − 1 negatives from view 2; see <see cref="NegativeSource.OtherView"/>.</summary>
    [JsonStringEnumMemberName("single-view")]
    SingleView,

    /// <summary>The decoupled loss, all 2N − 2 negatives; see <see cref="Kernels.Decoupled"/>.</summary>
    [JsonStringEnumMemberName("decoupled")]
    Decoupled,

    /// <summary>The debiased loss, all 2N − 2 negatives; see <see cref="Kernels.Debiased"/>.</summary>
    [JsonStringEnumMemberName("debiased")]
    Debiased,

    /// <summary>The debiased loss with hard negatives weighted up, all 2N − 2 negatives; see <see cref="HardNegatives"/>.</summary>
    [JsonStringEnumMemberName("hard")]
    Hard,

    /// <summary>The supervised contrastive loss: the rows of the anchor's label are its positives; see <see cref="SupervisedContrastive"/>.</summary>
    [JsonStringEnumMemberName("supcon")]
    SupCon,
}

/// <summary>The rule of the weight update.</summary>
public enum OptimizerKind
{
    /// <summary>SGD with momentum under layer-wise adaptive rates: the paper's choice.</summary>
    [JsonStringEnumMemberName("larc")]
    Larc,

    /// <summary>SGD with momentum.</summary>
    [JsonStringEnumMemberName("sgd")]
    Sgd,

    /// <summary>Adam with decoupled weight decay.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,
}

/// <summary>Everything that decides a training run. The defaults are the recipe of Nozawa and Sato 2021, arXiv:2102.06866, on a smaller encoder.</summary>
public sealed record TrainingSettings
{
    /// <summary>"shapes" (built in), or the path of a data set.</summary>
    public string Data { get; init; } = "shapes";

    /// <summary>What the path holds: "shapes", "cifar10", "cifar100" or "folder"; null finds out.</summary>
    public string? DataKind { get; init; }

    /// <summary>The encoder.</summary>
    public EncoderKind Encoder { get; init; } = EncoderKind.ConvNet;

    /// <summary>A residual network's first layers.</summary>
    public StemKind Stem { get; init; } = StemKind.Cifar;

    /// <summary>The side of the views in pixels; 0 takes 32 for CIFAR and shapes and 64 for folders.</summary>
    public int ImageSize { get; init; }

    /// <summary>D: the dimension of the embeddings.</summary>
    public int EmbeddingDimension { get; init; } = 128;

    /// <summary>N: images in a batch; each gives two views.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>The loss, and which rows are its anchors and negatives.</summary>
    public LossKind Loss { get; init; } = LossKind.NtXent;

    /// <summary>τ⁺: the share of negatives that are of the anchor's own class, for the debiased and the hard-negative loss.</summary>
    public double PositivePrior { get; init; } = 0.1;

    /// <summary>β: how much the hard-negative loss concentrates on the negatives nearest to the anchor.</summary>
    public double Hardness { get; init; } = 1;

    /// <summary>K: negatives per anchor, sub-sampled from the batch; 0 takes all that the batch has.</summary>
    public int Negatives { get; init; }

    /// <summary>S: independent shards of a batch, as of S machines; each of N/S samples, with negatives of its own only.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>M: samples of a piece where a batch is embedded in pieces to save memory; 0 takes the batch in one.</summary>
    public int MicroBatch { get; init; }

    /// <summary>K: keys in a momentum queue, which are then all the negatives; 0 takes the negatives from the batch.</summary>
    public int Queue { get; init; }

    /// <summary>m: the coefficient of the momentum encoder that makes the queue's keys.</summary>
    public double KeyMomentum { get; init; } = 0.999;

    /// <summary>T: the temperature.</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>Whether the logits are streamed through the cache or stored as a matrix.</summary>
    public KNegativesMethod LossMethod { get; init; } = KNegativesMethod.Streaming;

    /// <summary>The rule of the weight update.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Larc;

    /// <summary>The peak learning rate for a shard of 256; it is scaled by N/(256·S). 0 takes 1 for LARC, 0.1 for SGD and 0.001 for AdamW.</summary>
    public double LearningRate { get; init; }

    /// <summary>Momentum of LARC and SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>λ: weight decay, not on biases and batch norms.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>LARC's trust coefficient.</summary>
    public double Trust { get; init; } = 0.001;

    /// <summary>Epochs of linear warm-up; −1 takes 10, or a tenth of the epochs where those are fewer than 100.</summary>
    public double WarmupEpochs { get; init; } = -1;

    /// <summary>s: the strength of the colour jitter.</summary>
    public double JitterStrength { get; init; } = 0.5;

    /// <summary>The least share of an image's area that a random crop keeps.</summary>
    public double MinimumCrop { get; init; } = 0.08;

    /// <summary>Key of all random numbers.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>A line of metrics every this many steps.</summary>
    public int LogEvery { get; init; } = 1;

    /// <summary>A checkpoint every this many epochs; 0 takes a tenth of the epochs, at least 1. The last step always leaves one.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>CPU threads; 0 takes one per core. They never change the numbers.</summary>
    public int Threads { get; init; }

    /// <summary>"cpu", "cuda", or "auto" for the GPU where there is one.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>What a GPU's matrix products compute with: "bf16", "tf32" or "fp32". A CPU computes in float32 whatever it is.</summary>
    public string Precision { get; init; } = "bf16";

    /// <summary>The same settings computed where others are: their data's path, threads, device and precision.</summary>
    /// <param name="place">The others.</param>
    public TrainingSettings At(TrainingSettings place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return this with { Data = place.Data, Threads = place.Threads, Device = place.Device, Precision = place.Precision };
    }

    /// <summary>The same with every "take the default" replaced by the number that it stands for.</summary>
    /// <param name="dataKind">What the data turned out to be: "shapes", "cifar10", "cifar100" or "folder".</param>
    public TrainingSettings Resolve(string dataKind) => this with
    {
        DataKind = dataKind,
        ImageSize = ImageSize > 0 ? ImageSize : dataKind == "folder" ? 64 : 32,
        LearningRate = LearningRate > 0 ? LearningRate : Optimizer switch { OptimizerKind.Larc => 1.0, OptimizerKind.Sgd => 0.1, _ => 0.001 },
        WarmupEpochs = WarmupEpochs >= 0 ? WarmupEpochs : Math.Min(10, Epochs / 10.0),
        CheckpointEvery = CheckpointEvery > 0 ? CheckpointEvery : Math.Max(1, Epochs / 10),
    };

    /// <summary>The encoder and head that these settings ask for.</summary>
    public ModelSettings Model => new(Encoder, Stem, ImageSize, ImageSize, EmbeddingDimension);

    /// <summary>The numbers of the random views that these settings ask for.</summary>
    public RecipeSettings Recipe => new() { Strength = JitterStrength, MinimumScale = MinimumCrop };

    /// <summary>Samples of one shard, N/S.</summary>
    public int ShardSize => BatchSize / Math.Max(1, Shards);

    /// <summary>Whether the loss is one that sub-samples its negatives; see <see cref="LossAt"/>.</summary>
    public bool IsKNegatives => Loss is LossKind.NtXent or LossKind.SingleView;

    /// <summary>The loss of one shard at one step, for the losses that sub-sample. Of the others it tells anchors and numbers of negatives.</summary>
    /// <param name="step">The step, from 0: every step sub-samples anew.</param>
    /// <param name="shard">The shard, from 0: every shard sub-samples on its own.</param>
    public KNegativesSettings LossAt(long step, int shard = 0) => new(
        Loss == LossKind.SingleView ? NegativeSource.OtherView : NegativeSource.BothViews, (float)Temperature, Negatives, Seed, (uint)((step * Shards) + shard), LossMethod);

    /// <summary>The loss of queries against keys: all rows of the batch, or those of a queue. NT-Xent and the single-view loss are InfoNCE of a queue.</summary>
    public ContrastiveSettings LossOfKeys() => new((float)Temperature, Loss switch
    {
        LossKind.Decoupled => new Decoupled(),
        LossKind.Debiased => new Debiased(PositivePrior),
        LossKind.Hard => new HardNegatives(PositivePrior, Hardness),
        LossKind.SupCon => new SupervisedContrastive(),
        _ => new InfoNce(),
    });

    /// <summary>The same with a queue of K keys where K negatives are asked for and a whole batch has fewer.</summary>
    public TrainingSettings WithQueueBeyondBatch() =>
        Queue == 0 && Shards == 1 && BatchSize >= 2 && Negatives > LossAt(0).Available(2 * BatchSize) ? this with { Queue = Negatives, Negatives = 0 } : this;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range; the message names the flag.</exception>
    public void Validate()
    {
        Require(BatchSize >= 2, "--batch-size", BatchSize, "at least 2: batch normalisation and negatives need other images");
        Require(Shards >= 1, "--shards", Shards, "at least 1");
        Require(BatchSize % Shards == 0, "--shards", Shards, $"a divisor of the batch of {BatchSize}");
        Require(ShardSize >= 2, "--shards", Shards, $"at most {BatchSize / 2}, so that a shard has 2 samples");
        int available = LossAt(0).Available(2 * ShardSize);
        Require(
            Negatives >= 0 && Negatives <= available, "--negatives", Negatives,
            $"0 (all) to {available}, which is what a {(Shards == 1 ? "batch" : "shard")} of {ShardSize} has per anchor ({(Loss == LossKind.SingleView ? "N - 1" : "2N - 2")})");
        Require(MicroBatch >= 0 && MicroBatch <= BatchSize, "--micro-batch", MicroBatch, $"1 to {BatchSize}, the batch, or 0 for the whole batch at once");
        ValidateQueue();
        ValidateLoss();
        Require(Temperature >= 1e-3 && double.IsFinite(Temperature), "--temperature", Temperature, "a number of at least 0.001");
        Require(Epochs >= 1, "--epochs", Epochs, "at least 1");
        Require(EmbeddingDimension >= 1, "--dim", EmbeddingDimension, "at least 1");
        Require(ImageSize is 0 or (>= 8 and <= 1024), "--image-size", ImageSize, "8 to 1024 pixels, or 0 for the data's own");
        Require(double.IsFinite(LearningRate) && LearningRate >= 0, "--learning-rate", LearningRate, "above 0, or 0 for the optimizer's own");
        Require(Momentum is >= 0 and < 1, "--momentum", Momentum, "0 to below 1");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, "--weight-decay", WeightDecay, "at least 0");
        Require(double.IsFinite(Trust) && Trust > 0, "--trust", Trust, "above 0");
        Require(WarmupEpochs is -1 or (>= 0 and <= 1e6), "--warmup-epochs", WarmupEpochs, "at least 0, or -1 for the default");
        Require(WarmupEpochs <= Epochs, "--warmup-epochs", WarmupEpochs, $"at most the {Epochs} epochs");
        Require(JitterStrength is >= 0 and <= 1, "--jitter", JitterStrength, "0 to 1");
        Require(MinimumCrop is > 0 and <= 1, "--min-crop", MinimumCrop, "above 0 and at most 1");
        Require(LogEvery >= 1, "--log-every", LogEvery, "at least 1");
        Require(CheckpointEvery >= 0, "--checkpoint-every", CheckpointEvery, "at least 1, or 0 for the default");
        Require(Threads >= 0, "--threads", Threads, "at least 1, or 0 for one per core");
        Require(Device is "cpu" or "cuda" or "auto", "--device", Device, "cpu, cuda or auto");
        Require(PrecisionNames.All.Contains(Precision), "--precision", Precision, "bf16, tf32 or fp32");
    }

    /// <summary>Refuses images without labels where the loss asks for them.</summary>
    /// <param name="images">The training images.</param>
    /// <exception cref="BadDataException">They have no labels.</exception>
    public void CheckLabels(IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (Loss == LossKind.SupCon && images.ClassNames.Count == 0)
            throw new BadDataException($"{images.Name} has no labels; --loss supcon takes images of one class for positives and needs them. Every other --loss trains without labels.");
    }

    private void ValidateLoss()
    {
        Require(PositivePrior is >= 0 and < 1, "--positive-prior", PositivePrior, "0 to below 1");
        Require(Hardness >= 0 && double.IsFinite(Hardness), "--hardness", Hardness, "a number of at least 0");
        if (IsKNegatives) return;
        string name = Loss.ToString().ToLowerInvariant();
        Require(Negatives == 0, "--negatives", Negatives, $"0 with --loss {name}, which takes all rows of the batch; nt-xent and single-view can sub-sample");
        Require(LossMethod == KNegativesMethod.Streaming, "--loss-method", LossMethod.ToString().ToLowerInvariant(), $"streaming with --loss {name}");
        Require(Loss != LossKind.SupCon || Queue == 0, "--queue", Queue, "0 with --loss supcon: the keys of a queue have no labels");
    }

    private void ValidateQueue()
    {
        Require(KeyMomentum is >= 0 and <= 1, "--key-momentum", KeyMomentum, "0 to 1");
        if (Queue == 0) return;

        // A file's tensor and a span of bytes both end at 2 GiB.
        int largest = int.MaxValue / (sizeof(float) * Math.Max(1, EmbeddingDimension));
        Require(Queue >= 1 && Queue <= largest, "--queue", Queue, $"1 to {largest} (2 GiB of keys at --dim {EmbeddingDimension}), or 0 for negatives from the batch");
        Require(Negatives == 0, "--negatives", Negatives, "0 with --queue, whose keys are all the negatives");
        Require(Shards == 1, "--shards", Shards, "1 with --queue: the negatives come from the queue, not from the shard");
        if (MicroBatch > 0) Require(MicroBatch >= 2 && BatchSize % MicroBatch != 1, "--micro-batch", MicroBatch, $"with --queue, pieces of at least 2 samples, the last of the {BatchSize} samples' pieces too: batch norm needs them");
    }

    private static void Require(bool holds, string flag, object value, string expected)
    {
        if (!holds) throw new SettingsException(FormattableString.Invariant($"{flag} is {value}; expected {expected}."));
    }
}
