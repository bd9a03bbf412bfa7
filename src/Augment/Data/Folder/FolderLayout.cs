using System.Buffers;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The images of one split.</summary>
/// <param name="Split">"train" or "test".</param>
/// <param name="Root">The folder, with its '/', that the data set lies in below the root of the tree; empty for the root itself.</param>
/// <param name="Classes">The classes in label order; empty where there are no labels.</param>
/// <param name="Images">The images with their labels, in order.</param>
internal sealed record SplitImages(string Split, string Root, string[] Classes, List<(ImageFile File, int Label)> Images)
{
    /// <summary>The hashes of each image, once they are known.</summary>
    public FileHash[] Hashes { get; init; } = [];

    /// <summary>The kind of the data set, which its fingerprint begins with.</summary>
    public string Kind { get; init; } = FolderLayout.Kind;

    /// <summary>What the messages call the folder of the split.</summary>
    public string Folder { get; init; } = "";

    /// <summary>A text for each image that changes with its place in the data set, its label and a hash of it.</summary>
    public IEnumerable<string> Lines(Func<FileHash, string> hash) =>
        Images.Select((image, i) => $"{image.File.Path[Root.Length..]}\n{image.Label} {hash(Hashes[i])}\n");

    /// <summary>Some of the images, by their places, in order.</summary>
    public SplitImages Only(IReadOnlyList<int> places) => this with
    {
        Images = [.. places.Select(place => Images[place])],
        Hashes = Hashes.Length == 0 ? [] : [.. places.Select(place => Hashes[place])],
    };
}

/// <summary>Finds the splits and classes in a tree of images, as the field's data sets lay them out.</summary>
/// <remarks>
/// train/CLASS/… with test/CLASS/… or, where that has no labels or is not there, val/CLASS/… or val/ with val_annotations.txt; CLASS/… alone;
/// images without folders. Folders that hold nothing but such a tree, and files beside it, are passed over.
/// </remarks>
internal sealed class FolderLayout
{
    /// <summary>The name of the kind.</summary>
    public const string Kind = "folder";

    /// <summary>Tiny ImageNet's labels: in each line a file name and the class, separated by a tab.</summary>
    public const string AnnotationFile = "val_annotations.txt";

    /// <summary>What splits are named; of those for testing the ones that are meant for it come first.</summary>
    public static readonly string[] TrainNames = ["train", "training"], TestNames = ["test", "testing", "val", "valid", "validation"];

    private readonly ImageFiles source;
    private readonly HashSet<string> holding = new(StringComparer.Ordinal); // the folders with an image at any depth
    private readonly List<string> warnings = [];
    private readonly List<string> leftOut = []; // folders that a warning names
    private readonly string root;
    private readonly List<string> ignored = []; // files that are no images by their names

    private FolderLayout(ImageFiles source)
    {
        this.source = source;
        foreach (ImageFile file in source.Files.Where(file => ImageFiles.IsImage(file.Path)))
            for (int end = file.Path.LastIndexOf('/'); end > 0 && holding.Add(file.Path[..end]); end = file.Path.LastIndexOf('/', end - 1)) { }
        root = FindRoot();
    }

    /// <summary>Whether the tree has images, or the folder of a split.</summary>
    public static bool IsIn(ImageFiles source) =>
        source.Files.Any(file => ImageFiles.IsImage(file.Path)) || source.Folders.Any(folder => TrainNames.Concat(TestNames.Take(2)).Contains(folder));

