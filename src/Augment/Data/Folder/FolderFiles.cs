using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The files below a folder.</summary>
internal sealed class FolderFiles : ImageFiles
{
    // Deeper than any data set; ends a walk that a link leads in a circle.
    private const int DeepestFolder = 16;

    private static readonly EnumerationOptions InHiddenFolders = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        MaxRecursionDepth = DeepestFolder,
        AttributesToSkip = default,
    };

    private readonly List<string> special = [];
    private readonly CancellationToken stop;

    /// <summary>Lists a folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="stop">Ends the listing.</param>
    /// <exception cref="BadDataException">It cannot be listed.</exception>
    public FolderFiles(string root, CancellationToken stop = default)
    {
        (Root, this.stop) = (root, stop);
        try
        {
            Walk(new DirectoryInfo(root), "", 0);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{root} cannot be listed: {fault.Message}", fault);
        }

        Sort();
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Special => special;

    /// <inheritdoc/>
    public override string NameOf(string path) => Path.Combine(Root, path);

    /// <inheritdoc/>
    public override FileStamp? StampOf(string path) => FileStamp.Of(NameOf(path));

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(NameOf(path));
            return Rent(stream, stream.Length, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }
    }

    private void Walk(DirectoryInfo folder, string prefix, int depth)
    {
        if (depth > DeepestFolder) throw new BadDataException($"{NameOf(prefix)} lies more than {Counted.Of(DeepestFolder, "folder")} deep; does a link lead in a circle?");
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            stop.ThrowIfCancellationRequested();
            string path = prefix + entry.Name;
            if (entry is FileInfo file)
            {
                if (IsImage(path) && RegularFile.IsSpecial(entry.FullName)) special.Add(path);
                else Add(path, file.Length, $"{file.Length}");
            }
            else if (IsHidden(entry.Name))
            {
                HiddenImages += Directory.EnumerateFiles(entry.FullName, "*", InHiddenFolders).Count(IsImage);
            }
            else
            {
                AddFolder(path);
                Walk((DirectoryInfo)entry, path + "/", depth + 1);
            }
        }
    }
}
