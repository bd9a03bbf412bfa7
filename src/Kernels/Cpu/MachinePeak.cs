using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels.Cpu;

/// <summary>What this machine can do at most, measured when first asked for: multiply-adds from registers, and a triad over memory.</summary>
/// <remarks>
/// All are the best of several short rounds, for noise only ever takes away. They belong to the run that measured them: clocks and neighbours change.
/// </remarks>
public static unsafe class MachinePeak
{
    // About 8 ms a round: long against the threads' waking, short enough to fall between two interruptions at times.
    private const int Multiplications = 5_000_000;
    private const int Chains = 12; // two units times a latency of four to five cycles leave none of them idle

    /// <summary>Rounds that a peak is the best of.</summary>
    internal const int Rounds = 9;

    private const long TriadFloats = 32L << 20; // three arrays of 128 MiB: beyond every cache

    private static readonly Lazy<double> OneThread = new(() => Best(1));
    private static readonly Lazy<double> Triad = new(MeasureTriad);
    private static double allThreads, bFloat16;

    /// <summary>Multiply-adds of one thread, two FLOPs each, in GFLOP/s.</summary>
    public static double GflopsOfOneThread => OneThread.Value;

    /// <summary>The same of one thread per core, in GFLOP/s.</summary>
    public static double Gflops
    {
        get
        {
            if (allThreads == 0) allThreads = Best(Environment.ProcessorCount);
            return allThreads;
        }
    }

    /// <summary>Multiply-adds of bfloat16 by the processor's own instructions on one thread per core, in GFLOP/s; 0 where there are none.</summary>
    public static double BFloat16Gflops
    {
        get
        {
            if (bFloat16 == 0 && MachineCodeSupport.IsThere) bFloat16 = Enumerable.Range(0, Rounds).Max(_ => MeasureBFloat16(Environment.ProcessorCount));
            return bFloat16;
        }
    }

    /// <summary>One round of bfloat16 on so many threads, in GFLOP/s; 0 where there are no instructions for it.</summary>
    /// <param name="threads">Threads, at least 1.</param>
    public static double MeasureBFloat16(int threads)
    {
        if (!MachineCodeSupport.IsThere) return 0;
        const double flops = 2.0 * 2 * 16 * TileWriter.ChainsOfPeak * Multiplications;
        return threads * flops / Together(threads, _ => GeneratedTiles.Peak(Multiplications)) / 1e9;
    }

    /// <summary>a = b + s·c over arrays larger than the caches on all cores, 12 bytes an element, in GB/s.</summary>
    public static double GigabytesPerSecond => Triad.Value;

    /// <summary>The best of several rounds on so many threads, in GFLOP/s.</summary>
    /// <param name="threads">Threads, at least 1. More than there are cores share them.</param>
    public static double Best(int threads) => Enumerable.Range(0, Rounds).Max(_ => Measure(threads));

    /// <summary>One round on so many threads, in GFLOP/s: for comparisons that alternate peak and product.</summary>
    /// <param name="threads">Threads, at least 1.</param>
    public static double Measure(int threads) => threads * MultiplyAddFlops / Together(threads, _ => MultiplyAdds()) / 1e9;

    /// <summary>Takes another round into <see cref="Gflops"/>: a run of minutes may begin while a neighbour works and end when it does not.</summary>
    internal static void Refresh() => allThreads = Math.Max(Gflops, Measure(Environment.ProcessorCount));

    private static double MultiplyAddFlops => 2.0 * Multiplications * Chains * Lanes;

