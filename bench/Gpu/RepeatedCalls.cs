using System.Diagnostics;

namespace NegSamples.Bench.Gpu;

/// <summary>Times work that a device does after the call has returned: a row of calls, then one wait.</summary>
internal static class RepeatedCalls
{
    private const int Rounds = 9, MostRepeats = 1000;
    private const double RoundMs = 60; // A round repeats the work until it takes about this long, so that the wait at its end does not count.

    /// <summary>Milliseconds of one call, in each round, in ascending order. The first calls, which compile, are not counted.</summary>
    public static double[] Measure(Action work, Action wait, double roundMs = RoundMs)
    {
        for (int i = 0; i < 3; i++) work();
        wait();
        int repeats = (int)Math.Clamp(roundMs / Math.Max(Once(work, wait, 1), 1e-3), 1, MostRepeats);
        double[] times = new double[Rounds];
        for (int round = 0; round < times.Length; round++) times[round] = Once(work, wait, repeats);
        Array.Sort(times);
        return times;
    }

    private static double Once(Action work, Action wait, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++) work();
        wait();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats;
    }
}
