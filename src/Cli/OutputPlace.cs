using NegSamples.Files;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The places of what commands write, as the user named them: tried before anything is computed, and their folders made when it is written.</summary>
internal static class OutputPlace
{
    // How what is written beside its place is called.
    private const string Beside = ".tmp";

    /// <summary>Refuses a file's place that cannot be written. What is tried for it is gone when this returns.</summary>
    /// <param name="flag">What names it.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="SettingsException">It names nothing, or a folder, or cannot be written.</exception>
    public static void CheckFile(string flag, string path)
    {
        PlaceOptions.CheckPath(flag, path);
        if (Directory.Exists(path)) throw new SettingsException($"{flag} is {path}, a folder; expected a file.");
        Try(flag, path, () => TryFile(path));
    }

    /// <summary>Refuses a folder that cannot be written in, or cannot be made.</summary>
    /// <param name="flag">What names it.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="SettingsException">It names nothing, or a file, or cannot be written.</exception>
    public static void CheckFolder(string flag, string path) => TryFolder(flag, path, () => TryFile(Path.Combine(path, ".written")));

    /// <summary>Refuses a folder that cannot be made beside its place and put there, as folders are that appear whole or not at all.</summary>
    /// <param name="flag">What names it.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="SettingsException">It names nothing, or a file, or cannot be written.</exception>
    public static void CheckReplaced(string flag, string path) => TryFolder(flag, path, () =>
    {
        using MadeFolder made = new(Path.TrimEndingDirectorySeparator(path) + Beside);
    });

    /// <summary>Writes a text, whole or not at all; its folder is made.</summary>
    public static void WriteText(string path, string text) => Write(path, () => AtomicFile.WriteText(path, text));

    /// <summary>Writes bytes, whole or not at all; their folder is made.</summary>
    public static void WriteBytes(string path, byte[] bytes) => Write(path, () => AtomicFile.WriteBytes(path, bytes));

    /// <summary>Writes a file in a folder that is made for it, and goes again where the file is not written.</summary>
    public static void Write(string path, Action write)
    {
        using MadeFolder made = MadeFolder.Of(path);
        write();
        made.Keep();
    }

    private static void TryFile(string path)
    {
        if (RegularFile.IsSpecial(path)) return; // which may wait for its other end
        using MadeFolder made = MadeFolder.Of(path);
        using AtomicFile file = new(path);
    }

    private static void TryFolder(string flag, string path, Action attempt)
    {
        PlaceOptions.CheckPath(flag, path);
        if (File.Exists(path)) throw new SettingsException($"{flag} is {path}, a file; expected a folder.");
        Try(flag, path, attempt);
    }

    private static void Try(string flag, string path, Action attempt)
    {
        try
        {
            attempt();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{flag} is {path}, which cannot be written: {fault.Message.Replace(Beside, "", StringComparison.Ordinal)}", fault);
        }
    }
}
