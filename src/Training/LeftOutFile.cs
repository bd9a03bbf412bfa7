using System.Text.Json;
using NegSamples.Files;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The images that a run leaves out because they could not be read when it began; <c>left-out.json</c>, a list of paths within the data set.</summary>
/// <remarks>It is there where <see cref="DataSettings.SkipBad"/> is not 0, empty perhaps: a run goes on with the images that it began with.</remarks>
internal static class LeftOutFile
{
    /// <summary>The file.</summary>
    /// <param name="folder">The folder of a run or of a sweep.</param>
    public static string PathIn(string folder) => Path.Combine(folder, "left-out.json");

    /// <summary>Writes the list where the settings allow any to be left out.</summary>
    /// <param name="folder">The folder of a run or of a sweep.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="leftOut">The paths; null for none.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string folder, TrainingSettings settings, IReadOnlyList<string>? leftOut)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Data.SkipBad > 0)
            AtomicFile.WriteText(PathIn(folder), JsonSerializer.Serialize(leftOut ?? [], SettingsJson.Default.IReadOnlyListString));
    }

    /// <summary>Reads the list; none where the settings allow none.</summary>
    /// <param name="folder">The folder of a run or of a sweep.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="BadDataException">It is missing or no list of paths.</exception>
    public static IReadOnlyList<string> Read(string folder, TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Data.SkipBad == 0) return [];
        string path = PathIn(folder);
        if (!File.Exists(path)) throw new BadDataException($"{path} is missing; expected the list of the images that were left out (`skipBad`), [] for none.");
        try
        {
            IReadOnlyList<string>? paths = JsonSerializer.Deserialize(File.ReadAllText(path), SettingsJson.Default.IReadOnlyListString);
            return paths is not null && paths.All(entry => entry is not null) ? paths : throw new BadDataException($"{path} does not hold a list of paths.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadDataException($"{path} does not hold a list of paths: {exception.Message}", exception);
        }
    }
}
