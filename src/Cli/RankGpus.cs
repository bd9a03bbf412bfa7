using System.Diagnostics;
using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>What <c>negsamples doctor</c> tells of the GPUs of ranks: which each has, what they exchange by, and whether that adds up.</summary>
internal static class RankGpus
{
    private const int Rounds = 20;

    /// <summary>Prints it. All ranks take part; where none sees a GPU, nothing is said beside the machine's own line.</summary>
    /// <param name="terminal">Of which the first rank's prints.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="open">Opens this rank's GPU, or says why it has none.</param>
    /// <param name="join">Spreads a GPU's operations over the ranks; why not by NCCL, empty where it is.</param>
    /// <param name="numbers">How many numbers of each rank to add up.</param>
    public static void Print(Terminal terminal, Collective ranks, Func<GpuSearch> open, Func<CudaOps, string> join, int numbers)
    {
        (CudaOps? gpu, string reason, int seen, _) = open();
        using (gpu)
        {
            string[] gpus = RankText.Gather(ranks, gpu?.DeviceName ?? $"none: {reason}");
            int with = (int)ranks.Sum(gpu is null ? 0 : 1);
            if (ranks.Sum(seen) == 0) return;
            for (int rank = 0; rank < ranks.Size; rank++) terminal.Say($"GPU     of rank {rank}: {gpus[rank]}");
            if (gpu is null || with < ranks.Size)
            {
                terminal.Say($"Ranks compute on GPUs where each has one; here {with} of {ranks.Size} have.");
                return;
            }

            gpu.RequireOwnGpu(ranks);
            string why = join(gpu);
            terminal.Say($"NCCL    {(why.Length == 0 ? gpu.ExchangeDescription : $"none: {why}")}");
            using Arena arena = gpu.CreateArena("gradients", (long)numbers * sizeof(float));
            Tensor x = arena.Take(numbers);
            int right = (int)ranks.Sum(IsRight(gpu, x) ? 1 : 0);
            double[] times = [.. Enumerable.Range(0, Rounds).Select(_ => Milliseconds(gpu, x)).Order()];
            string held = FormattableString.Invariant($"right on {right} of {Counted.Of(ranks.Size, "rank")}");
            terminal.Say($"Sum     of {numbers * 4e-6:F0} MB between GPUs by {gpu.ExchangeDescription}: {held}, {times[Rounds / 2]:F1} ms (median of {Rounds})");
        }
    }

    /// <summary>Whether the sum of 1 of the first rank, 2 of the second and so on is that everywhere.</summary>
    private static bool IsRight(CudaOps gpu, Tensor x)
    {
        float[] values = new float[x.Count];
        Array.Fill(values, gpu.Collective.Rank + 1);
        gpu.Upload<float>(values, x);
        gpu.SumOverRanks(x);
        gpu.Download<float>(x, values);
        return !values.AsSpan().ContainsAnyExcept(gpu.Collective.Size * (gpu.Collective.Size + 1) / 2);
    }

    private static double Milliseconds(CudaOps gpu, Tensor x)
    {
        gpu.Collective.Barrier();
        long start = Stopwatch.GetTimestamp();
        gpu.SumOverRanks(x);
        gpu.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
