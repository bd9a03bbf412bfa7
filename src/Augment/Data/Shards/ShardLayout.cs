using System.Globalization;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>Finds the splits and classes in the shards of a WebDataset.</summary>
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
    public static (SplitImages Train, SplitImages? Test) Read(ShardFiles files, List<string> warnings)
    {
        int ignored = files.Shards.Sum(shard => shard.Index.Ignored);
        if (ignored > 0) warnings.Add($"{files.Root}: {ignored} file(s) of the shards that are neither images nor their labels were ignored.");
        (int[] train, int[] test) = NamedSplits.Find(files.Root, [.. files.Shards.Select(shard => shard.Path)], "shard", warnings);
        SplitImages trained = Split("train", files, train, null);
        if (test.Length == 0) return (trained, null);
        string first = files.NameOf(test[0]);
        if (trained.Classes.Length > 0) return (trained, Split("test", files, test, trained.Classes) with { Folder = first });
        warnings.Add($"{first} is left out: the training images have no labels.");
        return (trained, null);
    }

    private static SplitImages Split(string split, ShardFiles files, int[] shards, string[]? classes)
    {
        (int Shard, ShardPicture Picture)[] pictures = [.. shards.SelectMany(shard => files.Shards[shard].Index.Pictures.Select(picture => (shard, picture)))];
        if (pictures.Length == 0)
            throw new BadDataException($"{files.Root} has no pictures in its {split} shards; expected KEY.jpg or another ({ImageFiles.ImageExtensions}).");
        (int Shard, ShardPicture Picture)[] without = [.. pictures.Where(picture => picture.Picture.Label is null)];
        if (without.Length > 0 && (without.Length < pictures.Length || classes is not null))
        {
            throw new BadDataException(
                $"{files.NameOf(without[0].Shard)}: {without[0].Picture.Name} has no label (KEY.cls, or KEY.json with \"label\" or \"class\"): "
                + $"{without.Length} of {pictures.Length} pictures of the {split} split have none; expected a label for each or for none.");
        }

        string[] names = classes ?? Ordered([.. pictures.Select(picture => picture.Picture.Label).OfType<string>().Distinct(StringComparer.Ordinal)]);
        Dictionary<string, int> labels = names.Select((name, label) => (name, label))
            .ToDictionary(entry => entry.name, entry => entry.label, StringComparer.Ordinal);
        List<(ImageFile, int)> images = new(pictures.Length);
        foreach ((int shard, ShardPicture picture) in pictures)
        {
            int label = 0;
            if (picture.Label is { } name && !labels.TryGetValue(name, out label))
                throw new BadDataException($"{files.NameOf(shard)}: {picture.Name} has the class {name}, which no training image has.");
            images.Add((new ImageFile(ShardFiles.PathOf(files.Shards[shard].Path, picture), picture.Length, $"{picture.Length}"), label));
        }

        return new SplitImages(split, "", names, images) { Kind = Kind };
    }

    private static string[] Ordered(string[] names)
    {
        bool areNumbers = names.All(name => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return areNumbers ? [.. names.OrderBy(name => long.Parse(name, CultureInfo.InvariantCulture))] : [.. names.Order(StringComparer.Ordinal)];
    }
}
