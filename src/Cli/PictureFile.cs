using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The file of a picture that a flag names.</summary>
internal static class PictureFile
{
    /// <summary>Refuses a drawing's place that cannot be written before anything is computed.</summary>
    /// <exception cref="SettingsException">It is no .svg file, or cannot be written.</exception>
    public static void Check(string path) => Check("--plot", ".svg", path);

    /// <summary>Refuses a place that cannot be written before anything is computed.</summary>
    /// <exception cref="SettingsException">It is no file of this ending, or cannot be written.</exception>
    public static void Check(string flag, string ending, string path)
    {
        PlaceOptions.CheckPath(flag, path);
        if (!path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) throw new SettingsException($"{flag} is {path}; expected a file that ends in {ending}.");
        OutputPlace.CheckFile(flag, path);
    }
}
