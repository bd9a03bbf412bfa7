using System.Globalization;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>Finds the splits and classes in the shards of a WebDataset, and in other large files of pictures.</summary>
/// <remarks>
/// A word in a shard's name or in the name of its folder says its split; where no shard is said to be for training, all are. Classes are in the order of
/// their numbers where all are numbers, else in ordinal order; the pictures are in the order of the shards.
/// </remarks>
internal static class ShardLayout
{
    /// <summary>The name of the kind.</summary>
    public const string Kind = "webdataset";

    /// <summary>Finds the images of both splits.</summary>
    /// <param name="files">The shards.</param>
    /// <param name="warnings">Receives a sentence for all that is left out.</param>
    /// <exception cref="BadDataException">There are no pictures, some have labels and others none, or a split has other classes than the other.</exception>
    public static (SplitImages Train, SplitImages? Test) Read(PackedFiles files, List<string> warnings)
    {
        int ignored = files.Packs.Sum(shard => shard.Index.Ignored);
        if (ignored > 0) warnings.Add($"{files.Root}: {Counted.Of(ignored, "file")} of the shards ignored, neither images nor their labels.");
        (int[] train, int[] test) = NamedSplits.Find(files, warnings);
        (string Name, string Label)[] classes = Classes(files, train);
        SplitImages trained = Split("train", files, train, classes);
        if (test.Length == 0) return (trained, null);
        string first = files.NameOf(test[0]);
        if (classes.Length > 0) return (trained, Split("test", files, test, classes) with { Folder = first });
        warnings.Add($"{first} is left out: the training images have no labels.");
        return (trained, null);
    }

    private static SplitImages Split(string split, PackedFiles files, int[] shards, (string Name, string Label)[] classes)
    {
        (int Shard, ShardPicture Picture)[] pictures = [.. shards.SelectMany(shard => files.Packs[shard].Index.Pictures.Select(picture => (shard, picture)))];
        if (pictures.Length == 0)
        {
            throw new BadDataException(files.Kind == Kind
                ? $"{files.Root} has no pictures in its shards of {split}; expected KEY.jpg or another ({ImageFiles.ImageExtensions})."
                : $"{files.Root} has no rows in its {split} split.");
        }

        (int Shard, ShardPicture Picture)[] without = [.. pictures.Where(picture => picture.Picture.Label is null)];
        if (without.Length > 0 && classes.Length > 0)
        {
            throw new BadDataException(
                $"{files.NameOf(without[0].Shard)}: {without[0].Picture.Name} has no label ({files.LabelForms}): "
                + $"{without.Length} of {Counted.Of(pictures.Length, "picture")} of the {split} split have none; expected a label for each or for none.");
        }

        Dictionary<string, int> labels = classes.Select((entry, label) => (entry.Label, label))
            .ToDictionary(entry => entry.Label, entry => entry.label, StringComparer.Ordinal);
        List<(ImageFile, int)> images = new(pictures.Length);
        foreach ((int shard, ShardPicture picture) in pictures)
        {
            int label = 0;
            if (picture.Label is { } name && !labels.TryGetValue(name, out label))
                throw new BadDataException($"{files.NameOf(shard)}: {picture.Name} has the class {files.ClassName(name)}, which no training image has.");
            images.Add((new ImageFile(PackedFiles.PathOf(files.Packs[shard].Path, picture), picture.Length, $"{picture.Length}"), label));
        }

        return new SplitImages(split, "", [.. classes.Select(entry => entry.Name)], images) { Kind = files.Kind };
    }

    /// <summary>The classes of the training images in label order: what they are called, and what the files say in their place.</summary>
    private static (string Name, string Label)[] Classes(PackedFiles files, int[] train)
    {
        string[] labels = [.. train.SelectMany(shard => files.Packs[shard].Index.Pictures.Select(picture => picture.Label)).OfType<string>()
            .Distinct(StringComparer.Ordinal)];
        bool areNumbers = labels.All(label => long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        IEnumerable<string> ordered = areNumbers ? labels.OrderBy(label => long.Parse(label, CultureInfo.InvariantCulture))
            : labels.Order(StringComparer.Ordinal);
        return [.. ordered.Select(label => (files.ClassName(label), label))];
    }
}
