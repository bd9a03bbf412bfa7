using System.CommandLine;
using System.Text.Json.Nodes;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cached;
using NegSamples.Cli.Help;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags of a training run. Each one stands for a key of the settings file; a flag that is given overrides the file.</summary>
internal sealed class SettingOptions
{
    private readonly string[] except;
    private readonly List<(Option Option, string Key, Func<ParseResult, JsonNode?> Value)> options = [];

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="except">Keys that the command sets by other means.</param>
    public SettingOptions(Command command, params string[] except)
    {
        this.except = except;
        Data = AddPaths(command, "data", "--data", "Images: 'shapes' (built in, the default), a CIFAR-10 or CIFAR-100 folder or .tar.gz (binary or Python version), an STL-10 folder, a MedMNIST .npz, a folder root/train/CLASS/* and root/test/CLASS/*, a flat folder, or a .zip of one, WebDataset shards ('name-{000..099}.tar', a list with commas, or a folder of .tar), Parquet files of the Hugging Face hub (a folder, or a list with commas). Texts: AG News, ag_news_csv as folder or .tar.gz. Given several times, the training images are joined: the classes must have the same names, and the test split is that of the first that has one.");
        AddChoice(command, "dataKind", "--data-kind", "What --data holds, when it cannot be told from the files.", DataSets.Kinds);
        Add<double?>(command, "testShare", "--test-share",
            "Share of the images of each class, drawn by --seed, that is held out as the test split of a folder that has none; below 1 [default: 0].").HelpName = "SHARE";
        Add<double?>(command, "validationShare", "--validation-share",
            "Share of the training samples of each class, drawn by --seed, that is not trained on; a sweep chooses between --learning-rates on it; below 1 [default: 0].").HelpName = "SHARE";
        Add<int?>(command, "skipBad", "--skip-bad", "Leave out up to this many image files that cannot be read; they are named, and the run keeps to it [default: 0].");
        AddChoice(command, "jpegDecoder", "--jpeg-decoder",
            "What reads JPEG files: libjpeg-turbo gives the pixels of Pillow and torchvision; imagesharp, managed code alone, repeats halved colour [default: libjpeg-turbo].",
            DataSettings.LibjpegTurbo, DataSettings.ImageSharp);
        AddChoice(command, "cache", "--cache",
            "Whether decoded pictures are kept for the next epoch: memory, as they are first read, up to half of what is available; disk, in a file of the cache folder; off. It changes no number [default: memory where all take a sixteenth of it, else off].",
            ImageCache.Memory, ImageCache.Disk, ImageCache.Off);
        AddChoice(command, "encoder", "--encoder", "The encoder; texts have embedding-bag, the mean of word vectors, alone [default: convnet, of texts embedding-bag].", "convnet", "resnet18", "resnet34", "resnet50", "embedding-bag");
        AddChoice(command, "stem", "--stem",
            "A ResNet's first layers: cifar 3x3 stride 1 padding 1; imagenet 7x7/2 and max pool; paper 3x3 stride 1 padding 3 [default: cifar].", "cifar",
            "imagenet", "paper");
        Add<int?>(command, "imageSize", "--image-size", "Images: side of the views in pixels [default: 32 for CIFAR, MedMNIST and shapes, else 64].").HelpName = "PIXELS";
        Add<double?>(command, "pixelScale", "--pixel-scale", "Images: what white, 1, is multiplied by before the mean is taken off; 255 for weights that want pixels of 0..255 [default: 1].").HelpName = "SCALE";
        Add<string?>(command, "pixelMean", "--pixel-mean",
            "Images: what is taken off red, green and blue before they enter the encoder; weights want what they were trained with, torchvision's 0.485,0.456,0.406 [default: 0].").HelpName = "R,G,B";
        Add<string?>(command, "pixelDeviation", "--pixel-deviation", "Images: what red, green and blue are then divided by; torchvision's weights want 0.229,0.224,0.225 [default: 1].").HelpName = "R,G,B";
        Add<int?>(command, "embeddingDimension", "--dim", "D, the dimension of the embeddings [default: 128].").HelpName = "D";
        Add<string?>(command, "init", "--init", "Begin with the weights of a file, .safetensors, .pt or .pth with torchvision's or timm's names, or of the newest checkpoint of a run; a head that does not fit is drawn by the seed. What was taken, left and missing is said.").HelpName = "FILE|RUN";
        Add<string?>(command, "initSha256", "--init-sha256", "The SHA-256 that the file of --init must have [default: any; the run records it].").HelpName = "HEX";
        Add<string?>(command, "initWithout", "--init-without", "Parts that are drawn by the seed though the file of --init has them, with commas, as conv1,bn1 [default: none].").HelpName = "PART,...";
        Add<bool?>(command, "freezeEncoder", "--freeze-encoder", "Train the head alone: the encoder keeps its weights and running statistics. With --loss cross-entropy it is linear probing [default: false].");
        BatchSize = Add<int?>(command, "batchSize", "--batch-size", "N, samples in a batch; each gives --views views [default: 256].");
        Epochs = Add<int?>(command, "epochs", "--epochs", "Passes over the training samples [default: 100].");
        Add<int?>(command, "steps", "--steps", "T, weight updates of the run, whatever the batch: the epochs follow from it, the last of them cut where the updates end; warm-up is a tenth of T, a checkpoint comes every tenth; instead of --epochs [default: those of --epochs].").HelpName = "T";
        Add<int?>(command, "microBatch", "--micro-batch", "M, samples of a piece: the batch is embedded piece by piece in the memory of one, for one more forward pass. Exact but for batch norm, which sees a piece at a time (ghost batch norm); 0 takes the batch in one [default: 0].").HelpName = "M";
        AddChoice(
            command, "loss", "--loss",
            "nt-xent: both views are anchors, 2N-2 negatives (of V --views, V(N-1)); single-view: the loss of the paper's bound, N-1 negatives; decoupled: nt-xent without the positive in the denominator; "
            + "debiased: without the share of the own class; hard: debiased, and near negatives weigh more; supcon: supervised contrastive, uses the labels of the samples; sigmoid: view 1 against view 2, each pair by itself (SigLIP), N-1 negatives; cross-entropy: the supervised baseline, a linear classifier, no negatives [default: nt-xent].",
            "nt-xent", "single-view", "decoupled", "debiased", "hard", "supcon", "sigmoid", "cross-entropy");
        Add<int?>(command, "views", "--views",
            "V, augmented views of each sample in a batch, 2 to 16: every view is an anchor, its V-1 other views are its positives, one at a time, and the V(N-1) rows of other samples its negatives; the loss is the mean over all pairs. More than 2 for every --loss but single-view, sigmoid and cross-entropy, without --queue [default: 2].").HelpName = "V";
        Add<double?>(command, "positivePrior", "--positive-prior", "tau+, 0 to below 1: the share of negatives that are of the anchor's own class, for debiased and hard; about 1 / number of classes [default: 0.1].").HelpName = "SHARE";
        Add<double?>(command, "hardness", "--hardness",
            "beta, at least 0: how much hard concentrates on the negatives nearest to the anchor; 0 is debiased [default: 1].").HelpName = "BETA";
        Add<int?>(command, "negatives", "--negatives", "K, negatives per anchor, for every --loss, drawn anew each step from the batch (with --shards: from the shard; with --queue: from its keys; supcon: among other labels); 0 takes all; more than the batch has come from a queue, as with --queue K [default: 0].").HelpName = "K";
        Add<int?>(command, "shards", "--shards", "S, independent shards of a batch, the arithmetic of S machines: N/S samples each, negatives from the own shard only, batch norm over all of them [default: 1].").HelpName = "S";
        Add<int?>(command, "queue", "--queue", "Keys of a momentum queue (MoCo), from which the negatives then come: view 1 is the anchor, view 2 its positive under a momentum encoder, for every --loss but supcon (nt-xent and single-view are then the same); 0 takes negatives from the batch [default: 0].").HelpName = "KEYS";
        Add<double?>(command, "keyMomentum", "--key-momentum",
            "m, 0 to 1: every step the momentum encoder's weights become m times themselves plus 1 - m times the encoder's [default: 0.999].").HelpName = "M";
        Add<double?>(command, "temperature", "--temperature", "T, the temperature, at least 0.001 [default: 0.5].").HelpName = "T";
        Add<bool?>(command, "learnTemperature", "--learn-temperature",
            "Learn the temperature, from --temperature on: ln(1/T) is a parameter as in CLIP, and T stays within 0.01 and 1; with --loss sigmoid the bias too, from --sigmoid-bias on [default: false].");
        Add<double?>(command, "sigmoidBias", "--sigmoid-bias", "b, what sigmoid adds to each logit [default: -1/T, an even chance for equal rows: SigLIP's -10 at its T of 0.1].").HelpName = "B";
        AddChoice(command, "optimizer", "--optimizer", "The rule of the weight update [default: larc].", "larc", "sgd", "adamw");
        Add<double?>(command, "learningRate", "--learning-rate",
            "Peak rate, scaled by --rate-scaling: as it stands for a shard of 256 [default: 1 for larc, 0.1 for sgd, 0.001 for adamw].").HelpName = "RATE";
        AddChoice(command, "rateScaling", "--rate-scaling",
            "How the peak rate follows the N/S samples of a shard: linear is lr N/(256 S); sqrt is lr sqrt(N/S), as the paper's code has it; none is lr [default: linear].", "linear", "sqrt", "none");
        Add<double?>(command, "momentum", "--momentum", "Momentum of larc and sgd [default: 0.9].").HelpName = "M";
        Add<double?>(command, "weightDecay", "--weight-decay", "Weight decay, not on biases and batch norms [default: 0.0001].").HelpName = "DECAY";
        Add<double?>(command, "trust", "--trust", "LARC's trust coefficient [default: 0.001].").HelpName = "COEFFICIENT";
        Add<double?>(command, "warmupEpochs", "--warmup-epochs", "Epochs of linear warm-up; with --steps only 0 [default: 10, or a tenth of fewer than 100 epochs or of --steps].").HelpName = "EPOCHS";
        Option<string?> restarts = Add<string?>(command, "restartEpochs", "--restart-epochs", "Epochs after which the learning rate's schedule starts again, as 100,150; --resume RUN --epochs MORE does so by itself [default: never].");
        restarts.HelpName = "N,N,...";
        restarts.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }]) result.AddError("--restart-epochs is ''; expected rising epochs with commas between them, as in 100,150.");
        });
        Add<double?>(command, "jitterStrength", "--jitter", "Images: s, the strength of the colour jitter, 0 to 1 [default: 0.5].").HelpName = "S";
        Add<double?>(command, "minimumCrop", "--min-crop", "Images: least share of the area that a random crop keeps [default: 0.08].").HelpName = "SHARE";
        AddChoice(command, "textAugmentation", "--text-augmentation", "Texts: erase leaves out the words that a view does not keep, replace puts near ones in their place [default: erase].", "erase", "replace");
        Add<double?>(command, "maskRatio", "--mask-ratio", "Texts: share of the words that a view does not keep, below 1 [default: 0.2].").HelpName = "SHARE";
        Add<string?>(command, "neighbours", "--neighbours", "Texts: the file of nearest words for --text-augmentation replace; negsamples neighbours writes it.").HelpName = "FILE";
        Add<ulong?>(command, "seed", "--seed", "Key of all random numbers [default: 7].").HelpName = "KEY";
        Add<int?>(command, "logEvery", "--log-every", "A line of metrics every this many steps [default: 1].");
        Add<int?>(command, "checkpointEvery", "--checkpoint-every", "A checkpoint every this many epochs [default: a tenth of the epochs or of --steps].");
        Add<int?>(command, "monitorEvery", "--monitor-every", "Measure the representation every this many epochs and at the end, on training samples alone: nearest neighbours, "
            + "effective rank, alignment, uniformity go into metrics.jsonl, and a collapse is warned of; 0 never. It changes no weight [default: 0].");
        Add<bool?>(command, "tensorboard", "--tensorboard", "Also write the lines of metrics as events for TensorBoard, in the run folder's tensorboard/ [default: false].");
        Threads = Add<int?>(command, "threads", "--threads", "CPU threads; they never change the numbers [default: one per core].");
        Device = AddChoice(command, "device", "--device", PlaceOptions.DeviceText, PlaceOptions.Devices);
        Precision = AddChoice(command, "precision", "--precision", PlaceOptions.PrecisionText, PrecisionNames.Choices);
        Kernels = AddChoice(command, "kernels", "--kernels", PlaceOptions.KernelsText, MatrixKernelNames.All);
    }

    public Option<string?> Data { get; }

    public Option<int?> Epochs { get; }

    public Option<int?> Threads { get; }

    public Option<string?> Device { get; }

    public Option<string?> Precision { get; }

    public Option<string?> Kernels { get; }

    public Option<int?> BatchSize { get; }

    /// <summary>The keys of the settings file and their flags.</summary>
    public IEnumerable<(string Key, string Flag)> Flags => options.Select(entry => (entry.Key, entry.Option.Name));

    /// <summary>The same with the options themselves.</summary>
    public IEnumerable<(string Key, Option Option)> Entries => options.Select(entry => (entry.Key, entry.Option));

    /// <summary>What a setting takes, in words: "a whole number", "one of larc, sgd, adamw".</summary>
    /// <param name="key">Its key in the settings file.</param>
    public static string Taken(string key)
    {
        Option? option = new SettingOptions(new Command("train")).Entries.FirstOrDefault(entry => entry.Key == key).Option;
        return option is null ? "a setting of negsamples init --stdout" : Taken(option);
    }

    /// <summary>The flags that were given, by their keys.</summary>
    public JsonObject Given(ParseResult parsed)
    {
        JsonObject given = [];
        foreach ((Option option, string key, Func<ParseResult, JsonNode?> value) in options)
        {
            if (parsed.GetResult(option) is { Implicit: false }) given[key] = value(parsed);
        }

        return given;
    }

    /// <summary>Whether the flag of a setting was given.</summary>
    public bool IsGiven(ParseResult parsed, string key) => options.Any(entry => entry.Key == key && parsed.GetResult(entry.Option) is { Implicit: false });

    /// <summary>The flags that a resumed run refuses: all that were given but --epochs and those of <see cref="PlaceOptions"/>.</summary>
    public IEnumerable<string> Refused(ParseResult parsed) => options
        .Where(entry => entry.Option != Data && entry.Option != Epochs && entry.Option != Threads && entry.Option != Device && entry.Option != Precision
            && entry.Option != Kernels && parsed.GetResult(entry.Option) is { Implicit: false })
        .Select(entry => entry.Option.Name);

    /// <summary>A run's settings where the flags say it goes on.</summary>
    public TrainingSettings Over(TrainingSettings stored, ParseResult parsed) =>
        PlaceOptions.Over(stored, parsed.GetValue(Data), parsed.GetValue(Threads), parsed.GetValue(Device), parsed.GetValue(Precision), parsed.GetValue(Kernels));

    private static string Taken(Option option)
    {
        Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        string[] choices = type == typeof(string) ? SymbolChoices.Of(option) : [];
        return choices.Length > 0 ? $"one of {string.Join(", ", choices)}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? FormattableString.Invariant($"a whole number of at most {int.MaxValue} in digits alone")
            : type == typeof(ulong) ? FormattableString.Invariant($"a whole number of 0 to {ulong.MaxValue} in digits alone")
            : type == typeof(double) ? "a number without quotes" : "a text in quotes";
    }

    private Option<T> Add<T>(Command command, string key, string name, string description)
    {
        Option<T> option = new(name) { Description = description };
        if (except.Contains(key)) return option;
        command.Options.Add(option);
        Enter(option, key, parsed => JsonValue.Create(parsed.GetValue(option)));
        return option;
    }

    private Option<string?> AddPaths(Command command, string key, string name, string description)
    {
        Option<string?> option = PlaceOptions.Paths(name, description);
        if (except.Contains(key)) return option;
        command.Options.Add(option);
        Enter(option, key, parsed => JsonValue.Create(parsed.GetValue(option)));
        return option;
    }

    private Option<string?> AddChoice(Command command, string key, string name, string description, params IReadOnlyList<string> choices)
    {
        Option<string?> option = PlaceOptions.Choice(name, description, choices);
        if (except.Contains(key)) return option;
        command.Options.Add(option);
        Enter(option, key, parsed => JsonValue.Create(parsed.GetValue(option)));
        return option;
    }

    private void Enter(Option option, string key, Func<ParseResult, JsonNode?> value) =>
        options.Add((SymbolGroups.In(option, FlatSettings.Records[key]), key, value));
}
