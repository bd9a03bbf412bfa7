using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files below a folder.</summary>
internal sealed class FolderFiles : ImageFiles
{
    // Deeper than any data set; ends a walk that a link leads in a circle.
    private const int DeepestFolder = 16;

    private readonly List<ImageFile> files = [];
    private readonly HashSet<string> folders = new(StringComparer.Ordinal);

    /// <summary>Lists a folder.</summary>
    /// <exception cref="BadDataException">It cannot be listed.</exception>
    public FolderFiles(string root)
    {
        Root = root;
        try
        {
            Walk(new DirectoryInfo(root), "", 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{root} cannot be listed: {fault.Message}", fault);
        }

        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ImageFile> Files => files;

    /// <inheritdoc/>
    public override IReadOnlySet<string> Folders => folders;

    /// <inheritdoc/>
    public override string NameOf(string path) => Path.Combine(Root, path);

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        try
        {
            using FileStream stream = new(NameOf(path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Rent(stream, stream.Length, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }
    }

    private void Walk(DirectoryInfo folder, string prefix, int depth)
    {
        if (depth > DeepestFolder) throw new BadDataException($"{NameOf(prefix)} lies more than {DeepestFolder} folders deep; does a link lead in a circle?");
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (IsHidden(entry.Name)) continue;
            string path = prefix + entry.Name;
            if (entry is FileInfo file)
            {
                files.Add(new ImageFile(path, $"{file.Length}"));
                continue;
            }

            folders.Add(path);
            Walk((DirectoryInfo)entry, path + "/", depth + 1);
        }
    }
}
