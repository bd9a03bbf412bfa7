using NegSamples.Augment.Data;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Opens the data of a run as its settings ask for them.</summary>
internal static class DataOpening
{
    /// <summary>Opens the data of a run that has not begun.</summary>
    public static ImageData OpenNew(TrainingSettings settings) => Open(settings, leftOut: null);

    /// <summary>Opens the data of a run or a sweep that has begun, without the images that it left out then.</summary>
    /// <param name="folder">The folder of the run or of the sweep.</param>
    /// <param name="settings">Its settings.</param>
    public static ImageData OpenAgain(string folder, TrainingSettings settings) => Open(settings, LeftOutFile.Read(folder, settings));

    private static ImageData Open(TrainingSettings settings, IReadOnlyList<string>? leftOut)
    {
        PlaceOptions.CheckPath("--data", settings.Data.Path);
        try
        {
            return DataSets.Open(settings.Data.Path, settings.Data.Kind, new DataRequest
            {
                TestShare = settings.Data.TestShare, Seed = settings.Run.Seed, SkipBad = settings.Data.SkipBad, LeftOut = leftOut,
            });
        }
        catch (DataRequestException fault)
        {
            throw new SettingsException(fault.Message, fault);
        }
    }
}
