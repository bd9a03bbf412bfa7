using System.Globalization;
using NegSamples.Augment.Data.Cached;
using NegSamples.Augment.Data.Folder;
using NegSamples.Augment.Data.Shards;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Tables;

/// <summary>The pictures in Parquet files as the Hugging Face hub has them.</summary>
internal sealed class TableFiles : PackedFiles
{
    /// <summary>The name of the kind.</summary>
    public const string TableKind = "parquet";

    /// <summary>What the messages call it.</summary>
    public const string Expected = "train-*.parquet and test-*.parquet in a folder, or a list with commas";

    // A repository has data/, or a folder for each variant; a folder of more has classes in them.
    private const int MostFolders = 32;

    private readonly List<ulong[]> sums = [];
    private readonly string[] names;

    /// <summary>Opens all files, those that were not unpacked before in one pass over each.</summary>
    /// <param name="root">The data set as the user wrote it.</param>
    /// <param name="paths">The files in order.</param>
    /// <param name="request">Has the reader, is told of the progress, and ends the reading.</param>
    /// <exception cref="BadDataException">A file cannot be read or has no images.</exception>
    public TableFiles(string root, string[] paths, DataRequest request)
    {
        Root = root;
        if (request.Tables is not { } reader) throw new BadDataException($"{root} is Parquet, which this program has no reader for.");
        try
        {
            string[] relative = NamedSplits.Relative(paths);
            long total = paths.Sum(path => FileStamp.Of(path)?.Length ?? 0), done = 0;
            string[] said = [];
            for (int i = 0; i < paths.Length; i++)
            {
                long length = FileStamp.Of(paths[i])?.Length ?? 0;
                (FileStream file, PictureIndex index) = UnpackedTable.Open(
                    paths[i], reader, request, bytes => request.Progress?.Invoke(done + Math.Min(bytes, length), total));
                Keep(file, paths[i]);
                Packs.Add((relative[i], new ShardIndex(index.Pictures, 0)));
                sums.Add(index.Sums);
                if (said.Length == 0) said = index.Names;
                done += length;
            }

            names = said;
            Place();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Root { get; }

    /// <inheritdoc/>
    public override string Kind => TableKind;

    /// <inheritdoc/>
    public override string PackWord => "file";

    /// <inheritdoc/>
    public override string LabelForms => "it is null or negative";

    /// <inheritdoc/>
    public override bool PassesOverUnnamed => true;

    /// <summary>Whether a path is a Parquet file or a pattern of such.</summary>
    public static bool AreGiven(string data) =>
        (ShardPath.IsPattern(data) || File.Exists(data)) && data.TrimEnd('}', ' ').EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    /// <summary>The files that are given, or that lie in a folder as the hub has them: in itself, in data/, or in the folder of its one variant.</summary>
    /// <exception cref="BadDataException">A file is missing, or there are several variants.</exception>
    public static string[] Find(string data)
    {
        if (File.Exists(data)) return [data];
        if (!Directory.Exists(data)) return ShardPath.Expand(data);
        try
        {
            (string Folder, string[] Files)[] variants = [.. Variants(data)];
            if (variants.Length > 1)
            {
                string folders = string.Join(", ", variants.Select(variant => Path.GetFileName(variant.Folder)));
                throw new BadDataException($"{data} holds several variants of Parquet files ({folders}); give the folder of one of them.");
            }

            return variants.FirstOrDefault().Files ?? [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{data} cannot be listed: {fault.Message}", fault);
        }
    }

    /// <summary>Whether a folder has Parquet files where <see cref="Find"/> looks for them.</summary>
    public static bool AreIn(string folder)
    {
        try
        {
            return Variants(folder).Any();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false; // whoever lists it as something else says why not
        }
    }

    /// <inheritdoc/>
    public override string ClassName(string label) =>
        long.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < names.Length ? names[number] : label;

    /// <inheritdoc/>
    protected override void Check(int pack, int picture, ReadOnlySpan<byte> bytes)
    {
        if (PictureIndex.Sum(bytes) != sums[pack][picture])
        {
            throw new BadDataException(
                $"{NameOf(pack)}: {PictureIndex.NameOf(picture)} is damaged in the file that it was unpacked into, {FileOf(pack)}; remove that.");
        }
    }

    private static IEnumerable<(string Folder, string[] Files)> Variants(string root)
    {
        string[] own = WithSplits(root);
        if (own.Length > 0) return [(root, own)];
        string[] folders = FoldersIn(root);
        return folders.Length > MostFolders ? []
            : folders.Select(folder => (folder, WithSplits(folder))).Where(variant => variant.Item2.Length > 0);
    }

    /// <summary>The files in a folder and in its folders of splits.</summary>
    private static string[] WithSplits(string folder) =>
    [
        .. FoldersIn(folder).Where(path => FolderLayout.TrainNames.Concat(FolderLayout.TestNames).Contains(Path.GetFileName(path))).Prepend(folder)
            .SelectMany(path => Directory.EnumerateFiles(path, "*.parquet")).Where(path => !Path.GetFileName(path).StartsWith('.'))
            .Order(StringComparer.Ordinal),
    ];

    private static string[] FoldersIn(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(path => !Path.GetFileName(path).StartsWith('.')).Take(MostFolders + 1).Order(StringComparer.Ordinal)];
}
