using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cached;
using NegSamples.Augment.Data.Joined;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Decoding;
using NegSamples.Files;
using NegSamples.Jpeg;
using NegSamples.Tables;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Opens the data of a run as its settings ask for them.</summary>
internal static class DataOpening
{
    /// <summary>Opens the data of a run that has not begun.</summary>
    public static ImageData OpenNew(Terminal terminal, TrainingSettings settings) =>
        Open(terminal, settings, settings.Data.JpegDecoder ?? DataSettings.LibjpegTurbo, leftOut: null);

    /// <summary>Opens the data of a run or a sweep that has begun, without the images that it left out then.</summary>
    /// <param name="terminal">Is told of the progress, and may ask to stop.</param>
    /// <param name="folder">The folder of the run or of the sweep.</param>
    /// <param name="settings">Its settings.</param>
    public static ImageData OpenAgain(Terminal terminal, string folder, TrainingSettings settings)
    {
        try
        {
            return Open(terminal, settings, settings.Data.JpegDecoder ?? DataSettings.ImageSharp, LeftOutFile.Read(folder, settings));
        }
        catch (BadDataException fault) when (settings.Data.Kind != ShapesSet.Kind && JoinedPath.Parts(settings.Data.Path).Any(path => !Path.Exists(path) && !ShardPath.IsPattern(path)))
        {
            throw new BadDataException($"{fault.Message} A relative path begins in the folder in which the program is started; where the data of {folder} are now, say with `data`.", fault);
        }
    }

    private static ImageData Open(Terminal terminal, TrainingSettings settings, string jpegDecoder, IReadOnlyList<string>? leftOut)
    {
        PlaceOptions.CheckPath("--data", settings.Data.Path);
        PlaceOptions.CheckPath("--neighbours", settings.Data.Neighbours);
        HostMemory.RequireImages(settings.Data);
        PeriodicDisplay reading = new(terminal, (done, total) => $"reading the data for their fingerprint, {done / 1e9:F2} of {total / 1e9:F2} GB");
        try
        {
            return terminal.Timed("opening the data", () => DataSets.Open(settings.Data.Path, settings.Data.Kind, new DataRequest
            {
                Decoder = new ImageSharpDecoder(jpegDecoder == DataSettings.LibjpegTurbo ? new LibjpegTurboReader() : null),
                Tables = new ParquetTables(), Cache = settings.Data.Cache ?? ImageCache.Automatic,
                TestShare = settings.Data.TestShare, Seed = settings.Run.Seed, SkipBad = settings.Data.SkipBad, LeftOut = leftOut, Neighbours = settings.Data.Neighbours,
                CacheFolder = CacheFolder.Find(), Progress = reading.Show, Stop = terminal.Stop,
            }));
        }
        catch (DataRequestException fault)
        {
            throw new SettingsException(fault.Message, fault);
        }
    }
}
