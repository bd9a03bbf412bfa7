using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What each rank does under a launcher. <see cref="MpirunTests"/> starts this program as ranks; alone they have nothing to do.</summary>
public unsafe class MpiRankTests
{
    private const int Gradients = 11_173_964; // ResNet-18's

    [Fact(Explicit = true)]
    public void RanksOfProcessesSumAsThreadsDo()
    {
        (MpiLibrary library, MpiCollective mpi) = Open();
        using (mpi)
        {
            foreach (long largest in new[] { 1L << 30, 1000 })
            {
                mpi.LargestPiece = largest;
                foreach (int count in new[] { 0, 1, mpi.Size - 1, mpi.Size, mpi.Size + 1, 100_003 })
                {
                    float[][] sums = ThreadCollective.Run(mpi.Size, collective => Sum(collective, Numbers(collective.Rank, count)));
                    Assert.Equal(sums[mpi.Rank], Sum(mpi, Numbers(mpi.Rank, count)));
                }

                double[] all = new double[mpi.Size * 1001];
                mpi.AllGather([.. Numbers(mpi.Rank, 1001).Select(value => (double)value)], all);
                Assert.Equal(Enumerable.Range(0, mpi.Size).SelectMany(rank => Numbers(rank, 1001)).Select(value => (double)value), all);
            }

            mpi.LargestPiece = 1L << 30;
            AnOperationSums(mpi);
            FaultsAreExceptions(library, mpi);
            Assert.Equal((mpi.Rank, mpi.Size, 0, 1), (mpi.LocalRank, mpi.LocalSize, mpi.Machine, mpi.Machines));
            float[] x = Numbers(mpi.Rank, 10_001);
            fixed (float* start = x)
            {
                float* same = start;
                for (int i = 0; i < 3; i++) mpi.Sum(same, x.Length);
                Assert.Equal(0, ManagedBytes.EachRoundOf(() => mpi.Sum(same, x.Length)));
            }

            Console.WriteLine($"{mpi.Description}: all held on rank {mpi.Rank}.");
        }
    }

    /// <summary>Rank 1 ends all while rank 0 waits for it.</summary>
    [Fact(Explicit = true)]
    public void ARankEndsAll()
    {
        (_, MpiCollective mpi) = Open();
        if (mpi.Rank == 1) mpi.Abort(5);
        mpi.Barrier();
        Assert.Fail("Nobody was ended.");
    }

    /// <summary>Medians of 20, in alternation; the environment says whether the ranks are threads of this process.</summary>
    [Fact(Explicit = true)]
    public void MeasureSums()
    {
        if (Launcher.Find() is null)
        {
            ThreadCollective.Run(2, collective => Measure(collective, null));
            return;
        }

        (_, MpiCollective mpi) = Open();
        using (mpi) Measure(mpi, mpi);
    }

    private static void Measure(Collective collective, MpiCollective? mpi)
    {
        float[] x = Numbers(collective.Rank, Gradients);
        List<double> ordered = [], any = [];
        for (int i = 0; i < 21; i++)
        {
            ordered.Add(Milliseconds(() => Sum(collective, x)));
            if (mpi is not null) any.Add(Milliseconds(() => mpi.SumInAnyOrder(x)));
        }

        if (collective.Rank == 0) Console.WriteLine($"{collective.Description}: ordered {Text(ordered)}; MPI_Allreduce {Text(any)}");

        double Milliseconds(Action action)
        {
            collective.Barrier();
            long start = Stopwatch.GetTimestamp();
            action();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        static string Text(List<double> values)
        {
            double[] sorted = [.. values.Skip(1).Order()]; // the first makes the workspace
            return sorted.Length == 0 ? "none" : string.Create(CultureInfo.InvariantCulture, $"{(sorted[9] + sorted[10]) / 2:F1} ms, {sorted[0]:F1} to {sorted[^1]:F1}");
        }
    }

    private static (MpiLibrary Library, MpiCollective Mpi) Open()
    {
        Launcher? launcher = Launcher.Find();
        Assert.SkipWhen(launcher is null, "needs mpirun; see MpirunTests");
        MpiLibrary library = MpiLibrary.Load(launcher);
        return (library, new MpiCollective(library, launcher));
    }

    private static void AnOperationSums(MpiCollective mpi)
    {
        using CpuOps ops = new(1) { Collective = mpi };
        using Arena arena = ops.CreateArena("test", 1 << 20);
        Tensor x = arena.Take(77, 13), own = arena.Take(3), all = arena.Take(3 * mpi.Size);
        Numbers(mpi.Rank, 1001).CopyTo(x.Floats);
        Numbers(mpi.Rank, 3).CopyTo(own.Floats);
        ops.SumOverRanks(x);
        ops.AllGather(own, all);
        Assert.Equal(Sum(mpi, Numbers(mpi.Rank, 1001)), x.Floats.ToArray());
        Assert.Equal(Enumerable.Range(0, mpi.Size).SelectMany(rank => Numbers(rank, 3)), all.Floats.ToArray());
    }

    private static void FaultsAreExceptions(MpiLibrary library, MpiCollective mpi)
    {
        int number = 0;
        int error = library.Broadcast((nint)(&number), 1, library.Abi.Bytes, 99, library.Abi.World);
        Assert.NotEqual(0, error);
        Assert.Contains("root", library.Describe(error), StringComparison.OrdinalIgnoreCase);
        Assert.Throws<NullReferenceException>(() => LengthOf(null));
        int zero = number - number;
        Assert.Throws<DivideByZeroException>(() => 5 / zero);
        using (Process child = Process.Start("true")) child.WaitForExit();
        Assert.Equal(mpi.Size, mpi.Sum(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string? text) => text!.Length;

    private static float[] Sum(Collective collective, float[] x)
    {
        fixed (float* start = x) collective.Sum(start, x.Length);
        return x;
    }

    private static float[] Numbers(int rank, int count)
    {
        Random random = new(200 + rank);
        float[] numbers = new float[count];
        foreach (ref float value in numbers.AsSpan()) value = (float)((random.NextDouble() * 2) - 1);
        return numbers;
    }
}