    /// <summary>Finds the images of both splits.</summary>
    /// <param name="source">The tree.</param>
    /// <param name="warnings">Receives a sentence for all that is left out or read in another way than train/CLASS/ and test/CLASS/.</param>
    /// <exception cref="BadDataException">The folders are laid out in no way that is known.</exception>
    public static (SplitImages Train, SplitImages? Test) Read(ImageFiles source, List<string> warnings)
    {
        FolderLayout layout = new(source);
        (SplitImages train, SplitImages? test) = layout.Read();
        if (layout.ignored.Count > 0) warnings.Add($"{source.Root}: {Counted.Of(layout.ignored.Count, "file")} left out by name ({Endings(layout.ignored)}); what is read: {ImageFiles.ImageExtensions}.");
        if (source.HiddenImages > 0)
            warnings.Add($"{source.Root}: {Counted.Of(source.HiddenImages, "image")} left out, hidden or in folders of the system (such as @eaDir).");
        if (source.Special is [string first, ..])
            warnings.Add($"{source.Root}: {Counted.Of(source.Special.Count, "special file")} named like images left out, pipes, sockets or devices ({first}).");
        layout.WarnOfOthers(train, test);
        warnings.AddRange(layout.warnings);
        return (train, test);
    }

    private (SplitImages Train, SplitImages? Test) Read()
    {
        string[] splits = SplitsIn(root);
        if (splits.Length == 0) return (WithoutSplits(), null);
        if (Find(root, TrainNames) is not { } trainFolder)
            throw new BadDataException($"{source.NameOf(root + "train")} is missing; expected it beside {splits[0]}/.");
        SplitImages train = ReadTrain(root + trainFolder + "/");
        SplitImages? test = null;
        foreach (string folder in splits.Where(folder => folder != trainFolder))
        {
            string name = source.NameOf(root + folder);
            leftOut.Add(root + folder + "/");
            if (train.Classes.Length == 0) warnings.Add($"{name} is left out: {trainFolder}/ has no labels.");
            else if (test is not null) warnings.Add($"{name} is left out: there is another test split.");
            else if (ReadTest(root + folder + "/", train) is { } read)
            {
                test = read with { Folder = name };
                if (folder != "test") warnings.Add($"{name} is the test split.");
            }
            else warnings.Add($"{name} is left out: its images have no labels.");
        }

        return (train, test);
    }

