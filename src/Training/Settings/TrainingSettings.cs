using System.Text.Json.Serialization;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Text;
using NegSamples.Kernels;

namespace NegSamples.Training.Settings;

/// <summary>Everything that decides a training run. The defaults are the recipe of Nozawa and Sato 2021, arXiv:2102.06866, on a smaller encoder.</summary>
/// <remarks>A file holds the settings of all records as one flat object, in the order that their properties name; see <see cref="FlatSettings"/>.</remarks>
[JsonConverter(typeof(FlatSettings))]
public sealed record TrainingSettings
{
    /// <summary>The images.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>The network.</summary>
    public EncoderSettings Encoder { get; init; } = new();

    /// <summary>The batch of a step.</summary>
    public BatchSettings Batch { get; init; } = new();

    /// <summary>The loss and its negatives.</summary>
    public LossSettings Loss { get; init; } = new();

    /// <summary>The weight update and the length of the run.</summary>
    public OptimizerSettings Optimizer { get; init; } = new();

    /// <summary>The random views.</summary>
    public ViewSettings Views { get; init; } = new();

    /// <summary>The random numbers, and what is written down.</summary>
    public RunSettings Run { get; init; } = new();

    /// <summary>What computes.</summary>
    public PlaceSettings Place { get; init; } = new();

    /// <summary>The encoder and head that these settings ask for.</summary>
    public ModelSettings Model => new(
        Encoder.Kind, Encoder.Stem, Data.ImageSize, Data.ImageSize, Encoder.EmbeddingDimension)
    {
        Temperature = Loss.LearnTemperature ? Loss.Temperature : null, Bias = Loss.LearnsBias ? Loss.Bias : null, IsClassifier = Loss.Kind == LossKind.CrossEntropy, Pixels = Encoder.Pixels,
        IsFrozen = Encoder.FreezeEncoder,
    };

    /// <summary>The encoder and head for these data: of texts, one with their vocabulary.</summary>
    /// <param name="images">The images or texts.</param>
    internal ModelSettings ModelOf(IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Model with { Words = images.Vocabulary?.Words.Count ?? 0 };
    }

    /// <summary>Samples of one shard, N/S.</summary>
    internal int ShardSize => Batch.Size / Math.Max(1, Loss.Shards);

    /// <summary>
    /// K of the bound's single-view loss for what is trained: the drawn negatives, else all keys of the queue, else the other samples of a shard, N/S − 1.
    /// That loss compares two views, so <see cref="LossSettings.Views"/> have no part in it.
    /// </summary>
    internal int BoundNegatives => Loss.Negatives > 0 ? Loss.Negatives : Loss.Queue > 0 ? Loss.Queue : ShardSize - 1;

    /// <summary>The learning rate at the end of the warm-up.</summary>
    internal double PeakRate => Optimizer.PeakRate(ShardSize);

    /// <summary>The negatives that are drawn for one shard at one step; all where the settings ask for all that there are.</summary>
    /// <param name="step">The step, from 0: every step draws anew.</param>
    /// <param name="shard">The shard, from 0: every shard draws on its own.</param>
    internal NegativeSample SampleAt(long step, int shard = 0) =>
        Loss.Negatives == Loss.Available(ShardSize) ? default : new(Loss.Negatives, Run.Seed, FirstDrawAt(step) + (uint)shard);

    /// <summary>The number of the first draw of negatives in a step: each shard has one of its own.</summary>
    internal uint FirstDrawAt(long step) => (uint)(step * Loss.Shards);

    /// <summary>The same settings computed where others are: their data's path, threads, device and precision.</summary>
    /// <param name="place">The others.</param>
    internal TrainingSettings At(TrainingSettings place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return this with { Data = Data with { Path = place.Data.Path }, Place = place.Place };
    }

    /// <summary>The same with every "take the default" replaced by the number that it stands for.</summary>
    /// <param name="dataKind">What the data turned out to be, one of <see cref="DataSets.Kinds"/>.</param>
    internal TrainingSettings Resolve(string dataKind) =>
        this with
        {
            Data = Data.Resolve(dataKind), Optimizer = Optimizer.Resolve(), Run = Run.Resolve(Optimizer),
            Encoder = dataKind == AgNewsSet.Kind && Encoder.Kind == EncoderKind.ConvNet ? Encoder with { Kind = EncoderKind.EmbeddingBag } : Encoder,
        };

    /// <summary>The same for images of a program's own: every "take the default" replaced, their name where no path is given, and a logit for each class where
    /// the loss is cross-entropy.</summary>
    /// <param name="images">The training images.</param>
    /// <exception cref="SettingsException">The loss is cross-entropy and another dimension is asked for.</exception>
    public TrainingSettings ResolveFor(IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images is ShapesSet) return WithClassesOf(images).Resolve(ShapesSet.Kind);
        TrainingSettings resolved = WithClassesOf(images).Resolve(images.Vocabulary is null ? "folder" : AgNewsSet.Kind);
        bool isNamed = Data.Path != new DataSettings().Path;
        return resolved with { Data = resolved.Data with { Path = isNamed ? Data.Path : images.Name, Kind = Data.Kind } };
    }

    /// <summary>The same with the dimension that the images decide where the loss is cross-entropy: a logit for each class.</summary>
    /// <param name="images">The training images.</param>
    /// <exception cref="SettingsException">Another dimension is asked for.</exception>
    internal TrainingSettings WithClassesOf(IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (Loss.Kind != LossKind.CrossEntropy || images.ClassNames.Count == 0) return this; // images without labels are refused by CheckLabels
        int classes = images.ClassNames.Count, asked = Encoder.EmbeddingDimension;
        SettingsException.Require(
            asked == classes || asked == new EncoderSettings().EmbeddingDimension, "embeddingDimension", asked,
            FormattableString.Invariant($"{classes} with `loss` cross-entropy, the classes of {images.Name}, or none given"));
        return this with { Encoder = Encoder with { EmbeddingDimension = classes } };
    }

    /// <summary>The same with a queue of K keys where K negatives are asked for and a whole batch of two views has fewer.</summary>
    internal TrainingSettings WithQueueBeyondBatch() =>
        Loss.Queue == 0 && Loss.Shards == 1 && Loss.Views == 2 && !Loss.ReadsLabels && Batch.Size >= 2 && Loss.Negatives > Loss.Available(Batch.Size)
            ? this with { Loss = Loss with { Queue = Loss.Negatives, Negatives = 0 } } : this;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range; the message names it.</exception>
    public void Validate()
    {
        Batch.Validate();
        Loss.Validate(Batch, Encoder.EmbeddingDimension);
        Encoder.Validate();
        Data.Validate();
        Optimizer.Validate();
        Views.Validate();
        double scaledRate = PeakRate;
        SettingsException.Require(
            scaledRate <= float.MaxValue, "learningRate", Optimizer.LearningRate,
            FormattableString.Invariant($"at most {float.MaxValue:G2} after its scaling by {(Optimizer.RateScaling == RateScaling.Linear ? "N/(256·S)" : "√(N/S)")}, which makes it {scaledRate:G3}"));
        long numbersOfSample = (long)Loss.Views * Math.Max(Encoder.EmbeddingDimension, Loss.Views - 1); // of z, or the losses of its pairs
        SettingsException.Require(
            numbersOfSample * Batch.Size <= int.MaxValue, "batchSize", Batch.Size,
            FormattableString.Invariant($"at most {int.MaxValue / numbersOfSample} with `embeddingDimension` {Encoder.EmbeddingDimension}: a tensor has fewer than 2^31 numbers"));
        Run.Validate();
        Place.Validate();
    }
}
