using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The file that <c>--plot</c> names.</summary>
internal static class PictureFile
{
    /// <summary>Refuses a place that cannot be written before anything is computed.</summary>
    /// <exception cref="SettingsException">It is no .svg file in a folder that exists.</exception>
    public static void Check(string path)
    {
        PlaceOptions.CheckPath("--plot", path);
        if (!path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase)) throw new SettingsException($"--plot is {path}; expected a file that ends in .svg.");
        if (Directory.Exists(path)) throw new SettingsException($"--plot is {path}, a folder; expected a file.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder)) throw new SettingsException($"--plot is {path}; its folder {folder} does not exist.");
    }
}
