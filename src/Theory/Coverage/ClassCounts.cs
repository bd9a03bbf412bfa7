namespace NegSamples.Theory.Coverage;

/// <summary>How many samples of each class a finite set holds; batches are drawn from it without replacement.</summary>
public sealed class ClassCounts
{
    private ClassCounts(SizeGroups groups, int count)
    {
        Groups = groups;
        Count = count;
    }

    /// <summary>Number of classes C, empty ones included.</summary>
    public int Count { get; }

    /// <summary>Number of samples N.</summary>
    public int Total => (int)Groups.Total;

    /// <summary>Whether some class has no sample, so that no batch covers all.</summary>
    public bool HasEmptyClass => Groups.Classes < Count;

    /// <summary>Whether every class has equally many samples.</summary>
    public bool IsBalanced => Groups.Sizes.Length == 1 && !HasEmptyClass;

    /// <summary>The counts above 0.</summary>
    internal SizeGroups Groups { get; }

    /// <summary>The same, with computations that can be ended.</summary>
    internal ClassCounts StoppedBy(CancellationToken stop) => new(Groups.StoppedBy(stop), Count);

    /// <summary>C classes of equally many samples.</summary>
    /// <param name="count">C, at least 1.</param>
    /// <param name="perClass">Samples of each class, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the set has 2³¹ samples or more.</exception>
    public static ClassCounts Balanced(int count, int perClass)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(perClass, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)count * perClass, int.MaxValue, nameof(perClass));
        return new(SizeGroups.Of(perClass, count), count);
    }

    /// <summary>Classes of these numbers of samples.</summary>
    /// <param name="counts">[C], at least 0, not all 0.</param>
    /// <exception cref="ArgumentException">A count is negative, all are 0, or the set has 2³¹ samples or more.</exception>
    public static ClassCounts Of(ReadOnlySpan<int> counts)
    {
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] < 0) throw new ArgumentException($"counts[{i}] is {counts[i]}; expected at least 0.", nameof(counts));
            total += counts[i];
        }

        if (total is 0 or > int.MaxValue) throw new ArgumentException($"counts sum to {total}; expected 1 to {int.MaxValue}.", nameof(counts));
        return new(SizeGroups.Of(counts.ToArray().Where(count => count > 0).Select(count => (double)count)), counts.Length);
    }
}
