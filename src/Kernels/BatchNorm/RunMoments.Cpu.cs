using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Merges the moments of runs of rows in their order, in double (Chan, Golub and LeVeque 1983).</summary>
/// <remarks>
/// Some channels side by side: the divisions of one alone would take longer than the sums that they merge. A channel's bits are the same either way.
/// </remarks>
internal static unsafe class RunMoments
{
    /// <summary>Puts down mean and squares about it of every channel.</summary>
    /// <param name="partials">[runs, 2, channels]: each run's mean and squares about that mean.</param>
    /// <param name="runs">How many.</param>
    /// <param name="rowsPerRun">Rows of each but the last.</param>
    /// <param name="rows">Rows in all.</param>
    /// <param name="channels">C.</param>
    /// <param name="over">Receives both numbers of every channel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(float* partials, int runs, int rowsPerRun, int rows, int channels, RankSums over)
    {
        int c = 0, width = Vector<double>.Count;
        for (; c + (2 * width) <= channels; c += 2 * width)
        {
            Vector<double> centre = default, squares = default, nextCentre = default, nextSquares = default;
            double count = 0;
            for (int run = 0; run < runs; run++)
            {
                double n = Math.Min(rowsPerRun, rows - (run * rowsPerRun));
                float* mean = partials + (2L * run * channels) + c;
                Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(mean), out Vector<double> means, out Vector<double> nextMeans);
                Vector.Widen(Unsafe.ReadUnaligned<Vector<float>>(mean + channels), out Vector<double> about, out Vector<double> nextAbout);
                (centre, squares) = Merged(centre, squares, means, about, count, n);
                (nextCentre, nextSquares) = Merged(nextCentre, nextSquares, nextMeans, nextAbout, count, n);
                count += n;
            }

            for (int lane = 0; lane < width; lane++)
            {
                over.Put(c + lane, centre[lane], squares[lane]);
                over.Put(c + width + lane, nextCentre[lane], nextSquares[lane]);
            }
        }

        for (; c < channels; c++)
        {
            double centre = 0, squares = 0, count = 0;
            for (int run = 0; run < runs; run++)
            {
                double n = Math.Min(rowsPerRun, rows - (run * rowsPerRun));
                float* mean = partials + (2L * run * channels) + c;
                double difference = mean[0] - centre;
                squares += mean[channels] + (difference * difference * count * n / (count + n));
                centre += difference * n / (count + n);
                count += n;
            }

            over.Put(c, centre, squares);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<double> Centre, Vector<double> Squares) Merged(
        Vector<double> centre, Vector<double> squares, Vector<double> means, Vector<double> about, double count, double n)
    {
        Vector<double> difference = means - centre, all = new(count + n);
        return (centre + (difference * n / all), squares + (about + (difference * difference * count * n / all)));
    }
}
