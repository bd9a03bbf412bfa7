using System.Globalization;
using System.Text;
using NegSamples.Files;
using NegSamples.Report;
using NegSamples.Study.Embeddings;

namespace NegSamples.TensorBoard;

/// <summary>Embeddings for TensorBoard's projector: tab-separated numbers, a line of titles and classes for each, and the file that names them.</summary>
internal static class ProjectorFiles
{
    // The projector draws in the browser, and says itself that more are slow.
    private const int Most = 5000;

    /// <summary>Writes them into a folder of event files.</summary>
    /// <param name="folder">The folder; made when missing.</param>
    /// <param name="embeddings">Names and embeddings.</param>
    public static void Write(string folder, IReadOnlyList<(string Name, EmbeddingSample Sample)> embeddings)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        Disk.CreateFolder(folder);
        StringBuilder config = new();
        for (int i = 0; i < embeddings.Count; i++)
        {
            (string name, EmbeddingSample all) = embeddings[i];
            EmbeddingSample sample = all.Thin(Most);
            string numbers = string.Create(CultureInfo.InvariantCulture, $"embeddings-{i}.tsv"), titles = string.Create(CultureInfo.InvariantCulture, $"embeddings-{i}-titles.tsv");
            AtomicFile.WriteText(Path.Combine(folder, numbers), Numbers(sample));
            AtomicFile.WriteText(Path.Combine(folder, titles), Titles(sample));
            config.Append($"embeddings {{\n  tensor_name: {Quoted(name)}\n  tensor_path: {Quoted(numbers)}\n  metadata_path: {Quoted(titles)}\n}}\n");
        }

        AtomicFile.WriteText(Path.Combine(folder, "projector_config.pbtxt"), config.ToString());
    }

    private static string Numbers(EmbeddingSample sample)
    {
        StringBuilder text = new();
        for (int i = 0; i < sample.Count; i++)
        {
            ReadOnlySpan<float> row = sample.Row(i);
            for (int d = 0; d < row.Length; d++) text.Append(d == 0 ? "" : "\t").Append(row[d].ToString("R", CultureInfo.InvariantCulture));
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Titles(EmbeddingSample sample)
    {
        StringBuilder text = new("sample\tclass\n");
        for (int i = 0; i < sample.Count; i++)
        {
            int label = sample.Labels[i];
            string name = label < sample.ClassNames.Count ? sample.ClassNames[label] : label.ToString(CultureInfo.InvariantCulture);
            text.Append($"{Harmless.Text(sample.Titles[i])}\t{Harmless.Text(name)}\n");
        }

        return text.ToString();
    }

    private static string Quoted(string text) => $"\"{Harmless.Text(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
