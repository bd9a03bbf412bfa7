using NegSamples.Augment.Data.Cifar;
using NegSamples.Augment.Data.Folder;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Stl10;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>Opens data sets by name or path.</summary>
public static class DataSets
{
    private const string Folder = "folder";

    /// <summary>The kinds of data sets.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [ShapesSet.Kind, CifarLayout.Cifar10.Kind, CifarLayout.Cifar100.Kind, StlSet.Kind, StlSet.UnlabelledKind, Folder];

    /// <summary>Opens a data set and finds out what it is.</summary>
    /// <param name="data">"shapes", or the path of a folder, a .tar.gz, a .tar or a zip archive.</param>
    /// <param name="kind">One of <see cref="Kinds"/>, or null to find it out.</param>
    /// <param name="shapes">Seed and sizes of the built-in set; null for the defaults.</param>
    /// <param name="decoder">Decodes image files; null for <see cref="ImageSharpDecoder"/>.</param>
    /// <param name="skipBad">Up to this many image files that cannot be read are left out, and a warning names them.</param>
    /// <param name="stop">Ends the reading of image files.</param>
    /// <exception cref="BadDataException">The path does not exist, or does not hold data of the kind, or of any kind.</exception>
    public static ImageData Open(string data, string? kind = null, ShapesSettings? shapes = null, IImageDecoder? decoder = null, int skipBad = 0,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (kind is not null && !Kinds.Contains(kind)) throw new BadDataException($"The kind of data is {kind}; expected {string.Join(", ", Kinds)}.");
        if (kind == ShapesSet.Kind && data != ShapesSet.Kind)
            throw new BadDataException($"The data are {data}; the kind {kind} expects the name {ShapesSet.Kind}.");
        if (data == ShapesSet.Kind && kind is null or ShapesSet.Kind) return OpenShapes(shapes ?? new ShapesSettings());
        CifarLayout[] layouts = kind is null ? CifarLayout.All : [.. CifarLayout.All.Where(layout => layout.Kind == kind)];
        decoder ??= new ImageSharpDecoder();
        bool isStl = kind is StlSet.Kind or StlSet.UnlabelledKind;
        if ((isStl || kind is null) && StlSet.FindFolder(data) is { } stl) return StlSet.Open(stl, kind == StlSet.UnlabelledKind);
        if (isStl) throw new BadDataException($"{data} has no train_X.bin; expected the folder that stl10_binary.tar.gz unpacks to.");
        if (Directory.Exists(data)) return OpenFolder(data, kind, layouts, decoder, skipBad, stop);
        if (!File.Exists(data)) throw new BadDataException($"{data} does not exist; expected {ShapesSet.Kind}, a folder, a .tar.gz or a .zip.");
        byte[] first = FirstBytes(data);
        bool isTar = first is [0x1F, 0x8B, ..] || TarArchive.IsTar(first), isZip = first is [(byte)'P', (byte)'K', ..];
        if (isTar) return OpenTar(data, kind, layouts, decoder, skipBad, stop);
        if (isZip && kind is null or Folder) return OpenImages(new ZipFiles(data), decoder, skipBad, stop);
        throw new BadDataException(isZip
            ? $"{data} is a zip archive; {kind} is read from a folder or a .tar.gz."
            : $"{data} is neither a .tar.gz nor a .zip by its first bytes; expected one of them or a folder.");
    }

    private static ImageData OpenShapes(ShapesSettings settings)
    {
        try
        {
            return new ImageData(ShapesSet.Kind, new ShapesSet(settings, train: true), new ShapesSet(settings, train: false), []);
        }
        catch (ArgumentException fault)
        {
            throw new BadDataException(fault.Message, fault);
        }
    }

    private static ImageData OpenFolder(string path, string? kind, CifarLayout[] layouts, IImageDecoder decoder, int skipBad, CancellationToken stop)
    {
        CifarLayout[] found = [.. layouts.Where(layout => CifarFiles.FindFolder(path, layout) is not null)];
        if (found.Length > 1) throw new BadDataException($"{path} holds {found[0].Kind} and {found[1].Kind}; give the kind, or the folder of one of them.");
        if (found is [CifarLayout one]) return OpenCifar(one, CifarFiles.ReadFolder(CifarFiles.FindFolder(path, one)!, one));
        if (kind != Folder) CifarFiles.RefusePython(path);
        if (kind is not (null or Folder)) return OpenCifar(layouts[0], CifarFiles.ReadFolder(path, layouts[0])); // says which file is missing
        return OpenImages(new FolderFiles(path), decoder, skipBad, stop);
    }

    private static ImageData OpenTar(string path, string? kind, CifarLayout[] layouts, IImageDecoder decoder, int skipBad, CancellationToken stop)
    {
        if (kind == Folder) return OpenImages(new TarFiles(path), decoder, skipBad, stop);
        CifarFiles files = CifarFiles.ReadArchive(path);
        CifarLayout[] found = [.. layouts.Where(files.Has)];
        if (found.Length > 1) throw new BadDataException($"{path} holds {found[0].Kind} and {found[1].Kind}; give the kind.");
        if (found.Length == 0 && kind is null) return OpenImages(new TarFiles(path), decoder, skipBad, stop);
        return OpenCifar(found.FirstOrDefault(layouts[0]), files);
    }

    private static ImageData OpenCifar(CifarLayout layout, CifarFiles files)
    {
        (CifarSet train, CifarSet test) = CifarSet.Open(layout, files);
        return new ImageData(layout.Kind, train, test, [.. train.Warnings, .. test.Warnings]);
    }

    private static ImageData OpenImages(ImageFiles files, IImageDecoder decoder, int skipBad, CancellationToken stop)
    {
        try
        {
            if (!FolderLayout.IsIn(files)) throw NothingKnown(files.Root);
            List<string> warnings = [];
            (SplitImages train, SplitImages? test) = FolderLayout.Read(files, warnings);
            SplitImages[] checkedSplits = FolderScan.Check(files, decoder, test is null ? [train] : [train, test], skipBad, warnings, stop);
            FolderSet[] sets = [.. checkedSplits.Select(split => FolderSet.Of(files, decoder, split))];
            return new ImageData(Folder, sets[0], sets.ElementAtOrDefault(1), warnings, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static BadDataException NothingKnown(string path) => new(
        $"{path} holds no data that are known; looked for "
        + string.Join("; ", CifarLayout.All.Select(layout => $"{layout.Kind} in its binary version ({string.Join(", ", layout.ImageFiles)})"))
        + $"; {StlSet.Kind} in its binary version, unpacked (train_X.bin, train_y.bin, test_X.bin, test_y.bin)"
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
