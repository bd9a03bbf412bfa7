namespace NegSamples.Theory.Coverage;

/// <summary>The Markov chain of the number of distinct classes among uniform draws.</summary>
internal static class OccupancyRecursion
{
    /// <summary>Work C·n up to which the chain is the method of choice: a few milliseconds.</summary>
    public const long LargestWork = 4_000_000;

    /// <summary>P(j distinct classes after n draws) for j = 0..C:
    /// <c>p_j(n + 1) = p_j(n)·j/C + p_(j−1)(n)·(C − j + 1)/C</c>, positive terms only, error of a few n·2⁻⁵³ at worst.</summary>
    public static double[] Distribution(int classes, int draws)
    {
        double[] distinct = new double[classes + 1];
        distinct[0] = 1;
        for (int draw = 1; draw <= draws; draw++)
        {
            for (int j = Math.Min(draw, classes); j > 0; j--)
                distinct[j] = ((distinct[j] * j) + (distinct[j - 1] * (classes - j + 1))) / classes;
            distinct[0] = 0;
        }

        return distinct;
    }
}
