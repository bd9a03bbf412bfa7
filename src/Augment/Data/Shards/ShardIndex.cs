using Microsoft.Win32.SafeHandles;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>A picture in a shard.</summary>
/// <param name="Name">Its path within the shard.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="Length">How many there are.</param>
/// <param name="Label">The number or the name of its class; null where the shard says none.</param>
internal readonly record struct ShardPicture(string Name, long Offset, long Length, string? Label);

/// <summary>The pictures of one shard, in its order.</summary>
/// <param name="Pictures">The pictures.</param>
/// <param name="Ignored">How many files are neither pictures nor labels of them.</param>
internal sealed record ShardIndex(ShardPicture[] Pictures, int Ignored)
{
    /// <summary>A plain archive whose first so many files have no labels is no shard.</summary>
    private const int Looked = 256;

    /// <summary>Lists a shard in one pass over its headers and labels.</summary>
    /// <param name="file">The shard.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="seen">Is told of the place in the shard.</param>
    /// <exception cref="BadDataException">It is cut short, a key has two pictures or two labels, or a label is none.</exception>
    public static ShardIndex Read(SafeFileHandle file, string path, Action<long> seen) => Read(TarMembers.Read(file, path), file, path, seen);

    /// <summary>Whether an archive is a shard: among its first files is a picture with a label of the same key.</summary>
    public static bool IsShard(string path)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            SafeFileHandle file = stream.SafeFileHandle;
            return Read(TarMembers.Read(file, path).Take(Looked), file, path, _ => { }).Pictures.Any(picture => picture.Label is not null);
        }
        catch (Exception fault) when (fault is BadDataException or IOException or UnauthorizedAccessException)
        {
            return false; // whoever reads it as something else says what is wrong
        }
    }

    private static ShardIndex Read(IEnumerable<TarMember> members, SafeFileHandle file, string path, Action<long> seen)
    {
        List<(string Key, TarMember Picture)> pictures = [];
        Dictionary<string, (string? Label, TarMember? Json)> labels = new(StringComparer.Ordinal);
        Dictionary<string, string> names = new(StringComparer.Ordinal); // one text for each class, not for each picture
        HashSet<string> keys = new(StringComparer.Ordinal);
        int ignored = 0;
        foreach (TarMember member in members)
        {
            seen(member.Offset);
            (string key, string extension) = Split(member.Name);
            (string? label, TarMember? json) = labels.GetValueOrDefault(key);
            if (key.Length > 0 && ImageFiles.IsImage("x." + extension) && !extension.Contains('.'))
            {
                if (!keys.Add(key)) throw Twice(path, key, "two pictures");
                pictures.Add((key, member));
            }
            else if (key.Length > 0 && extension == "cls")
            {
                if (label is not null) throw Twice(path, key, "two .cls files");
                string text = ShardLabel.OfText(Bytes(file, path, member, ShardLabel.LargestName), $"{path}: {member.Name}");
                if (!names.TryAdd(text, text)) text = names[text];
                labels[key] = (text, json);
            }
            else if (key.Length > 0 && extension == "json")
            {
                if (json is not null) throw Twice(path, key, "two .json files");
                labels[key] = (label, member);
            }
            else
            {
                ignored++;
            }
        }

        ShardPicture[] found = [.. pictures.Select(picture =>
        {
            (string? label, TarMember? json) = labels.GetValueOrDefault(picture.Key);
            if (label is null && json is { } member)
            {
                label = ShardLabel.OfJson(Bytes(file, path, member, ShardLabel.LargestJson), $"{path}: {member.Name}");
                if (label is not null && !names.TryAdd(label, label)) label = names[label];
            }

            return new ShardPicture(picture.Picture.Name, picture.Picture.Offset, picture.Picture.Length, label);
        })];
        return new ShardIndex(found, ignored + labels.Keys.Count(key => !keys.Contains(key)));
    }

    /// <summary>
    /// Key and extension as WebDataset has them: up to the first dot of the file's own name, and all after it; no key where the name begins with a dot.
    /// </summary>
    private static (string Key, string Extension) Split(string name)
    {
        int start = name.LastIndexOf('/') + 1, dot = name.IndexOf('.', start);
        return dot <= start ? ("", "") : (name[..dot], name[(dot + 1)..].ToLowerInvariant());
    }

    private static byte[] Bytes(SafeFileHandle file, string path, TarMember member, int largest)
    {
        if (member.Length > largest) throw new BadDataException($"{path}: {member.Name} has {Counted.Of(member.Length, "byte")}; expected at most {largest}.");
        byte[] bytes = new byte[member.Length];
        return RegularFile.TryRead(file, bytes, member.Offset) ? bytes : throw new BadDataException($"{path} is cut short: it ends within {member.Name}.");
    }

    private static BadDataException Twice(string path, string key, string what) => new($"{path}: the key {key} has {what}; expected one.");
}
