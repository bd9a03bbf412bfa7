using System.Numerics;

namespace NegSamples.Tests.Theory.Coverage;

/// <summary>Coverage in exact integers.</summary>
internal static class Exact
{
    /// <summary>The number of sequences of length draws over weighted letters that use every letter, each sequence counted with the product of its weights.</summary>
    public static BigInteger CoveringSequences(int[] weights, int draws)
    {
        BigInteger[] ways = new BigInteger[draws + 1];
        ways[0] = 1;
        BigInteger[][] choose = Choose(draws);
        foreach (int weight in weights)
        {
            BigInteger[] next = new BigInteger[draws + 1];
            for (int n = 1; n <= draws; n++)
            {
                BigInteger power = 1;
                for (int k = 1; k <= n; k++)
                {
                    power *= weight;
                    next[n] += choose[n][k] * power * ways[n - k];
                }
            }

            ways = next;
        }

        return ways[draws];
    }

    /// <summary>C! S(n, C), by the alternating sum: exact in integers.</summary>
    public static BigInteger Surjections(int classes, int draws)
    {
        BigInteger sum = 0, binomial = 1;
        for (int j = 0; j <= classes; j++)
        {
            BigInteger term = binomial * BigInteger.Pow(classes - j, draws);
            sum += j % 2 == 0 ? term : -term;
            binomial = binomial * (classes - j) / (j + 1);
        }

        return sum;
    }

    /// <summary>The subsets of draws samples that have every class, of a set with these class counts.</summary>
    public static BigInteger CoveringSubsets(int[] counts, int draws)
    {
        BigInteger[] ways = new BigInteger[draws + 1];
        ways[0] = 1;
        foreach (int count in counts)
        {
            BigInteger[] next = new BigInteger[draws + 1], choose = [.. Enumerable.Range(0, count + 1).Select(k => Binomial(count, k))];
            for (int n = 1; n <= draws; n++)
                for (int k = 1; k <= Math.Min(n, count); k++) next[n] += choose[k] * ways[n - k];
            ways = next;
        }

        return ways[draws];
    }

    public static BigInteger Binomial(int n, int k)
    {
        BigInteger result = 1;
        for (int i = 0; i < k; i++) result = result * (n - i) / (i + 1);
        return k > n || k < 0 ? 0 : result;
    }

    /// <summary>The quotient to the last bit or so, also where both numbers are beyond a double.</summary>
    public static double Quotient(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.IsZero) return 0;
        int shift = (int)(denominator.GetBitLength() - numerator.GetBitLength()) + 64;
        BigInteger scaled = shift >= 0 ? (numerator << shift) / denominator : numerator / (denominator << -shift);
        return Math.ScaleB((double)scaled, -shift);
    }

    public static double LogQuotient(BigInteger numerator, BigInteger denominator)
    {
        int shift = (int)(denominator.GetBitLength() - numerator.GetBitLength()) + 64;
        BigInteger scaled = shift >= 0 ? (numerator << shift) / denominator : numerator / (denominator << -shift);
        return Math.Log((double)scaled) - (shift * Math.Log(2));
    }

    /// <summary>Equal to a relative tolerance.</summary>
    public static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected), $"{actual:R}; expected {expected:R} to {relative}");

    private static BigInteger[][] Choose(int n)
    {
        BigInteger[][] rows = new BigInteger[n + 1][];
        for (int i = 0; i <= n; i++)
        {
            rows[i] = new BigInteger[i + 1];
            for (int k = 0; k <= i; k++) rows[i][k] = k == 0 || k == i ? 1 : rows[i - 1][k - 1] + rows[i - 1][k];
        }

        return rows;
    }
}
