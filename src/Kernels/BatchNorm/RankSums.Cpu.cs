using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Two numbers of each channel, of every rank: what a batch norm over several ranks exchanges, in double.</summary>
internal readonly unsafe ref struct RankSums
{
    private readonly Collective collective;
    private readonly double* all;
    private readonly int channels;

    /// <summary>Lays them out.</summary>
    /// <param name="collective">The ranks.</param>
    /// <param name="memory">Has room for <see cref="Floats"/>.</param>
    /// <param name="channels">C.</param>
    public RankSums(Collective collective, float* memory, int channels)
    {
        (this.collective, this.channels) = (collective, channels);
        all = (double*)(((nint)memory + (sizeof(double) - 1)) & ~(nint)(sizeof(double) - 1));
    }

    /// <summary>Room for all ranks' numbers, as floats.</summary>
    public static long Floats(Collective collective, int channels) => 2 + (2L * collective.Size * PerRank(channels));

    /// <summary>The own numbers, for their owner to write.</summary>
    public ChannelPairs Own => Pairs(collective.Rank);

    /// <summary>Gathers everybody's numbers.</summary>
    /// <param name="rows">The own rows.</param>
    /// <returns>The rows of all ranks.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Gather(int rows)
    {
        Rows(collective.Rank) = rows;
        collective.AllGather(all, PerRank(channels) * sizeof(double));
        double sum = 0;
        for (int rank = 0; rank < collective.Size; rank++) sum += Rows(rank);
        return sum;
    }

    /// <summary>Mean and sum of squares about it over all ranks' rows, from those of each, merged in their order (Chan, Golub and LeVeque 1983).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double Mean, double Squares) Moments(int channel)
    {
        (double centre, double squares) = Pairs(0)[channel];
        double count = Rows(0);
        for (int rank = 1; rank < collective.Size; rank++)
        {
            (double mean, double about) = Pairs(rank)[channel];
            double n = Rows(rank), difference = mean - centre;
            if (n == 0) continue;
            squares += about + (difference * difference * count * n / (count + n));
            centre += difference * n / (count + n);
            count += n;
        }

        return (centre, squares);
    }

    /// <summary>Both numbers summed over the ranks in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double First, double Second) Sums(int channel)
    {
        (double first, double second) = Pairs(0)[channel];
        for (int rank = 1; rank < collective.Size; rank++)
        {
            (double ofFirst, double ofSecond) = Pairs(rank)[channel];
            first += ofFirst;
            second += ofSecond;
        }

        return (first, second);
    }

    private static long PerRank(int channels) => (2L * channels) + 1;

    private ChannelPairs Pairs(int rank) => new(Of(rank));

    /// <summary>A rank's rows, behind its numbers.</summary>
    private ref double Rows(int rank) => ref Of(rank)[2 * channels];

    private double* Of(int rank) => all + (rank * PerRank(channels));
}
