using System.Diagnostics;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Report.Plots;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>Time and memory of the loss of 1,024 queries and K keys with the gradients of both, against K.</summary>
internal static class ManyKeys
{
    private const int Rows = 1024, Dimension = 128;
    private const float Temperature = 0.07f;

    // Of a million keys libtorch would hold 4 GB of logits several times over.
    private const int MostKeysOfLibtorch = 262144;

    private static readonly int[] Counts = [4096, 16384, 65536, 262144, 1048576];

    /// <summary>The option by which this program starts itself for one measurement of memory.</summary>
    public const string MemoryOption = "--memory-of";

    /// <summary>Measures all K, in turn all sides of one; a Markdown table, and two figures as SVG files where a folder is given.</summary>
    /// <param name="libtorch">Whether it is here.</param>
    /// <param name="rounds">Rounds of each K.</param>
    /// <param name="figures">The folder of the figures; null for none.</param>
    public static string Measure(bool libtorch, int rounds, string? figures)
    {
        Dictionary<string, (double[] Milliseconds, double[] Megabytes)> sides = [];
        List<string> lines = [];
        for (int i = 0; i < Counts.Length; i++)
        {
            using Contenders contenders = new();
            AddSides(contenders, libtorch && Counts[i] <= MostKeysOfLibtorch, Counts[i]);
            double[][] times = [.. contenders.All.Select(_ => new double[rounds])];
            foreach (Contender contender in contenders.All) contender.Work();
            for (int round = 0; round < rounds; round++)
            {
                for (int side = 0; side < times.Length; side++)
                {
                    long start = Stopwatch.GetTimestamp();
                    contenders.All[side].Work();
                    times[side][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
            }

            for (int side = 0; side < times.Length; side++)
            {
                string name = contenders.All[side].Name;
                if (!sides.TryGetValue(name, out (double[] Milliseconds, double[] Megabytes) of))
                    sides[name] = of = (Missing(), Missing());
                (of.Milliseconds[i], of.Megabytes[i]) = (times[side].Order().ElementAt(rounds / 2), MemoryInAnotherProcess(name, Counts[i]));
                lines.Add(Text($"| {Counts[i]:N0} | {name} | {of.Milliseconds[i]:G4} | {times[side].Min():G4} to {times[side].Max():G4} | {of.Megabytes[i]:N0} | {rounds} |"));
                Console.WriteLine(lines[^1]);
            }
        }

        if (figures is not null)
        {
            Write(Path.Combine(figures, "time-of-keys.svg"), "Loss and all gradients, 1,024 queries", "ms", sides.Select(side => (side.Key, side.Value.Milliseconds)));
            Write(Path.Combine(figures, "memory-of-keys.svg"), "Memory beside the rows, gradients counted", "MB", sides.Select(side => (side.Key, side.Value.Megabytes)));
        }

        return "| K | side | median ms | range | more MB | n |\n|--:|---|--:|--:|--:|--:|\n" + string.Join('\n', lines) + "\n";
    }

    /// <summary>Prints the megabytes that one side's first call takes at most beside what this process holds: the gradients, and whatever it works in.</summary>
    /// <param name="name">The side.</param>
    /// <param name="count">K.</param>
    public static void PrintMemory(string name, int count)
    {
        using Contenders contenders = new();
        AddSides(contenders, !name.StartsWith("Ours", StringComparison.Ordinal), count, only: name);

        // What making the rows has left is no part of it, nor is the most memory that making them took: 5 sets that back to what is held now.
        GC.Collect();
        File.WriteAllText("/proc/self/clear_refs", "5");
        long before = Kilobytes("VmRSS:");
        contenders.All.Single().Work();
        long taken = Kilobytes("VmHWM:") - before;

        // libtorch makes its gradients in the call; ours are given to it, and had their memory before.
        if (contenders.All.Single().IsOurs) taken += (count + (2L * Rows)) * Dimension * sizeof(float) >> 10;
        Console.WriteLine(Text($"{taken >> 10}"));
    }

    private static long Kilobytes(string name) => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static void AddSides(Contenders contenders, bool libtorch, int count, string? only = null)
    {
        Numbers queries = Numbers.Units(1, Rows, Dimension), positives = Numbers.Units(2, Rows, Dimension), keys = Numbers.Units(3, count, Dimension);
        foreach (Fixture fixture in contenders.Ours().Where(fixture => only is null || fixture.Name == only))
        {
            Tensor q = fixture.Take(queries), p = fixture.Take(positives), k = fixture.Take(keys), loss = fixture.Zeros(Rows), logSumExp = fixture.Zeros(Rows);
            ContrastiveGradients gradients = new(fixture.Zeros(Rows, Dimension), fixture.Zeros(count, Dimension), fixture.Zeros(Rows, Dimension));
            contenders.Add(fixture.Name, () => fixture.Ops.ContrastiveLoss(new ContrastiveBatch(q, k) { Positives = p }, new ContrastiveSettings(Temperature), loss, logSumExp, gradients));
        }

        foreach (PeerForm form in libtorch ? PeerForm.OfMatrices.Where(form => only is null || form.ToString() == only) : [])
        {
            torch.Tensor q = contenders.Copy(queries, form), p = contenders.Copy(positives, form), k = contenders.Copy(keys, form);
            torch.Tensor targets = contenders.Keep(torch.zeros(Rows, torch.int64));
            (q.requires_grad, p.requires_grad, k.requires_grad) = (true, true, true);
            contenders.Add(form.ToString(), () =>
            {
                using DisposeScope scope = torch.NewDisposeScope();
                torch.Tensor logits = torch.cat([(q * p).sum(1, keepdim: true), torch.mm(q, k.t())], 1) / Temperature;
                torch.autograd.grad([functional.cross_entropy(logits, targets)], [q, p, k]);
            });
        }
    }

    /// <summary>In a process that has held little before: the most memory that one ever held only grows.</summary>
    private static double MemoryInAnotherProcess(string name, int count) =>
        double.Parse(OwnProcess.Run(MemoryOption, name, count.ToString(CultureInfo.InvariantCulture)).Output, CultureInfo.InvariantCulture);

    private static void Write(string path, string title, string unit, IEnumerable<(string Name, double[] Values)> sides)
    {
        double[] counts = [.. Counts.Select(count => (double)count)];
        Figure figure = new(title, new("K, keys", IsLogarithmic: true), new(unit, IsLogarithmic: true), [.. sides.Select(side => new Series(side.Name.Replace("Ours", "NegSamples", StringComparison.Ordinal), counts, side.Values))]);
        File.WriteAllText(path, Charts.Lines(figure, 480, 360));
    }

    private static double[] Missing()
    {
        double[] values = new double[Counts.Length];
        Array.Fill(values, double.NaN);
        return values;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
