using System.Diagnostics;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Peers;

/// <summary>Times ours, libtorch's and the machine's peaks in turn, so that a slow minute of a shared machine hits all alike.</summary>
internal sealed class Alternation(int rounds)
{
    private static readonly string[] Columns =
        [.. Fixture.Precisions.Select(Contender.NameOf), .. PeerForm.OfImages.Select(form => form.ToString())];

    private readonly List<string> lines = [];

    /// <summary>The table so far, Markdown: medians; the ratios are those of each round, the strongest peer over ours in bf16, and ours of the two precisions.</summary>
    public string Table =>
        $"| Work | {string.Join(" | ", Columns.Select(column => $"{column} ms"))} | strongest peer / ours bf16 | IQR | ours fp32 / bf16 | IQR | GFLOP/s fp32 | % of peak "
            + "| GFLOP/s bf16 | % of peak | n |\n|---|" + string.Concat(Enumerable.Repeat("--:|", Columns.Length + 9)) + "\n" + string.Join('\n', lines) + "\n";

    /// <summary>Measures one piece of work.</summary>
    /// <param name="name">What the row is called.</param>
    /// <param name="flops">FLOPs of the formula.</param>
    /// <param name="contenders">Ours in both precisions, and libtorch in all forms that there are of the work.</param>
    /// <param name="mostRounds">Rounds at most, for what takes seconds.</param>
    public void Measure(string name, double flops, IReadOnlyList<Contender> contenders, int mostRounds = int.MaxValue)
    {
        int threads = Environment.ProcessorCount, count = Math.Min(rounds, mostRounds);
        int[] calls = [.. contenders.Select(contender =>
        {
            contender.Work();
            return CallsFor(contender.Work);
        })];
        double[][] times = [.. contenders.Select(_ => new double[count])];
        double[] floats = new double[count], rounded = new double[count];
        for (int round = 0; round < count; round++)
        {
            floats[round] = MachinePeak.Measure(threads);
            rounded[round] = MachinePeak.MeasureBFloat16(threads);
            for (int i = 0; i < contenders.Count; i++) times[i][round] = Milliseconds(contenders[i].Work, calls[i]);
        }

        double[] Of(string column) => contenders.Zip(times).FirstOrDefault(pair => pair.First.Name == column).Second ?? [];
        double[] single = Of(Contender.NameOf(Precision.Float32)), half = Of(Contender.NameOf(Precision.BFloat16));
        double[]? peer = contenders.Zip(times).Where(pair => !pair.First.IsOurs).Select(pair => pair.Second).MinBy(series => new Spread(series).Median);
        string[] cells =
        [
            name, .. Columns.Select(column => Of(column) is { Length: > 0 } series ? Text($"{new Spread(series).Median:G4}") : "-"),
            .. Ratio(peer, half), .. Ratio(single, half), .. Share(flops, single, floats), .. Share(flops, half, rounded), Text($"{count}"),
        ];
        string line = $"| {string.Join(" | ", cells)} |";
        lines.Add(line);
        Console.WriteLine(line);
    }

    private static string[] Ratio(double[]? slower, double[] faster)
    {
        if (slower is null) return ["-", "-"];
        Spread spread = new([.. slower.Zip(faster, (a, b) => a / b)]);
        return [Text($"{spread.Median:F2}"), Text($"{spread.Low:F2} to {spread.High:F2}")];
    }

    private static string[] Share(double flops, double[] times, double[] peaks)
    {
        Spread time = new(times), share = new([.. times.Zip(peaks, (milliseconds, peak) => peak == 0 ? double.NaN : 100 * flops / (milliseconds * 1e6) / peak)]);
        return [Text($"{flops / (time.Median * 1e6):F0}"), double.IsNaN(share.Median) ? "-" : Text($"{share.Median:F1}")];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A single call of less than 20 ms would measure the timer's and the threads' waking more than the work.
    private static int CallsFor(Action work) => Math.Max(1, (int)Math.Ceiling(20 / Milliseconds(work, 1)));

    private static double Milliseconds(Action work, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }

    /// <summary>Median and quartiles.</summary>
    private readonly struct Spread
    {
        public readonly double Low, Median, High;

        public Spread(double[] values)
        {
            double[] sorted = [.. values.Order()];
            (Low, Median, High) = (sorted[sorted.Length / 4], sorted[sorted.Length / 2], sorted[sorted.Length * 3 / 4]);
        }
    }
}
