using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>The splits of files by a word in their names or in those of their folders; where none is said to be for training, all are.</summary>
internal static class NamedSplits
{
    /// <summary>The files of each split by their places; none for testing where there are none.</summary>
    /// <param name="files">The files.</param>
    /// <param name="warnings">Receives a sentence for those that are left out.</param>
    /// <exception cref="BadDataException">Some are named like a split, and one is not.</exception>
    public static (int[] Train, int[] Test) Find(PackedFiles files, List<string> warnings)
    {
        int[] all = [.. Enumerable.Range(0, files.Packs.Count)];
        string?[] words = [.. files.Packs.Select(pack => Word(pack.Path))];
        int[] train = [.. all.Where(file => words[file] is { } word && FolderLayout.TrainNames.Contains(word))];
        if (train.Length == 0)
        {
            if (words.FirstOrDefault(word => word is not null) is { } said)
                warnings.Add($"No {files.PackWord} of {files.Root} is named train: all are trained on, also those named {said}.");
            return (all, []);
        }

        foreach (int unnamed in all.Where(file => words[file] is null))
        {
            string name = files.Packs[unnamed].Path;
            if (!files.PassesOverUnnamed)
                throw new BadDataException($"{files.Root}: {name} is named neither train nor test or val, and others are; expected a split for each or none.");
            warnings.Add($"{name} of {files.Root} is left out: it is named neither train nor test or val, and others are.");
        }

        bool isLabelled = HasLabels(files, train);
        foreach (string word in FolderLayout.TestNames.Where(words.Contains))
        {
            int[] test = [.. all.Where(file => words[file] == word)];
            if (isLabelled && files.PassesOverUnnamed && !HasLabels(files, test))
            {
                warnings.Add($"Those named {word} of {files.Root} are left out: they have no labels.");
                continue;
            }

            foreach (string other in FolderLayout.TestNames.Where(words.Contains).SkipWhile(other => other != word).Skip(1))
                warnings.Add($"Those named {other} of {files.Root} are left out: those named {word} are the test split.");
            return (train, test);
        }

        return (train, []);
    }

    /// <summary>The paths below the folder that all lie in, with '/' between the parts: what names a file wherever the set is moved to.</summary>
    public static string[] Relative(IReadOnlyList<string> paths)
    {
        string[][] parts = [.. paths.Select(path => Path.GetFullPath(path).Replace('\\', '/').Split('/'))];
        int shared = 0;
        while (parts.All(part => part.Length > shared + 1 && part[shared] == parts[0][shared])) shared++;
        return [.. parts.Select(part => string.Join('/', part[shared..]))];
    }

    private static bool HasLabels(PackedFiles files, int[] which) =>
        which.Any(file => files.Packs[file].Index.Pictures.Any(picture => picture.Label is not null));

    /// <summary>The first word that names a split, in the file's own name or in that of the nearest folder that has one.</summary>
    private static string? Word(string path) => path.Split('/').Reverse().Select(part => Words(part)
        .FirstOrDefault(word => FolderLayout.TrainNames.Contains(word) || FolderLayout.TestNames.Contains(word))).FirstOrDefault(word => word is not null);

    private static string[] Words(string name) => new string([.. name.Select(letter => char.IsAsciiLetter(letter) ? char.ToLowerInvariant(letter) : ' ')])
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
