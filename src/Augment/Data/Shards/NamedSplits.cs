using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>The splits of files by a word in their names or in those of their folders; where none is said to be for training, all are.</summary>
internal static class NamedSplits
{
    /// <summary>The files of each split by their places; none for testing where there are none.</summary>
    /// <param name="root">The data set as the user wrote it.</param>
    /// <param name="names">The files' paths below the folder that all of them lie in.</param>
    /// <param name="what">What the messages call a file.</param>
    /// <param name="warnings">Receives a sentence for those that are left out.</param>
    /// <exception cref="BadDataException">Some are named like a split, and one is not.</exception>
    public static (int[] Train, int[] Test) Find(string root, IReadOnlyList<string> names, string what, List<string> warnings)
    {
        int[] all = [.. Enumerable.Range(0, names.Count)];
        string?[] words = [.. names.Select(Word)];
        int[] train = [.. all.Where(file => words[file] is { } word && FolderLayout.TrainNames.Contains(word))];
        if (train.Length == 0)
        {
            if (words.FirstOrDefault(word => word is not null) is { } said)
                warnings.Add($"No {what} of {root} is named train: all are trained on, also those named {said}.");
            return (all, []);
        }

        int unnamed = Array.IndexOf(words, null);
        if (unnamed >= 0)
            throw new BadDataException($"{root}: {names[unnamed]} is named neither train nor test or val, and others are; expected a split for each or none.");
        string[] tests = [.. FolderLayout.TestNames.Where(words.Contains)];
        foreach (string other in tests.Skip(1)) warnings.Add($"Those named {other} of {root} are left out: those named {tests[0]} are the test split.");
        return (train, [.. all.Where(file => tests.Length > 0 && words[file] == tests[0])]);
    }

    /// <summary>The paths below the folder that all lie in, with '/' between the parts: what names a file wherever the set is moved to.</summary>
    public static string[] Relative(IReadOnlyList<string> paths)
    {
        string[][] parts = [.. paths.Select(path => Path.GetFullPath(path).Replace('\\', '/').Split('/'))];
        int shared = 0;
        while (parts.All(part => part.Length > shared + 1 && part[shared] == parts[0][shared])) shared++;
        return [.. parts.Select(part => string.Join('/', part[shared..]))];
    }

    /// <summary>The first word that names a split, in the file's own name or in that of the nearest folder that has one.</summary>
    private static string? Word(string path) => path.Split('/').Reverse().Select(part => Words(part)
        .FirstOrDefault(word => FolderLayout.TrainNames.Contains(word) || FolderLayout.TestNames.Contains(word))).FirstOrDefault(word => word is not null);

    private static string[] Words(string name) => new string([.. name.Select(letter => char.IsAsciiLetter(letter) ? char.ToLowerInvariant(letter) : ' ')])
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
