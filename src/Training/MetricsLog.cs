using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NegSamples.Files;
using NegSamples.Training.Evaluation;

namespace NegSamples.Training;

/// <summary>One line of <c>metrics.jsonl</c>.</summary>
/// <param name="Step">Steps done, so 1 after the first.</param>
/// <param name="Epoch">The epoch of the step, from 1, with its fraction.</param>
/// <param name="Loss">The mean loss of the step.</param>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="ImagesPerSecond">Images (not views) since the line before, a second.</param>
/// <param name="Seconds">Seconds of training, those before a resume included.</param>
/// <param name="Temperature">T of the step where it is learned; not written where it is set.</param>
/// <param name="Representation">What the representation is like after the step, where the run measures it; not written elsewhere.</param>
/// <param name="Bias">b of the step where it is learned; not written elsewhere.</param>
public sealed record Metrics(
    long Step, double Epoch, double Loss, double LearningRate, double ImagesPerSecond, double Seconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Temperature = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Representation? Representation = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Bias = null);

/// <summary>Appends metrics, one JSON object a line. A disk that is full costs lines, not the run.</summary>
internal sealed class MetricsLog : IDisposable
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();
    private readonly FileStream stream;
    private bool isTorn;

    private MetricsLog(FileStream stream, int unreadable, double seconds) => (this.stream, UnreadableLines, SecondsBefore) = (stream, unreadable, seconds);

    /// <summary>Lines that could not be written.</summary>
    public int LostLines { get; private set; }

    /// <summary>Lines before the checkpoint that were torn or are no metrics, and were left out.</summary>
    public int UnreadableLines { get; }

    /// <summary>Seconds of training up to the checkpoint.</summary>
    public double SecondsBefore { get; }

    /// <summary>Seconds of training that lines tell of.</summary>
    /// <param name="lines">All lines of a run, in their order.</param>
    public static double Seconds(IEnumerable<Metrics> lines)
    {
        // The clock of a run of an earlier version started anew with each process.
        double before = 0, last = 0;
        foreach (Metrics line in lines)
        {
            if (line.Seconds < last) before += last;
            last = line.Seconds;
        }

        return before + last;
    }

    /// <summary>Opens the log and takes off what lies beyond a checkpoint, a torn last line included.</summary>
    /// <param name="path">The file; made when missing.</param>
    /// <param name="steps">Steps done in the checkpoint; 0 begins anew.</param>
    public static MetricsLog Open(string path, long steps)
    {
        List<string> kept = [];
        List<Metrics> lines = [];
        int torn = 0, unreadable = 0;
        if (File.Exists(path))
        {
            foreach (string line in File.ReadLines(path))
            {
                if (Parse(line) is not { } metrics) torn++;
                else if (metrics.Step > steps) break;
                else
                {
                    // Torn lines count once a step of the checkpoint follows: a killed process tears the last line, which is done again.
                    (unreadable, torn) = (unreadable + torn, 0);
                    kept.Add(line);
                    lines.Add(metrics);
                }
            }

            AtomicFile.WriteText(path, string.Concat(kept.Select(line => line + "\n")));
        }

        // Without a buffer of its own the stream cannot write a failed line a second time.
        return new MetricsLog(Disk.Append(path), unreadable, Seconds(lines));
    }

    /// <summary>Reads all whole lines.</summary>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<Metrics> Read(string path) => [.. File.ReadLines(path).Select(Parse).OfType<Metrics>()];

    /// <summary>A line as an object of JSON.</summary>
    /// <param name="metrics">The line.</param>
    public static JsonObject Json(Metrics metrics) => JsonSerializer.SerializeToNode(metrics, MetricsJson.Default.Metrics)!.AsObject();

    /// <summary>Appends one line.</summary>
    /// <param name="metrics">The line.</param>
    public void Write(Metrics metrics)
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(metrics, MetricsJson.Default.Metrics);
        try
        {
            // A line that a full disk has torn ends here, so that it costs itself alone.
            stream.Write(isTorn ? [.. LineEnd, .. line, .. LineEnd] : [.. line, .. LineEnd]);
            isTorn = false;
        }
        catch (IOException)
        {
            isTorn = true;
            LostLines++;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

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
