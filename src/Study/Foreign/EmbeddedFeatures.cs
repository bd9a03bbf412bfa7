using System.Numerics.Tensors;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Foreign;

/// <summary>Writes the features that a network of another program makes of images, as <see cref="FeatureFiles"/> writes those of a run, under the key "encoder".</summary>
internal sealed class EmbeddedFeatures
{
    private const string Key = "encoder";
    private readonly Ops ops;
    private readonly IViewEncoder encoder;
    private readonly EmbedSettings settings;
    private readonly List<(IImageSet Images, StudySplit Split)> splits = [];
    private readonly FeatureReport report;

    /// <summary>Chooses the images; nothing is embedded yet.</summary>
    /// <param name="ops">The device that makes the views.</param>
    /// <param name="encoder">The network.</param>
    /// <param name="fingerprint">The hash of its file.</param>
    /// <param name="network">What it is and what it is given; choice and views are set here.</param>
    /// <param name="images">The images.</param>
    /// <param name="settings">Which of them, and where to.</param>
    /// <exception cref="SettingsException">A setting is out of its range, or a rank has other ones.</exception>
    /// <exception cref="BadDataException">They are texts, or there is no test split.</exception>
    public EmbeddedFeatures(Ops ops, IViewEncoder encoder, string fingerprint, ForeignNetwork network, ImageData images, EmbedSettings settings)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        (this.ops, this.encoder, this.settings) = (ops, encoder, settings);
        if (images.Train.Vocabulary is not null) throw new BadDataException($"{images.Train.Name} are texts; expected images.");
        if (settings.Train) splits.Add((ImageChoice.Of(images.Train, settings.Limit, settings.TakesFirst, settings.Seed), StudySplit.Train));
        if (settings.Test)
        {
            IImageSet test = images.Test ?? throw new BadDataException(
                $"{images.Train.Name} has no test split; hold one out with `testShare`, or embed the training split alone: `split` train.");
            splits.Add((ImageChoice.Of(test, settings.TestLimit, settings.TakesFirst, settings.Seed), StudySplit.Test));
        }

        network = network with
        {
            Choice = settings.Choice, Views = settings.Views, JitterStrength = settings.Views > 0 ? settings.Recipe.JitterStrength : null,
            MinimumCrop = settings.Views > 0 ? settings.Recipe.MinimumCrop : null,
        };
        report = new FeatureReport(
            FeatureReport.CurrentFormat, Path.GetFileName(network.File), 0, fingerprint, images.Train.Name, images.Train.Fingerprint, images.Test?.Fingerprint ?? "",
            CountOf(StudySplit.Train), CountOf(StudySplit.Test), images.Train.ClassNames, settings.Seed, false, [new FeatureKey(Key, encoder.FeatureDimension)])
        {
            Network = network,
        };
        RankAgreement.RequireNetwork(ops, network.Identity + settings.Seed + settings.Train + settings.Test, images.Train, fingerprint);
    }

    /// <summary>Embeds the splits and writes the files, all or none; memory does not grow with the data. Of several ranks the first does this, the others
    /// <see cref="Assist"/> it, and the files have the bits of one process's.</summary>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it; nothing is left then.</param>
    /// <returns>What the folder holds now.</returns>
    /// <exception cref="BadDataException">An image cannot be read, the network fails or gives numbers that are not finite, or the folder holds other features.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public FeatureReport Write(Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(status);
        FeatureFolder.Check(settings.Output, report);
        RequireMemory();
        status(new EvaluationProgress(FormattableString.Invariant($"{settings.Output} takes {FeatureFiles.Bytes(report) / 1e6:N1} MB"), 0));
        using FeatureFolder files = FeatureFolder.Create(settings.Output, report);
        return files.Fill(report, within =>
        {
            foreach ((IImageSet images, StudySplit split) in splits)
            {
                FeatureSplit written = new(within, report.Keys, images, split);
                if (images.ClassNames.Count > 0) written.WriteLabels();
                written.WriteNames();
                written.WriteViews([""], take => Embed(images, split, new PlainRecipe(), 1, take, status, stop));
                if (settings.Views > 0) written.WriteViews(FeatureSplit.Numbered(settings.Views), take => Embed(images, split, RecipeOf(images), settings.Views, take, status, stop));
            }
        });
    }

    /// <summary>What the other ranks do while the first writes: each embeds its part of the images.</summary>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="Write"/>.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Assist(CancellationToken stop = default)
    {
        RequireMemory();
        foreach ((IImageSet images, StudySplit split) in splits)
        {
            Embed(images, split, new PlainRecipe(), 1, _ => { }, _ => { }, stop);
            if (settings.Views > 0) Embed(images, split, RecipeOf(images), settings.Views, _ => { }, _ => { }, stop);
        }
    }

    private int CountOf(StudySplit which) => splits.Where(entry => entry.Split == which).Sum(entry => entry.Images.Count);

    private IViewRecipe RecipeOf(IImageSet images) => settings.Recipe.RecipeOf(images, encoder.Side, measured: true);

    private void RequireMemory()
    {
        long views = Math.Max(encoder.ViewsPerPass, settings.Views), numbers = views * encoder.Side * encoder.Side * 3, features = views * encoder.FeatureDimension;
        HostMemory.Require("Embedding", MemoryPlan.From(
        [
            new("views", numbers * sizeof(float)), new("views as the network wants them", numbers * sizeof(float), IsManaged: true),
            new("features of a batch", features * sizeof(float) * (1 + FeatureExtractor.BatchesHeld(ops.Collective)), IsManaged: true),
        ]), "Lower `size`, or allow more.");
    }

    private void Embed(
        IImageSet images, StudySplit split, IViewRecipe recipe, int views, Action<FeatureBatch> take, Action<EvaluationProgress> status, CancellationToken stop)
    {
        string stage = recipe is PlainRecipe ? FormattableString.Invariant($"embedding {images.Name}: {Counted.Of(images.Count, "image")}")
            : FormattableString.Invariant($"embedding {images.Name}: {Counted.Of(images.Count, "image")}, {Counted.Of(views, "augmented view")} of each");
        status(new EvaluationProgress(stage, 0));
        FeatureExtractor.Stream(ops, encoder, images, recipe, views, settings.Seed, (uint)split, batch =>
        {
            for (int view = 0; view < views; view++)
            {
                if (float.IsFinite(TensorPrimitives.Sum(batch.Encoder(view)))) continue;
                throw new BadDataException(FormattableString.Invariant(
                    $"{report.Network!.File} gives a number that is not finite for one of the images {batch.First} to {batch.First + batch.Count - 1} of {images.Name}."));
            }

            take(batch);
            status(new EvaluationProgress(stage, batch.First + batch.Count));
        }, ops.Collective, stop);
    }
}
