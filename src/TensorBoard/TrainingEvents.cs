using System.Text.Json.Nodes;
using NegSamples.Training;

namespace NegSamples.TensorBoard;

/// <summary>The numbers of a training as scalars: whatever a line of <c>metrics.jsonl</c> has, under its names there.</summary>
internal static class TrainingEvents
{
    /// <summary>Where the events of a run lie.</summary>
    /// <param name="run">The run folder.</param>
    public static string FolderOf(string run) => Path.Combine(run, "tensorboard");

    /// <summary>Adds one line.</summary>
    /// <param name="file">The file.</param>
    /// <param name="line">The line.</param>
    public static void Add(EventFile file, Metrics line)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(line);
        file.Add(line.Step, Scalars(line));
    }

    /// <summary>"loss", "learningRate", "representation/knn", …</summary>
    /// <param name="line">The line.</param>
    public static IReadOnlyList<(string Tag, double Value)> Scalars(Metrics line)
    {
        List<(string, double)> scalars = [];
        Walk(MetricsLog.Json(line), "");
        return scalars;

        void Walk(JsonObject numbers, string prefix)
        {
            foreach ((string name, JsonNode? value) in numbers)
            {
                if (value is JsonObject inner) Walk(inner, $"{prefix}{name}/");
                else if (value is JsonValue leaf && prefix + name != "step" && leaf.TryGetValue(out double number)) scalars.Add((prefix + name, number));
            }
        }
    }
}
