namespace NegSamples.Files;

/// <summary>A folder for what is to be written, made with those above it. Those that were made go again, while they are empty, unless they are kept.</summary>
internal sealed class MadeFolder : IDisposable
{
    private readonly List<string> made = []; // the innermost first
    private bool isKept;

    /// <summary>Makes the folder where it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public MadeFolder(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (string? folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) made.Add(folder);
        if (made.Count == 0) return;
        try
        {
            Disk.CreateFolder(path);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the folder was there before.</summary>
    public bool WasThere => made.Count == 0;

    /// <summary>The folder of a file.</summary>
    /// <param name="path">The file.</param>
    public static MadeFolder Of(string path) => new(Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <summary>Leaves the folders where they are: what they were made for is written.</summary>
    public void Keep() => isKept = true;

    /// <summary>Takes the folders away that were made and hold nothing, as far as the disk lets it.</summary>
    public void Dispose()
    {
        if (isKept) return;
        foreach (string folder in made.Where(Directory.Exists))
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return; // it holds something, or may not go: the fault that was met before is the one to tell
            }
        }
    }
}