    /// <summary>Names what is in no split and was not named yet.</summary>
    private void WarnOfOthers(SplitImages train, SplitImages? test)
    {
        HashSet<string> taken = [.. train.Images.Concat(test?.Images ?? []).Select(image => image.File.Path)];
        string[] others = [.. source.Files.Select(file => file.Path)
            .Where(path => ImageFiles.IsImage(path) && !taken.Contains(path) && !leftOut.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))];
        if (others.Length > 0) warnings.Add($"{source.Root}: {Counted.Of(others.Length, "image")} beside the splits left out ({others[0]}).");
    }

    private SplitImages WithoutSplits()
    {
        ImageFile[] direct = Direct(root);
        string[] classes = Holding(root);
        if (direct.Length > 0 && classes.Length > 0)
        {
            throw new BadDataException(
                $"{source.NameOf(root.TrimEnd('/'))} holds images both in folders ({classes[0]}/) and without ({direct[0].Path}); expected train/<class>/ and "
                + "test/<class>/, <class>/ alone, or images without any folder (training without labels).");
        }

        if (classes.Length == 0)
        {
            if (direct.Length == 0) throw new BadDataException($"{source.Root} holds no images ({ImageFiles.ImageExtensions}).");
            return new SplitImages("train", root, [], [.. Below(root).Select(file => (file, 0))]);
        }

        foreach (string empty in Children(root).Except(classes)) warnings.Add($"{source.NameOf(root + empty)} holds no images and is no class.");
        return ByFolders("train", root, classes);
    }

    private SplitImages ReadTrain(string prefix)
    {
        prefix = Unwrapped(prefix);
        string[] classes = Children(prefix), holders = Holding(prefix);
        ImageFile[] direct = Direct(prefix);
        string name = source.NameOf(prefix.TrimEnd('/')), relative = prefix[root.Length..];
        if ((holders.Length == 0 && direct.Length > 0) || (direct.Length == 0 && holders is ["images"]))
        {
            warnings.Add($"{name} has no class folders: its images have no labels.");
            return new SplitImages("train", root, [], [.. Below(prefix).Select(file => (file, 0))]);
        }

        if (classes.Length == 0) throw new BadDataException($"{name} has no class folders; expected {relative}<class>/ with images.");
        if (direct.Length > 0) throw new BadDataException($"{source.NameOf(direct[0].Path)} lies outside the class folders; expected {relative}<class>/.");
        return ByFolders("train", prefix, classes);
    }

    /// <summary>The test split in a folder, or null where its images have no labels.</summary>
    private SplitImages? ReadTest(string prefix, SplitImages train)
    {
        prefix = Unwrapped(prefix);
        string[] classes = Children(prefix), holders = Holding(prefix);
        if (source.Files.Any(file => file.Path == prefix + AnnotationFile) && !holders.SequenceEqual(train.Classes)) return ByAnnotations(prefix, train);
        ImageFile[] direct = Direct(prefix);
        if (holders.Length == 0 || (holders is [string one] && direct.Length == 0 && !train.Classes.Contains(one) && train.Classes.Length > 1)) return null;
        string relative = prefix[root.Length..];
        if (direct.Length > 0) throw new BadDataException($"{source.NameOf(direct[0].Path)} lies outside the class folders; expected {relative}<class>/.");
        SplitImages test = ByFolders("test", prefix, classes);
        if (train.Classes.SequenceEqual(classes)) return test;
        string[] missing = [.. train.Classes.Except(classes)], extra = [.. classes.Except(train.Classes)];
        throw new BadDataException(
            $"{source.NameOf(prefix.TrimEnd('/'))} has other classes than train/: missing {List(missing)}; not in train/ {List(extra)}.");
    }

    private SplitImages ByFolders(string split, string prefix, string[] classes)
    {
        List<ImageFile>[] byClass = [.. classes.Select(_ => new List<ImageFile>())];
        foreach (ImageFile file in Below(prefix))
        {
            int end = file.Path.IndexOf('/', prefix.Length);
            byClass[Array.BinarySearch(classes, file.Path[prefix.Length..end], StringComparer.Ordinal)].Add(file);
        }

        int empty = Array.FindIndex(byClass, files => files.Count == 0);
        if (empty >= 0) throw NoImages(prefix + classes[empty]);
        return new SplitImages(split, root, classes, [.. byClass.SelectMany((files, label) => files.Select(file => (file, label)))]);
    }

    private BadDataException NoImages(string folder)
    {
        string[] others = [.. ignored.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal))];
        string has = others.Length == 0 ? "" : $"; it has {Counted.Of(others.Length, "file")} of other names ({Endings(others)})";
        return new BadDataException($"{source.NameOf(folder)} is a class without images{has}; expected at least one ({ImageFiles.ImageExtensions}).");
    }

    /// <summary>How names end, five ways at most.</summary>
    private static string Endings(IEnumerable<string> paths)
    {
        string[] all = [.. paths.Select(path => Path.GetExtension(path) is { Length: > 0 } ending ? ending : "without an extension").Distinct().Order(StringComparer.Ordinal)];
        return string.Join(", ", all.Take(5)) + (all.Length > 5 ? ", …" : "");
    }

    private SplitImages ByAnnotations(string prefix, SplitImages train)
    {
        string list = prefix + AnnotationFile;
        ArraySegment<byte> bytes = source.Rent(list);
        string text = Encoding.UTF8.GetString(bytes);
        ArrayPool<byte>.Shared.Return(bytes.Array!);
        Dictionary<string, int> labels = new(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (line.Trim().Length == 0) continue;
            string[] fields = line.Split('\t', 3, StringSplitOptions.TrimEntries);
            int label = fields.Length < 2 ? -1 : Array.BinarySearch(train.Classes, fields[1], StringComparer.Ordinal);
            if (label < 0)
                throw new BadDataException($"{source.NameOf(list)}: line {number} is '{line.Trim()}'; expected a file, a tab and a class of train/.");
            labels[fields[0]] = label;
        }

        List<(ImageFile File, int Label)> images = [];
        foreach (ImageFile file in Below(prefix))
        {
            if (!labels.TryGetValue(Path.GetFileName(file.Path), out int label))
                throw new BadDataException($"{source.NameOf(list)} has no line for {file.Path}; expected one for every image.");
            images.Add((file, label));
        }

        ignored.Remove(list);

        return new SplitImages("test", root, train.Classes, [.. images.OrderBy(image => image.Label)]);
    }

    /// <summary>The folder that the data set lies in: below all folders that hold nothing else.</summary>
    private string FindRoot()
    {
        string folder = "";
        while (SplitsIn(folder).Length == 0)
        {
            string[] children = Children(folder), holders = Holding(folder);
            string[] withTrain = [.. children.Where(
                child => Find(folder + child + "/", TrainNames) is { } train && holding.Contains($"{folder}{child}/{train}"))];
            if (withTrain.Length > 1)
            {
                string all = List([.. withTrain.Select(child => $"{folder}{child}/")]);
                throw new BadDataException($"{source.Root} has a train/ in {all}; give the folder of one.");
            }

            if (withTrain.Length == 0 && (holders.Length != 1 || Direct(folder).Length > 0)) break;
            folder += (withTrain is [string one] ? one : holders[0]) + "/";
        }

        return folder;
    }

    /// <summary>The folders of splits in a folder, the one for training first; none where a class happens to be named like a split.</summary>
    private string[] SplitsIn(string folder)
    {
        string[] splits = [.. new[] { Find(folder, TrainNames) }.Concat(TestNames.Select(name => Find(folder, [name]))).OfType<string>()];
        bool isClass = splits is [string only] && Holding($"{folder}{only}/").Length == 0 && Holding(folder).Except(splits).Any();
        return isClass ? [] : splits;
    }

    /// <summary>A split's folder, or the one in it where that holds all its classes.</summary>
    private string Unwrapped(string prefix)
    {
        while (Direct(prefix).Length == 0 && Holding(prefix) is [string one])
        {
            string inner = prefix + one + "/";
            if (Direct(inner).Length > 0 || Holding(inner).Length < 2) break;
            prefix = inner;
        }

        return prefix;
    }

    private string? Find(string folder, string[] names) =>
        names.FirstOrDefault(name => source.Folders.Contains(folder + name))
        ?? Children(folder).FirstOrDefault(child => names.Contains(child, StringComparer.OrdinalIgnoreCase));

    private string[] Children(string prefix) => [.. source.Folders
        .Where(folder => folder.Length > prefix.Length && folder.StartsWith(prefix, StringComparison.Ordinal) && folder.IndexOf('/', prefix.Length) < 0)
        .Select(folder => folder[prefix.Length..])
        .Order(StringComparer.Ordinal)];

    private string[] Holding(string prefix) => [.. Children(prefix).Where(child => holding.Contains(prefix + child))];

    private ImageFile[] Direct(string prefix) => [.. source.Files.Where(
        file => ImageFiles.IsImage(file.Path) && file.Path.StartsWith(prefix, StringComparison.Ordinal) && file.Path.IndexOf('/', prefix.Length) < 0)];

    /// <summary>The images below a folder at any depth; the other files there are counted.</summary>
    private List<ImageFile> Below(string prefix)
    {
        ImageFile[] all = [.. source.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal))];
        List<ImageFile> images = [.. all.Where(file => ImageFiles.IsImage(file.Path))];
        ignored.AddRange(all.Where(file => !ImageFiles.IsImage(file.Path)).Select(file => file.Path));
        return images;
    }

    private static string List(string[] names) =>
        names.Length == 0 ? "none" : string.Join(", ", names.Take(5)) + (names.Length > 5 ? $" and {names.Length - 5} more" : "");
}
