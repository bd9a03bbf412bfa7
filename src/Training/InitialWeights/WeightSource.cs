using System.Security.Cryptography;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Files.Weights;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training.InitialWeights;

/// <summary>The file that a run's first weights come from.</summary>
internal static class WeightSource
{
    /// <summary>The settings of a new run with the file that they mean and its hash: of a run's folder the newest checkpoint's.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="warn">Is told of what should be known of the file.</param>
    /// <exception cref="BadDataException">There is no such file or checkpoint, or it is another file than the settings say.</exception>
    public static TrainingSettings Resolve(TrainingSettings settings, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(warn);
        EncoderSettings encoder = settings.Encoder;
        if (encoder.Init is not { } path) return settings;
        if (Directory.Exists(path))
        {
            EncoderSettings of = RunFolder.ReadSettings(path).Encoder;
            if (of.Pixels != encoder.Pixels)
                warn($"{path} was trained with `pixelScale` {FormattableString.Invariant($"{of.PixelScale}")}, `pixelMean` {of.PixelMean} and `pixelDeviation` {of.PixelDeviation}; "
                    + "its weights are right for those pixels only.");
            path = Checkpoint.ModelFileOf(Checkpoint.NewestSound(RunFolder.CheckpointsOf(path), warn)
                ?? throw new BadDataException($"`init` is {path}, a run without a checkpoint; train it first, or continue it with: `training.resume` {ShellWord.OfPath(path)}"));
        }

        string hash = HashOf(path);
        RequireHash(path, encoder.InitSha256, hash);
        return settings with { Encoder = encoder with { Init = path, InitSha256 = hash } };
    }

    /// <summary>The settings of an evaluation of the file without a run: with its hash, and the dimension of its head where it has one.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="BadDataException">There is no such file, or it is none of weights.</exception>
    public static TrainingSettings ForEvaluation(TrainingSettings settings)
    {
        settings = Resolve(settings, _ => { });
        using WeightsFile file = WeightsFile.Open(PathOf(settings));
        return WeightImport.DimensionOfHead(file) is { } dimension
            ? settings with { Encoder = settings.Encoder with { EmbeddingDimension = dimension } } : settings;
    }

    /// <summary>What a model would take of the file, without the memory for either.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images.</param>
    /// <exception cref="BadDataException">The file does not have the encoder.</exception>
    /// <exception cref="SettingsException">Other settings would fit the file.</exception>
    public static WeightImport Plan(TrainingSettings settings, IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(settings);
        using WeightsFile file = WeightsFile.Open(PathOf(settings));
        WeightImport? import = null;
        CpuOps.Plan(Precision.Float32, counting =>
        {
            using Model model = Model.Create(counting, settings.ModelOf(images), settings.Run.Seed);
            import = WeightImport.Of(file, model, settings.Encoder.PartsLeftOut());
        });
        return import!;
    }

    /// <summary>Fills a new run's model.</summary>
    /// <param name="settings">Resolved settings, with the file's hash.</param>
    /// <param name="model">The model.</param>
    /// <returns>What was taken.</returns>
    /// <exception cref="BadDataException">The file was changed meanwhile, does not have the encoder, or is damaged.</exception>
    public static WeightImport Load(TrainingSettings settings, Model model)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string path = PathOf(settings);
        RequireHash(path, settings.Encoder.InitSha256, HashOf(path));
        using WeightsFile file = WeightsFile.Open(path);
        WeightImport import = WeightImport.Of(file, model, settings.Encoder.PartsLeftOut());
        import.Load(file, model);
        return import;
    }

    private static string PathOf(TrainingSettings settings) =>
        settings.Encoder.Init ?? throw new SettingsException("`init` is missing; expected a file of weights.");

    private static void RequireHash(string path, string? expected, string found)
    {
        if (expected is not null && !string.Equals(expected, found, StringComparison.OrdinalIgnoreCase))
            throw new BadDataException($"{path} has the sha256 {found}; `initSha256` is {expected}.");
    }

    private static string HashOf(string path)
    {
        if (!File.Exists(path)) throw new BadDataException($"`init` is {path}, which does not exist; expected a file of weights, .safetensors, .pt or .pth, or the folder of a run.");
        using FileStream stream = RegularFile.Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
