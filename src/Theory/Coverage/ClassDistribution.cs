namespace NegSamples.Theory.Coverage;

/// <summary>The distribution ρ of the classes that independent draws follow.</summary>
public sealed class ClassDistribution : IEquatable<ClassDistribution>
{
    private readonly double[]? probabilities;

    private ClassDistribution(SizeGroups groups, int count, bool isUniform, double[]? probabilities)
    {
        this.probabilities = probabilities;
        Groups = groups;
        Count = count;
        IsUniform = isUniform;
    }

    /// <summary>Number of classes C, impossible ones included.</summary>
    public int Count { get; }

    /// <summary>Whether every class has probability 1/C.</summary>
    public bool IsUniform { get; }

    /// <summary>Whether some class has probability 0, so that no number of draws covers all.</summary>
    public bool HasImpossibleClass => Groups.Classes < Count;

    /// <summary>ρ_c of one class.</summary>
    /// <param name="label">c, from 0, in the order of the weights.</param>
    public double Probability(int label) => probabilities?[label] ?? 1.0 / Count;

    /// <summary>The probabilities above 0.</summary>
    internal SizeGroups Groups { get; }

    /// <summary>The same, with computations that can be ended.</summary>
    internal ClassDistribution StoppedBy(CancellationToken stop) => new(Groups.StoppedBy(stop), Count, IsUniform, probabilities);

    /// <summary>Every class has probability 1/C.</summary>
    /// <param name="count">C, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no class.</exception>
    public static ClassDistribution Uniform(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new(SizeGroups.Of(1.0 / count, count), count, true, null);
    }

    /// <summary>The classes have these probabilities, or probabilities in proportion to these weights (class counts, for example).</summary>
    /// <param name="weights">[C], finite, at least 0, not all 0.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public static ClassDistribution Proportional(ReadOnlySpan<double> weights)
    {
        double total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0) || double.IsInfinity(weights[i]))
                throw new ArgumentException($"weights[{i}] is {weights[i]}; expected a finite number of at least 0.", nameof(weights));
            total += weights[i];
        }

        if (!(total > 0) || double.IsInfinity(total)) throw new ArgumentException($"weights sum to {total}; expected a finite sum above 0.", nameof(weights));
        double[] probabilities = [.. weights.ToArray().Select(weight => weight / total)];
        SizeGroups groups = SizeGroups.Of(probabilities.Where(probability => probability > 0));
        bool uniform = groups.Sizes.Length == 1 && groups.Classes == weights.Length;
        return uniform ? Uniform(weights.Length) : new(groups, weights.Length, false, probabilities);
    }

    /// <summary>The other classes where one of this probability is left out, in proportion; at least 2 classes, none of them impossible.</summary>
    internal ClassDistribution Without(double rho)
    {
        if (IsUniform) return Uniform(Count - 1);
        List<double> others = [];
        bool left = false;
        for (int i = 0; i < Groups.Sizes.Length; i++)
        {
            for (int j = 0; j < Groups.Multiplicities[i]; j++)
            {
                if (!left && Groups.Sizes[i] == rho) left = true;
                else others.Add(Groups.Sizes[i]);
            }
        }

        return Proportional([.. others]);
    }

    /// <summary>Whether both are the same probabilities in the same order.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(ClassDistribution? other) => other is not null && Count == other.Count && IsUniform == other.IsUniform
        && (IsUniform || probabilities.AsSpan().SequenceEqual(other.probabilities));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClassDistribution);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, IsUniform, probabilities?[0]);
}
