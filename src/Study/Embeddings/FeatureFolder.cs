using NegSamples.Files;

namespace NegSamples.Study.Embeddings;

/// <summary>A folder of features that is filled under a temporary name, so that it never holds a part of them.</summary>
internal sealed class FeatureFolder : IDisposable
{
    /// <summary>The file that says what the features are of.</summary>
    public const string ReportName = "features.json";

    private readonly string folder;
    private readonly MadeFolder made;

    private FeatureFolder(string folder, string temporary)
    {
        this.folder = folder;
        Temporary = temporary;
        Disk.DeleteFolder(temporary);
        made = new MadeFolder(temporary);
    }

    /// <summary>Where the files are written first.</summary>
    public string Temporary { get; }

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
                $"{folder} is not empty and has no {ReportName}; expected a new or empty folder, or one of features of this checkpoint.");
        if (StudyJson.Read<FeatureReport>(path, "a report of features").DifferenceTo(report) is { } difference)
            throw new BadDataException($"{folder} holds features of {difference}. Name another folder with `output`, or remove it.");
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

    /// <summary>Puts the files in their place, the report last. Files that are there already hold the same numbers.</summary>
    /// <param name="report">What was written; keys that the folder has already are added.</param>
    public FeatureReport Commit(FeatureReport report)
    {
        if (!File.Exists(Path.Combine(folder, ReportName)))
        {
            StudyJson.Write(Path.Combine(Temporary, ReportName), report);
            if (Directory.Exists(folder)) Directory.Delete(folder); // only where it is empty still
            Disk.MoveFolder(Temporary, folder);
            made.Keep();
            return report;
        }

        string path = Path.Combine(folder, ReportName);
        FeatureReport before = StudyJson.Read<FeatureReport>(path, "a report of features");
        report = report with { Keys = [.. before.Keys.Concat(report.Keys).Distinct().OrderBy(key => key.Key, StringComparer.Ordinal)] };
        foreach (string file in Directory.GetFiles(Temporary)) Disk.ReplaceFile(file, Path.Combine(folder, Path.GetFileName(file)));
        StudyJson.Write(path, report);
        return report;
    }

    /// <summary>Removes the temporary folder, and those above it that were made for nothing.</summary>
    public void Dispose()
    {
        Disk.DeleteFolder(Temporary);
        made.Dispose();
    }
}
