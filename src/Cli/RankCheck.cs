using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>What <c>negsamples doctor</c> tells of ranks. All of them take part, and the first prints.</summary>
internal static class RankCheck
{
    private const int Gradients = 11_173_964; // floats of ResNet-18's parameters: 45 MB
    private const int MostRounds = 20;
    private const double Seconds = 5;

    public static void Print(Terminal terminal, Ranks ranks, CpuOps cpu)
    {
        if (ranks.Mpi is not { } mpi) return;
        double[] all = new double[2 * mpi.Size];
        mpi.AllGather([mpi.Machine, cpu.Threads], all);
        int[] hosts = [.. Enumerable.Range(0, mpi.Size).GroupBy(rank => all[2 * rank]).Select(host => host.Count())];
        int[] threads = [.. Enumerable.Range(0, mpi.Size).Select(rank => (int)all[(2 * rank) + 1])];
        int cores = Environment.ProcessorCount;
        terminal.Say($"MPI     {mpi.Description}; {mpi.Library}");
        terminal.Say($"Ranks   a host: {Range(hosts)}; threads of a rank: {Range(threads)}; cores of the first: {cores}, ranks that share them: {ranks.Sharing}");
        ranks.WarnOfCrowd(terminal, cpu.Threads);
        terminal.Say($"Faults  a null dereference is an exception on {(int)mpi.Sum(IsCaught() ? 1 : 0)} of {Counted.Of(mpi.Size, "rank")}");
        Time(terminal, mpi, cpu);
        RankGpus.Print(terminal, mpi, () => Devices.TryOpenGpu(new GpuRequest(Precision.BFloat16) { Ranks = mpi }), gpu => gpu.Join(mpi), Gradients);
    }

    private static void Time(Terminal terminal, MpiCollective mpi, CpuOps cpu)
    {
        cpu.Collective = mpi;
        using Arena arena = cpu.CreateArena("gradients", (long)Gradients * sizeof(float));
        Tensor x = arena.Take(Gradients);
        List<double> ordered = [], any = [];
        long start = Stopwatch.GetTimestamp();
        do
        {
            ordered.Add(Milliseconds(mpi, () => cpu.SumOverRanks(x)));
            any.Add(Milliseconds(mpi, () => mpi.SumInAnyOrder(x.Floats)));
        }
        while (mpi.Sum(mpi.Rank == 0 && ordered.Count < MostRounds && Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds ? 1 : 0) > 0);
        cpu.Collective = Collective.Alone;
        double inOrder = Median(ordered), inAny = Median(any);
        terminal.Say($"Sum     of {Gradients * 4e-6:F0} MB: {inOrder:F1} ms in the order of the ranks, {inAny:F1} ms by MPI_Allreduce in its own (medians of {any.Count})");
    }

    private static double Milliseconds(Collective collective, Action action)
    {
        collective.Barrier();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Range(int[] values) => values.Min() == values.Max() ? values[0].ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{values.Min()} to {values.Max()}");

    private static bool IsCaught()
    {
        try
        {
            return LengthOf(null) < 0;
        }
        catch (NullReferenceException)
        {
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string? text) => text!.Length;
}
