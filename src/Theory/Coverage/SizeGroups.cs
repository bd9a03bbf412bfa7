namespace NegSamples.Theory.Coverage;

/// <summary>Classes of equal size taken together: sizes are probabilities or counts, all above 0 and ascending.</summary>
internal sealed class SizeGroups
{
    private SizeGroups(double[] sizes, int[] multiplicities)
    {
        Sizes = sizes;
        Multiplicities = multiplicities;
        for (int i = 0; i < sizes.Length; i++)
        {
            Total += sizes[i] * multiplicities[i];
            Classes += multiplicities[i];
        }
    }

    public double[] Sizes { get; }

    public int[] Multiplicities { get; }

    public int Classes { get; }

    /// <summary>Ends a computation over these sizes.</summary>
    public CancellationToken Stop { get; private init; }

    /// <summary>The same sizes, over which computations can be ended.</summary>
    public SizeGroups StoppedBy(CancellationToken stop) => new(Sizes, Multiplicities) { Stop = stop };

    public double Total { get; }

    public static SizeGroups Of(double size, int classes) => new([size], [classes]);

    public static SizeGroups Of(IEnumerable<double> sizes)
    {
        double[] sorted = [.. sizes.Order()];
        List<double> distinct = [];
        List<int> multiplicities = [];
        foreach (double size in sorted)
        {
            if (distinct.Count > 0 && distinct[^1] == size)
            {
                multiplicities[^1]++;
                continue;
            }

            distinct.Add(size);
            multiplicities.Add(1);
        }

        return new([.. distinct], [.. multiplicities]);
    }

    /// <summary>Σ over all classes of a function of the size, small classes first.</summary>
    public double Sum(Func<double, double> term)
    {
        double sum = 0;
        for (int i = 0; i < Sizes.Length; i++)
        {
            Stop.ThrowIfCancellationRequested();
            sum += Multiplicities[i] * term(Sizes[i]);
        }

        return sum;
    }
}
