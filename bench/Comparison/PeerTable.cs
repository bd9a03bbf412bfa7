using System.Globalization;
using System.Text;

namespace NegSamples.Bench.Comparison;

/// <summary><c>--join OURS [THEIRS] --table FOLDER [--note TEXT]</c>: joins measurements into one Markdown table, <c>FOLDER/&lt;gpu&gt;.md</c>.</summary>
internal static class PeerTable
{
    public static int Run(List<string> arguments)
    {
        string? folder = CommandOption.Take(arguments, "--table"), note = CommandOption.Take(arguments, "--note");
        if (folder is null || arguments.Count is < 1 or > 2)
        {
            Console.Error.WriteLine("--join: expected --join OURS.jsonl [THEIRS.jsonl] --table FOLDER [--note TEXT].");
            return 2;
        }

        List<Measurement> ours = Measurement.Read(arguments[0]), theirs = arguments.Count > 1 ? Measurement.Read(arguments[1]) : [];
        string device = DeviceOf(ours);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileNameOf(device) + ".md"), unfinished = path + ".tmp";
        File.WriteAllText(unfinished, Of(ours, theirs, DateOnly.FromDateTime(DateTime.UtcNow), note));
        File.Move(unfinished, path, overwrite: true);
        Console.WriteLine(path);
        return 0;
    }

    /// <summary>The page of one GPU.</summary>
    public static string Of(IReadOnlyList<Measurement> ours, IReadOnlyList<Measurement> theirs, DateOnly date, string? note)
    {
        string device = DeviceOf(ours);
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"# {device.Split(',')[0]}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}. {device}.");
        Measurement? peer = theirs.FirstOrDefault(line => line.Name == Measurement.Machine);
        if (peer is not null) text.AppendLine(CultureInfo.InvariantCulture, $"Beside {peer.Method} on {peer.Shape}.");
        text.AppendLine(note ?? "").AppendLine();
        text.AppendLine("Milliseconds of one call: the median of the rounds, quartiles in brackets. \"Times as fast\" is theirs over ours. "
            + "\"% of peak\" counts the FLOPs that the work needs");
        text.AppendLine("(a loss with both gradients 4 products, NT-Xent 2) against the multiplications alone that this GPU reached in the precision by these instructions. "
            + "Host ms is what a call takes of the host until it returns. Memory is the peak, inputs included.").AppendLine();
        text.AppendLine("| What | Shape | Precision | ours ms | % of peak | ours MB | host ms | theirs | theirs ms | % of peak | theirs MB | times as fast |");
        text.AppendLine("|---|---|---|--:|--:|--:|--:|---|--:|--:|--:|--:|");
        foreach (Measurement key in ours.Concat(theirs).Where(line => line.Name != Measurement.Machine).DistinctBy(Key))
        {
            Measurement?[] own = [.. ours.Where(line => Key(line) == Key(key))], peers = [.. theirs.Where(line => Key(line) == Key(key))];
            foreach (Measurement? mine in own.Length > 0 ? own : [null])
            {
                double peak = (mine ?? ours.FirstOrDefault(line => line.Precision == key.Precision && line.PeakGflops > 0))?.PeakGflops ?? 0;
                string host = mine is { HostMs: > 0 } ? Number(mine.HostMs) : "", precision = $"{key.Precision} {mine?.Kernels}".TrimEnd();
                foreach (Measurement? other in peers.Length > 0 ? peers : [null])
                {
                    string ratio = mine is { MedianMs: > 0 } && other is { MedianMs: > 0 } ? Number(other.MedianMs / mine.MedianMs) : "";
                    text.AppendLine(CultureInfo.InvariantCulture,
                        $"| {key.Name} | {key.Shape} | {precision} | {Cells(mine, peak)} | {host} | {other?.Method} | {Cells(other, peak)} | {ratio} |");
                }
            }
        }

        return text.ToString();
    }

    private static (string Name, string Shape, string Precision) Key(Measurement line) => (line.Name, line.Shape, line.Precision);

    private static string Cells(Measurement? line, double peak)
    {
        if (line is null) return " |  | ";
        if (line.Error is { } error) return $"{error.Replace('|', '/').Replace('\n', ' ')} |  | ";
        string times = $"{Number(line.MedianMs)} ({Number(line.Q1Ms)} to {Number(line.Q3Ms)})";
        string share = peak > 0 && line.Flops > 0
            ? (100 * line.Flops / (line.MedianMs * 1e-3) / (peak * 1e9)).ToString("F1", CultureInfo.InvariantCulture) : "";
        return $"{times} | {share} | {(line.Bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture)}";
    }

    // Three digits, and never an exponent.
    private static string Number(double value) =>
        value.ToString(value >= 100 ? "N0" : value >= 10 ? "F1" : value >= 1 ? "F2" : "F4", CultureInfo.InvariantCulture);

    private static string DeviceOf(IReadOnlyList<Measurement> ours) => ours.FirstOrDefault(line => line.Name == Measurement.Machine)?.Shape
        ?? throw new InvalidDataException("Our measurements name no machine; expected a line with the name \"machine\".");

    private static string FileNameOf(string device) =>
        string.Concat(device.Split(',')[0].ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
}
