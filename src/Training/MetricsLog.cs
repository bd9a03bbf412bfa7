using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NegSamples.Files;

namespace NegSamples.Training;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Steps done, so 1 after the first.</param>
/// <param name="Epoch">The epoch of the step, from 1, with its fraction.</param>
/// <param name="Loss">The mean loss of the step.</param>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="ImagesPerSecond">Images (not views) since the line before, a second; 0 in the first.</param>
/// <param name="Seconds">Seconds of training in this process.</param>
/// <param name="Temperature">T of the step where it is learned; not written where it is set.</param>
public sealed record Metrics(
    long Step, double Epoch, double Loss, double LearningRate, double ImagesPerSecond, double Seconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Temperature = null);

/// <summary>Appends metrics, one JSON object a line. A disk that is full costs lines, not the run.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly StreamWriter writer;

    private MetricsLog(StreamWriter writer) => this.writer = writer;

    /// <summary>Lines that could not be written.</summary>
    public int LostLines { get; private set; }

    /// <summary>Opens the log and takes off what lies beyond a checkpoint, a torn last line included.</summary>
    /// <param name="path">The file; made when missing.</param>
    /// <param name="steps">Steps done in the checkpoint; 0 begins anew.</param>
    public static MetricsLog Open(string path, long steps)
    {
        List<string> kept = [];
        if (File.Exists(path))
        {
            foreach (string line in File.ReadLines(path))
            {
                if (Parse(line) is not { } metrics || metrics.Step > steps) break;
                kept.Add(line);
            }

            AtomicFile.WriteText(path, string.Concat(kept.Select(line => line + "\n")));
        }

        FileStream stream = new(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        return new MetricsLog(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" });
    }

    /// <summary>Reads all whole lines.</summary>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<Metrics> Read(string path) => [.. File.ReadLines(path).Select(Parse).OfType<Metrics>()];

    /// <summary>Appends one line.</summary>
    /// <param name="metrics">The line.</param>
    public void Write(Metrics metrics)
    {
        try
        {
            writer.WriteLine(JsonSerializer.Serialize(metrics, MetricsJson.Default.Metrics));
        }
        catch (IOException)
        {
            LostLines++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            writer.Dispose();
        }
        catch (IOException)
        {
            LostLines++;
        }
    }

    private static Metrics? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MetricsJson.Default.Metrics);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(Metrics))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class MetricsJson : JsonSerializerContext;