    private static int Lanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    private static double MeasureTriad()
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)(3 * TriadFloats * sizeof(float)), 64);
        new Span<byte>(memory, checked((int)(3 * TriadFloats * sizeof(float)))).Fill(1);
        int threads = Environment.ProcessorCount;
        long share = TriadFloats / threads;
        double best = Enumerable.Range(0, Rounds).Min(_ => Together(threads, thread =>
        {
            float* a = memory + (thread * share);
            Add(a, a + TriadFloats, a + (2 * TriadFloats), share);
        }));
        NativeMemory.AlignedFree(memory);
        return 12.0 * share * threads / best / 1e9;
    }

    /// <summary>Seconds from a common start until the last thread is done.</summary>
    /// <remarks>Each thread does the work once before the start: a new thread shares its maker's core until the system has moved it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Together(int threads, Action<int> work)
    {
        using Barrier start = new(threads);
        Thread[] others = Enumerable.Range(1, threads - 1).Select(thread => new Thread(() =>
        {
            work(thread);
            start.SignalAndWait();
            work(thread);
        })).ToArray();
        foreach (Thread thread in others) thread.Start();
        work(0);
        start.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        work(0);
        foreach (Thread thread in others) thread.Join();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* a, float* b, float* c, long count)
    {
        Vector512<float> scale = Vector512.Create(0.5f);
        for (long i = 0; i + 16 <= count; i += 16)
        {
            Vector512<float> sum = Vector512.FusedMultiplyAdd(Vector512.Load(c + i), scale, Vector512.Load(b + i));
            sum.Store(a + i);
        }
    }

    // The three differ in the type alone; the JIT keeps the chains in registers only as scalar locals of a concrete vector type.
    private static float MultiplyAdds() => Vector512.IsHardwareAccelerated ? Chains512() : Vector256.IsHardwareAccelerated ? Chains256() : Chains128();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Chains512()
    {
        Vector512<float> scale = Vector512.Create(0.999f), shift = Vector512.Create(0.001f);
        Vector512<float> c0 = shift, c1 = shift, c2 = shift, c3 = shift;
        Vector512<float> c4 = shift, c5 = shift, c6 = shift, c7 = shift;
        Vector512<float> c8 = shift, c9 = shift, c10 = shift, c11 = shift;
        for (int i = 0; i < Multiplications; i++)
        {
            c0 = Vector512.FusedMultiplyAdd(c0, scale, shift);
            c1 = Vector512.FusedMultiplyAdd(c1, scale, shift);
            c2 = Vector512.FusedMultiplyAdd(c2, scale, shift);
            c3 = Vector512.FusedMultiplyAdd(c3, scale, shift);
            c4 = Vector512.FusedMultiplyAdd(c4, scale, shift);
            c5 = Vector512.FusedMultiplyAdd(c5, scale, shift);
            c6 = Vector512.FusedMultiplyAdd(c6, scale, shift);
            c7 = Vector512.FusedMultiplyAdd(c7, scale, shift);
            c8 = Vector512.FusedMultiplyAdd(c8, scale, shift);
            c9 = Vector512.FusedMultiplyAdd(c9, scale, shift);
            c10 = Vector512.FusedMultiplyAdd(c10, scale, shift);
            c11 = Vector512.FusedMultiplyAdd(c11, scale, shift);
        }

        return Vector512.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Chains256()
    {
        Vector256<float> scale = Vector256.Create(0.999f), shift = Vector256.Create(0.001f);
        Vector256<float> c0 = shift, c1 = shift, c2 = shift, c3 = shift;
        Vector256<float> c4 = shift, c5 = shift, c6 = shift, c7 = shift;
        Vector256<float> c8 = shift, c9 = shift, c10 = shift, c11 = shift;
        for (int i = 0; i < Multiplications; i++)
        {
            c0 = Vector256.FusedMultiplyAdd(c0, scale, shift);
            c1 = Vector256.FusedMultiplyAdd(c1, scale, shift);
            c2 = Vector256.FusedMultiplyAdd(c2, scale, shift);
            c3 = Vector256.FusedMultiplyAdd(c3, scale, shift);
            c4 = Vector256.FusedMultiplyAdd(c4, scale, shift);
            c5 = Vector256.FusedMultiplyAdd(c5, scale, shift);
            c6 = Vector256.FusedMultiplyAdd(c6, scale, shift);
            c7 = Vector256.FusedMultiplyAdd(c7, scale, shift);
            c8 = Vector256.FusedMultiplyAdd(c8, scale, shift);
            c9 = Vector256.FusedMultiplyAdd(c9, scale, shift);
            c10 = Vector256.FusedMultiplyAdd(c10, scale, shift);
            c11 = Vector256.FusedMultiplyAdd(c11, scale, shift);
        }

        return Vector256.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Chains128()
    {
        Vector128<float> scale = Vector128.Create(0.999f), shift = Vector128.Create(0.001f);
        Vector128<float> c0 = shift, c1 = shift, c2 = shift, c3 = shift;
        Vector128<float> c4 = shift, c5 = shift, c6 = shift, c7 = shift;
        Vector128<float> c8 = shift, c9 = shift, c10 = shift, c11 = shift;
        for (int i = 0; i < Multiplications; i++)
        {
            c0 = Vector128.FusedMultiplyAdd(c0, scale, shift);
            c1 = Vector128.FusedMultiplyAdd(c1, scale, shift);
            c2 = Vector128.FusedMultiplyAdd(c2, scale, shift);
            c3 = Vector128.FusedMultiplyAdd(c3, scale, shift);
            c4 = Vector128.FusedMultiplyAdd(c4, scale, shift);
            c5 = Vector128.FusedMultiplyAdd(c5, scale, shift);
            c6 = Vector128.FusedMultiplyAdd(c6, scale, shift);
            c7 = Vector128.FusedMultiplyAdd(c7, scale, shift);
            c8 = Vector128.FusedMultiplyAdd(c8, scale, shift);
            c9 = Vector128.FusedMultiplyAdd(c9, scale, shift);
            c10 = Vector128.FusedMultiplyAdd(c10, scale, shift);
            c11 = Vector128.FusedMultiplyAdd(c11, scale, shift);
        }

        return Vector128.Sum(c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11);
    }
}
