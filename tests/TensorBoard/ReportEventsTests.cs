using System.Text.Json.Nodes;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Study.Comparison;
using NegSamples.TensorBoard;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Study.Sweep;
using NegSamples.Tests.Training;
using NegSamples.Training;

namespace NegSamples.Tests.TensorBoard;

public class ReportEventsTests
{
    /// <summary>Whatever a line of metrics has is a scalar: one that is added later too.</summary>
    [Fact]
    public void EveryNumberOfALineIsAScalar()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        Metrics line = new(3, 0.5, 1.25, 0.1, 100, 2, 0.07, null);
        JsonObject json = MetricsLog.Json(line);
        IReadOnlyList<(string Tag, double Value)> scalars = TrainingEvents.Scalars(line);
        Assert.Equal(json.Select(entry => entry.Key).Where(key => key != "step"), scalars.Select(entry => entry.Tag));
        Assert.Equal(0.07, scalars.Single(entry => entry.Tag == "temperature").Value);
    }

    [Fact]
    public async Task ARunWritesItsEventsAndGoesOnAfterAStop()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 8), run = tiny.Folder("run");
        (int code, _, string error) = await Commands.Run("train", "--data", data, "--batch-size", "8", "--dim", "8", "--epochs", "1", "--threads", "1", "--tensorboard", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        (code, _, error) = await Commands.Run("train", "--resume", run, "--epochs", "2");
        Assert.True(code == ExitCode.Ok, error);
        string[] files = [.. Directory.GetFiles(TrainingEvents.FolderOf(run)).Order(StringComparer.Ordinal)];
        List<Event> first = EventReader.Read(files[0]), second = EventReader.Read(files[1]);
        Assert.Equal([1L, 2, 3, 4, 5], first.Skip(1).Select(entry => entry.Step));
        Assert.Equal((6L, 1L), (second[1].Step, second[1].Session));
        Assert.Equal([6L, 7, 8, 9, 10], second.Skip(2).Select(entry => entry.Step));
        double[] losses = [.. MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Select(line => line.Loss)];
        Assert.Equal(losses.Select(loss => (float)loss), first.Skip(1).Concat(second.Skip(2)).Select(entry => entry.Values.Single(value => value.Tag == "loss").Scalar!.Value));
    }

    [Fact]
    public void AReportHasCurvesFiguresAndEmbeddings()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        using TemporaryFolder folder = new();
        string path = folder.PathOf("events");
        IReadOnlyList<ComparedEntry> entries = ComparedEntries.Load([sweep.Folder]);
        ReportEvents.Write(path, entries);
        ReportEvents.Write(path, entries); // its own are replaced
        Assert.Equal(entries.Count + 1, Directory.GetDirectories(path).Length);
        string report = Path.Combine(path, "report");
        EventValue[] drawings = [.. EventReader.Read(Assert.Single(Directory.GetFiles(report, "events*"))).SelectMany(entry => entry.Values)];
        Assert.Contains(drawings, value => value.Tag == "training/1");
        Assert.All(drawings, value => Assert.True(value.Drawing!.StartsWith("<svg ", StringComparison.Ordinal) && value.Width > 100 && value.Height > 100));

        string config = File.ReadAllText(Path.Combine(report, "projector_config.pbtxt"));
        string numbers = File.ReadAllText(Path.Combine(report, "embeddings-0.tsv")), titles = File.ReadAllText(Path.Combine(report, "embeddings-0-titles.tsv"));
        Assert.Contains("tensor_path: \"embeddings-0.tsv\"", config, StringComparison.Ordinal);
        Assert.Equal(numbers.Count(letter => letter == '\n') + 1, titles.Count(letter => letter == '\n'));
        Assert.StartsWith("sample\tclass\nsample 0\t", titles, StringComparison.Ordinal);

        Directory.CreateDirectory(folder.PathOf("mine"));
        File.WriteAllText(folder.PathOf("mine/file"), "");
        Assert.Contains("holds something else", Assert.Throws<BadDataException>(() => ReportEvents.Write(folder.PathOf("mine"), entries)).Message, StringComparison.Ordinal);
        Assert.Equal(["events", "mine"], Directory.GetFileSystemEntries(folder.PathOf("")).Select(Path.GetFileName).Order());
    }
}
