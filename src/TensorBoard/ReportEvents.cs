using NegSamples.Files;
using NegSamples.Report.Comparison;
using NegSamples.Study.Comparison;
using NegSamples.Study.Embeddings;
using NegSamples.Training;

namespace NegSamples.TensorBoard;

/// <summary>Runs and features as a folder that TensorBoard opens: loss curves, accuracies, the report's figures, and embeddings for the projector.</summary>
internal static class ReportEvents
{
    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="folder">A folder that does not exist, is empty, or was written by this before: its files are replaced.</param>
    /// <param name="entries">The runs and features.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">The folder holds something else, or features are damaged.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; nothing is left then.</exception>
    public static void Write(string folder, IReadOnlyList<ComparedEntry> entries, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        string report = Path.Combine(folder, "report");
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !Directory.Exists(report)))
            throw new BadDataException($"{folder} holds something else than events of a report; name a new or empty folder.");
        string temporary = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".tmp";
        Disk.DeleteFolder(temporary);
        using MadeFolder made = new(temporary);
        try
        {
            foreach (ComparedEntry entry in entries) Curves(Path.Combine(temporary, entry.Name.Replace('/', '-').Replace(':', '-')), entry, folder);
            using (EventFile file = EventFile.Create(Path.Combine(temporary, "report")))
            {
                foreach ((string name, string svg, int width, int height) in ComparisonReport.Drawings(entries, stop)) file.AddDrawing(0, name, svg, width, height);
                RequireWhole(file, folder);
            }

            ProjectorFiles.Write(Path.Combine(temporary, "report"), [.. entries.Where(entry => entry.TestFeatures is not null)
                .Select(entry => (entry.Name, EmbeddingSample.Read(entry.TestFeatures!, entry.ClassNames, stop)))]);
            Disk.DeleteFolder(folder);
            Disk.MoveFolder(temporary, folder);
            made.Keep();
        }
        catch (IOException fault)
        {
            throw Disk.Named(fault, temporary, folder);
        }
        finally
        {
            Disk.DeleteFolder(temporary);
        }
    }

    private static void Curves(string within, ComparedEntry entry, string folder)
    {
        using EventFile file = EventFile.Create(within);
        foreach (Metrics line in entry.Run?.Metrics ?? []) TrainingEvents.Add(file, line);
        if (entry.Accuracies.Count > 0)
            file.Add(entry.Run?.State.Step ?? 0, entry.Accuracies.Select(row => ($"accuracy/{row.Classifier}_{(row.Head ? "after" : "before")}_head", row.Top1)));
        RequireWhole(file, folder);
    }

    private static void RequireWhole(EventFile file, string folder)
    {
        if (file.Lost > 0) throw new IOException($"{folder} could not be written: {Counted.Of(file.Lost, "event")} did not fit the disk.");
    }
}
