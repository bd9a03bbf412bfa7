using System.Diagnostics;
using System.Globalization;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Peers;

/// <summary>Times ours, libtorch's and the machine's peak in turn, so that a slow minute of a shared machine hits all three alike.</summary>
internal sealed class Alternation(int rounds, bool libtorch)
{
    private readonly List<string> lines = [];

    /// <summary>The table so far, Markdown.</summary>
    public string Table =>
        "| Work | Ours ms | IQR % | libtorch ms | IQR % | libtorch / ours | IQR | Ours GFLOP/s | Ours % FMA peak | IQR | n |\n"
            + "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        + string.Join('\n', lines) + "\n";

    /// <summary>Measures one piece of work.</summary>
    /// <param name="name">What the row is called.</param>
    /// <param name="flops">FLOPs of the formula.</param>
    /// <param name="ours">Our side.</param>
    /// <param name="theirs">libtorch's side.</param>
    public void Measure(string name, double flops, Action ours, Action theirs)
    {
        int threads = Environment.ProcessorCount;
        ours();
        if (libtorch) theirs();
        int calls = CallsFor(ours);
        double[] our = new double[rounds], their = new double[rounds], ratio = new double[rounds], share = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            double before = MachinePeak.Measure(threads);
            our[i] = Milliseconds(ours, calls);
            double after = MachinePeak.Measure(threads);
            if (libtorch) their[i] = Milliseconds(theirs, calls);
            ratio[i] = their[i] / our[i];
            share[i] = 100 * flops / (our[i] * 1e6) / ((before + after) / 2);
        }

        Spread o = new(our), t = new(their), r = new(ratio), s = new(share);
        string peer = libtorch
            ? string.Create(CultureInfo.InvariantCulture, $"{t.Median:G4} | {t.Percent:F1} | {r.Median:F2} | {r.Low:F2} to {r.High:F2}")
            : "- | - | - | -";
        string line = string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {o.Median:G4} | {o.Percent:F1} | {peer} | {flops / (o.Median * 1e6):F0} | {s.Median:F1} | {s.Low:F1} to {s.High:F1} | {rounds} |");
        lines.Add(line);
        Console.WriteLine(line);
    }

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

        /// <summary>The distance of the quartiles in percent of the median.</summary>
        public double Percent => 100 * (High - Low) / Median;
    }
}
