using NegSamples.Files;

namespace NegSamples.Study.Embeddings;

/// <summary>A folder of features that is filled under a temporary name, so that it never holds a part of them.</summary>
internal sealed class FeatureFolder : IDisposable
{
    /// <summary>The file that says what the features are of.</summary>
    public const string ReportName = "features.json";

    private readonly string folder, temporary;
    private readonly MadeFolder made;

    private FeatureFolder(string folder, string temporary)
    {
        (this.folder, this.temporary) = (folder, temporary);
        Disk.DeleteFolder(temporary);
        made = new MadeFolder(temporary);
    }

    /// <summary>Refuses a folder of other features; nothing is made yet.</summary>
    /// <param name="folder">A folder that does not exist, is empty, or holds features of the same origin.</param>
    /// <param name="report">The features to be written.</param>
    /// <exception cref="BadDataException">The folder holds something else.</exception>
    public static void Check(string folder, FeatureReport report)
    {
        if (File.Exists(folder)) throw new BadDataException($"{folder} is a file; expected a folder for the features.");
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        string path = Path.Combine(folder, ReportName);
        if (!File.Exists(path))
            throw new BadDataException(
                $"{folder} is not empty and has no {ReportName}; expected a new or empty folder, or one of these features.");
        if (StudyJson.Read<FeatureReport>(path, "a report of features").DifferenceTo(report) is { } difference)
            throw new BadDataException($"{folder} holds features of {difference}. Name another folder with `output`, or remove that one.");
    }

    /// <summary>Makes the temporary folder.</summary>
    /// <param name="folder">Where the features shall be.</param>
    /// <param name="report">The features to be written.</param>
    /// <exception cref="BadDataException">The folder holds something else.</exception>
    public static FeatureFolder Create(string folder, FeatureReport report)
    {
        Check(folder, report);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return new FeatureFolder(folder, folder + ".tmp");
    }

    /// <summary>Writes the files and puts them in their place, the report last. Files that are there already hold the same numbers.</summary>
    /// <param name="report">What is written; keys that the folder has already are added.</param>
    /// <param name="write">Writes them into the folder that it is given.</param>
    /// <exception cref="IOException">The disk does not take them; the message names the folder that was asked for.</exception>
    public FeatureReport Fill(FeatureReport report, Action<string> write)
    {
        try
        {
            write(temporary);
            return Commit(report);
        }
        catch (IOException fault)
        {
            throw Disk.Named(fault, temporary, folder);
        }
    }

    private FeatureReport Commit(FeatureReport report)
    {
        if (!File.Exists(Path.Combine(folder, ReportName)))
        {
            StudyJson.Write(Path.Combine(temporary, ReportName), report);
            if (Directory.Exists(folder)) Directory.Delete(folder); // only where it is empty still
            Disk.MoveFolder(temporary, folder);
            made.Keep();
            return report;
        }

        string path = Path.Combine(folder, ReportName);
        FeatureReport before = StudyJson.Read<FeatureReport>(path, "a report of features");
        report = report with { Keys = [.. before.Keys.Concat(report.Keys).Distinct().OrderBy(key => key.Key, StringComparer.Ordinal)] };
        foreach (string file in Directory.GetFiles(temporary)) Disk.ReplaceFile(file, Path.Combine(folder, Path.GetFileName(file)));
        StudyJson.Write(path, report);
        return report;
    }

    /// <summary>Removes the temporary folder, and those above it that were made for nothing.</summary>
    public void Dispose()
    {
        Disk.DeleteFolder(temporary);
        made.Dispose();
    }
}
