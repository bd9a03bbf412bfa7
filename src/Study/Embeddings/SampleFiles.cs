using System.Globalization;
using NegSamples.Files;

namespace NegSamples.Study.Embeddings;

/// <summary>The files that the rows of features are of: <c>files.train.json</c> and <c>files.val.json</c>, a list of paths within the data set.</summary>
internal static class SampleFiles
{
    /// <summary>The name of the list.</summary>
    /// <param name="split">"train" or "val".</param>
    public static string NameOf(string split) => $"files.{split}.json";

    /// <summary>What to call some rows: their files where the folder lists them, else their places.</summary>
    /// <param name="folder">The folder of the features.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="count">How many rows there are in all.</param>
    /// <exception cref="BadDataException">The list is damaged or of another length.</exception>
    public static string[] Titles(string folder, int[] rows, int count)
    {
        string path = Path.Combine(folder, NameOf("val"));
        if (!File.Exists(path)) return [.. rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"sample {row}"))];
        IReadOnlyList<string> files = StudyJson.Read<IReadOnlyList<string>>(path, "a list of files");
        if (files.Count != count)
            throw new BadDataException(string.Create(CultureInfo.InvariantCulture, $"{path} names {Counted.Of(files.Count, "file")}; the features beside it are of {Counted.Of(count, "sample")}."));
        return [.. rows.Select(row => files[row] ?? "")];
    }
}
