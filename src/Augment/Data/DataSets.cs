using NegSamples.Augment.Data.Cached;
using NegSamples.Augment.Data.Cifar;
using NegSamples.Augment.Data.Folder;
using NegSamples.Augment.Data.Joined;
using NegSamples.Augment.Data.MedMnist;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Data.Stl10;
using NegSamples.Augment.Data.Tables;
using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>Opens data sets by name or path.</summary>
public static class DataSets
{
    /// <summary>The kinds of data sets.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        ShapesSet.Kind, CifarLayout.Cifar10.Kind, CifarLayout.Cifar100.Kind, StlSet.Kind, StlSet.UnlabelledKind, MedMnistSet.Kind, AgNewsSet.Kind,
        ShardLayout.Kind, TableFiles.TableKind, FolderLayout.Kind, JoinedData.MixedKind,
    ];

    /// <summary>Opens a data set and finds out what it is.</summary>
    /// <param name="data">
    /// "shapes", or the path of a folder, a .tar.gz, a .tar or a zip archive, or of shards or tables ("s-{000..099}.tar", or a list with commas);
    /// or several of them with semicolons between them, whose training images are joined.
    /// </param>
    /// <param name="kind">One of <see cref="Kinds"/>, or null to find it out.</param>
    /// <param name="request">What else is asked of it; null for the defaults.</param>
    /// <exception cref="BadDataException">The path does not exist, or does not hold data of the kind, or of any kind.</exception>
    /// <exception cref="DataRequestException">The data cannot give what is asked of them.</exception>
    public static ImageData Open(string data, string? kind = null, DataRequest? request = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        request ??= new DataRequest();
        IReadOnlyList<string> parts = JoinedPath.Parts(data);
        ImageData opened = parts.Count > 1 ? JoinedData.Open(data, parts, kind, request) : OpenKind(data, kind, request);
        if (request.Neighbours is null || opened.Train.Vocabulary is not null) return opened;
        opened.Dispose();
        throw new DataRequestException($"`neighbours` is {request.Neighbours}; expected none, for {data} holds images ({opened.Kind}), and words are replaced in texts.");
    }

    private static ImageData OpenKind(string data, string? kind, DataRequest request)
    {
        if (kind is not null && !Kinds.Contains(kind)) throw new BadDataException($"The kind of data is {kind}; expected {string.Join(", ", Kinds)}.");
        if (kind == JoinedData.MixedKind) throw new BadDataException($"The data are {data}; the kind {kind} expects several data sets.");
        if (kind == ShapesSet.Kind && data != ShapesSet.Kind)
            throw new BadDataException($"The data are {data}; the kind {kind} expects the name {ShapesSet.Kind}.");
        if (data == ShapesSet.Kind && kind is null or ShapesSet.Kind) return OpenShapes(request);
        CifarLayout[] layouts = kind is null ? CifarLayout.All : [.. CifarLayout.All.Where(layout => layout.Kind == kind)];
        bool isStl = kind is StlSet.Kind or StlSet.UnlabelledKind;
        if ((isStl || kind is null) && StlSet.FindFolder(data) is { } stl)
        {
            RefuseShare(request, $"{StlSet.Kind} has its test split in test_X.bin");
            return StlSet.Open(stl, kind == StlSet.UnlabelledKind, request);
        }

        if (isStl) throw new BadDataException($"{data} has no train_X.bin; expected the folder that stl10_binary.tar.gz unpacks to.");
        if (kind is null or AgNewsSet.Kind && AgNewsFiles.FindFolder(data) is { } texts) return OpenTexts(AgNewsFiles.ReadFolder(texts), request);
        if (kind == AgNewsSet.Kind && Directory.Exists(data)) return OpenTexts(AgNewsFiles.ReadFolder(data), request); // says which file is missing
        if (kind == ShardLayout.Kind || (kind is null && ShardPath.IsPattern(data) && ShardPath.IsOfShards(data))) return OpenShards(data, request);
        if (kind == TableFiles.TableKind || (kind is null && TableFiles.AreGiven(data))) return OpenTables(data, request);
        if (Directory.Exists(data)) return OpenFolder(data, kind, layouts, request);
        if (!File.Exists(data)) throw new BadDataException($"{data} does not exist; expected {ShapesSet.Kind}, a folder, a .tar.gz or a .zip.");
        byte[] first = FirstBytes(data);
        bool isTar = first is [0x1F, 0x8B, ..] || TarArchive.IsTar(first), isZip = first is [(byte)'P', (byte)'K', ..];
        if (isTar && kind is null && first[0] != 0x1F && ShardIndex.IsShard(data)) return OpenShards(data, request);
        if (isTar) return OpenTar(data, kind, layouts, request);
        if (kind == MedMnistSet.Kind || (isZip && kind is null && MedMnistSet.IsIn(data))) return OpenMedMnist(data, request);
        if (isZip && kind is null or FolderLayout.Kind) return OpenImages(new ZipFiles(data), request);
        throw new BadDataException(isZip
            ? $"{data} is a zip archive; {kind} is read from a folder or a .tar.gz."
            : $"{data} is neither a .tar.gz nor a .zip by its first bytes; expected one of them or a folder.");
    }

    private static ImageData OpenShapes(DataRequest request)
    {
        ShapesSettings settings = request.Shapes ?? new ShapesSettings();
        RefuseShare(request, $"{ShapesSet.Kind} has a test split of its own");
        try
        {
            return new ImageData(ShapesSet.Kind, new ShapesSet(settings, train: true), new ShapesSet(settings, train: false), []);
        }
        catch (ArgumentException fault)
        {
            throw new BadDataException(fault.Message, fault);
        }
    }

    private static ImageData OpenFolder(string path, string? kind, CifarLayout[] layouts, DataRequest request)
    {
        CifarLayout[] found = [.. layouts.Where(layout => CifarFiles.FindFolder(path, layout) is not null)];
        if (found.Length > 1) throw new BadDataException($"{path} holds {found[0].Kind} and {found[1].Kind}; give the kind, or the folder of one of them.");
        if (found is [CifarLayout one]) return OpenCifar(one, CifarFiles.ReadFolder(CifarFiles.FindFolder(path, one)!, one), request);
        if (kind is null && IsFolderOfShards(path, request)) return OpenShards(path, request);
        if (kind is null && TableFiles.AreIn(path) && !HasImages(path, request)) return OpenTables(path, request);
        if (kind is not (null or FolderLayout.Kind)) return OpenCifar(layouts[0], CifarFiles.ReadFolder(path, layouts[0]), request); // says what is missing
        return OpenImages(new FolderFiles(path, request.Stop), request);
    }

    private static ImageData OpenTar(string path, string? kind, CifarLayout[] layouts, DataRequest request)
    {
        CifarFiles cifar = new(path, archive: true);
        AgNewsFiles texts = new(path, archive: true);
        TarFiles images = new(path);
        bool isShard = false;
        string sum = TarArchive.Read(path, request, (entry, length, contents) =>
        {
            isShard |= kind is null && entry.EndsWith(".cls", StringComparison.Ordinal);
            if (kind is null or AgNewsSet.Kind && texts.Take(entry, length, contents)) return;
            if (kind == FolderLayout.Kind || (!cifar.Take(entry, length, contents) && kind is null)) images.Take(entry, length, contents);
        }, images.TakeLink);
        images.Close();
        if (isShard) throw ShardPath.Packed(path);
        if (kind == AgNewsSet.Kind || texts.AreThere) return OpenTexts(texts, request);
        CifarLayout[] found = [.. layouts.Where(cifar.Has)];
        if (found.Length > 1) throw new BadDataException($"{path} holds {found[0].Kind} and {found[1].Kind}; give the kind.");
        if (found.Length == 0 && kind is null or FolderLayout.Kind) return OpenImages(images, request);
        return OpenCifar(found.FirstOrDefault(layouts[0]), cifar, request, sum);
    }

    private static ImageData OpenTexts(AgNewsFiles files, DataRequest request)
    {
        RefuseShare(request, $"{files.NameOf(AgNewsFiles.Test)} is the test split");
        (AgNewsSet train, AgNewsSet test) = AgNewsSet.Open(files, request.Neighbours);
        return new ImageData(AgNewsSet.Kind, train, test, [.. new[] { train.NoteOfWordless, test.NoteOfWordless }.OfType<string>()]);
    }

    private static ImageData OpenMedMnist(string path, DataRequest request)
    {
        RefuseShare(request, $"{MedMnistSet.Kind} has its test split in test_images");
        return MedMnistSet.Open(path, request);
    }

    private static ImageData OpenCifar(CifarLayout layout, CifarFiles files, DataRequest request, string? archiveSum = null)
    {
        RefuseShare(request, $"{files.NameOf(layout, layout.TestFile)} is the test split");
        Task<bool> isOfficial = Task.Run(() => files.AreOfficial(layout, archiveSum));
        (CifarSet train, CifarSet test) = CifarSet.Open(layout, files);
        return new ImageData(layout.Kind, train, test, [.. train.Warnings, .. test.Warnings])
        {
            Origin = Origin.Of(isOfficial.GetAwaiter().GetResult() && train.ClassNames.SequenceEqual(layout.Names)),
        };
    }

    /// <summary>Whether a folder has .tar files and no images beside them.</summary>
    private static bool IsFolderOfShards(string path, DataRequest request) =>
        ShardPath.InFolder(path).Length > 0 && !HasImages(path, request);

    private static bool HasImages(string path, DataRequest request) => new FolderFiles(path, request.Stop).Files.Any(file => ImageFiles.IsImage(file.Path));

    private static ImageData OpenTables(string data, DataRequest request)
    {
        string[] paths = TableFiles.Find(data);
        if (paths.Length == 0) throw new BadDataException($"{data} has no .parquet files; expected {TableFiles.Expected}.");
        TableFiles files = new(data, paths, request);
        return OpenImages(files, request, warnings => ShardLayout.Read(files, warnings));
    }

    private static ImageData OpenShards(string data, DataRequest request)
    {
        string[] paths = Directory.Exists(data) ? ShardPath.InFolder(data) : File.Exists(data) ? [data] : ShardPath.Expand(data);
        if (paths.Length == 0) throw new BadDataException($"{data} has no .tar files; expected {ShardPath.Expected}.");
        ShardFiles files = new(data, paths, request);
        return OpenImages(files, request, warnings => ShardLayout.Read(files, warnings));
    }

    private static ImageData OpenImages(ImageFiles files, DataRequest request) =>
        OpenImages(files, request, warnings => FolderLayout.IsIn(files) ? FolderLayout.Read(files, warnings) : throw NothingKnown(files.Root));

    private static ImageData OpenImages(ImageFiles files, DataRequest request, Func<List<string>, (SplitImages Train, SplitImages? Test)> read)
    {
        try
        {
            List<string> warnings = [];
            (SplitImages train, SplitImages? test) = read(warnings);
            if (test is not null) RefuseShare(request, $"{test.Folder} is the test split");
            if (train.Classes.Length == 0) RefuseShare(request, $"{files.Root} has no labels, without which a test split measures nothing");
            ScannedImages scanned = FolderScan.Check(files, test is null ? [train] : [train, test], request, warnings);
            SplitImages[] splits = scanned.Splits;
            if (request.TestShare > 0) splits = HoldOut(splits[0], request, warnings);
            else if (test is null && train.Classes.Length > 0) warnings.Add(NoTest(files.Root));
            IImageDecoder decoder = request.Decoder ?? new ImageSharpDecoder();
            IImageSet[] sets = ImageCache.Over(files.Root, [.. splits.Select(split => FolderSet.Of(files, decoder, split))], decoder, request, warnings);
            Together held = new([.. sets.Select(set => set as IDisposable), files]);
            return new ImageData(train.Kind, sets[0], sets.ElementAtOrDefault(1), warnings, held) { LeftOut = scanned.LeftOut };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static SplitImages[] HoldOut(SplitImages all, DataRequest request, List<string> warnings)
    {
        (SplitImages train, SplitImages test) = HeldOutSplit.Draw(all, request.TestShare, request.Seed);
        if (test.Images.Count == 0) RefuseShare(request, "every class has one image alone");
        string drawn = FormattableString.Invariant($"drawn by the seed {request.Seed} (`testShare` {request.TestShare})");
        warnings.Add($"The test split is held out: {test.Images.Count} of the {Counted.Of(all.Images.Count, "image")}, {drawn}.");
        return [train, test];
    }

    private static void RefuseShare(DataRequest request, string reason)
    {
        if (request.TestShare != 0)
            throw new DataRequestException(FormattableString.Invariant($"`testShare` is {request.TestShare}; expected none, for {reason}."));
    }

    private static string NoTest(string root) =>
        $"{root} has no test split with labels (test/ or val/): it can be trained on, and an evaluation needs one; "
        + "`testShare` 0.1 holds out a tenth of each class.";

    private static BadDataException NothingKnown(string path) => new(
        $"{path} holds no data that are known; looked for "
        + string.Join("; ", CifarLayout.All.Select(layout =>
            $"{layout.Kind} in its binary version ({string.Join(", ", layout.ImageFiles)}) or its Python version"))
        + $"; {StlSet.Kind} in its binary version, unpacked (train_X.bin, train_y.bin, test_X.bin, test_y.bin)"
        + $"; {AgNewsSet.Kind} ({AgNewsFiles.Train}, {AgNewsFiles.Test}, {AgNewsFiles.Classes})"
        + $"; {MedMnistSet.Kind} (an .npz of train_images, train_labels, test_images and test_labels)"
        + $"; {ShardLayout.Kind}, .tar shards alone; {TableFiles.TableKind} files"
        + $"; images ({ImageFiles.ImageExtensions}) in train/<class>/ and test/<class>/, in <class>/, or without any folder.");

    private static byte[] FirstBytes(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            byte[] first = new byte[512];
            return first[..stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }
    }
}
