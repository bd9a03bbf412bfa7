using System.Globalization;
using System.Numerics.Tensors;
using NegSamples.Files;

namespace NegSamples.Training.Evaluation;

/// <summary>The features of a set of samples, one row a sample, with their labels.</summary>
/// <remarks>The arrays are kept, not copied; they must not change any more.</remarks>
public sealed class FeatureSet
{
    private const float NormFloor = 1e-12f; // as in the training's own normalisation
    private readonly ReadOnlyMemory<float> values;
    private readonly int[] labels;

    /// <summary>Takes features and labels.</summary>
    /// <param name="values">The features [count, dimension], row-major.</param>
    /// <param name="count">How many samples, at least 1.</param>
    /// <param name="dimension">How many features a sample has, at least 1.</param>
    /// <param name="labels">The labels [count], each 0 to classes − 1.</param>
    /// <param name="classes">How many classes there are, at least 1; a class may have no sample.</param>
    /// <exception cref="ArgumentException">A length does not fit or a label is out of range.</exception>
    /// <exception cref="BadDataException">A feature is not finite.</exception>
    public FeatureSet(float[] values, int count, int dimension, int[] labels, int classes)
        : this((values ?? throw new ArgumentNullException(nameof(values))).AsMemory(), count, dimension, labels, classes)
    {
    }

    /// <summary>Takes features that lie anywhere, as in a file that is mapped into memory, and labels.</summary>
    /// <inheritdoc cref="FeatureSet(float[], int, int, int[], int)"/>
    public FeatureSet(ReadOnlyMemory<float> values, int count, int dimension, int[] labels, int classes)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (values.Length != (long)count * dimension)
            throw new ArgumentException(Text($"values has {Counted.Of(values.Length, "element")}; expected {count} x {dimension} = {(long)count * dimension}."),
                nameof(values));
        if (labels.Length != count) throw new ArgumentException(Text($"labels has {Counted.Of(labels.Length, "element")}; expected {count}."), nameof(labels));
        for (int i = 0; i < count; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
                throw new ArgumentException(Text($"labels[{i}] is {labels[i]}; expected 0 to {classes - 1}."), nameof(labels));
        }

        ReadOnlySpan<float> all = values.Span;
        for (int i = 0; i < all.Length; i++)
        {
            if (!float.IsFinite(all[i]))
                throw new BadDataException(Text(
                    $"Feature {i % dimension} of sample {i / dimension} is {all[i]}; expected a finite number. The encoder has diverged."));
        }

        (this.values, this.labels, Count, Dimension, Classes) = (values, labels, count, dimension, classes);
    }

    /// <summary>How many samples.</summary>
    public int Count { get; }

    /// <summary>How many features a sample has.</summary>
    public int Dimension { get; }

    /// <summary>How many classes the labels may name.</summary>
    public int Classes { get; }

    /// <summary>All features, [Count, Dimension].</summary>
    public ReadOnlySpan<float> Values => values.Span;

    /// <summary>The same, where no span can be kept.</summary>
    internal ReadOnlyMemory<float> Memory => values;

    /// <summary>All labels, [Count].</summary>
    public ReadOnlySpan<int> Labels => labels;

    /// <summary>The features of one sample.</summary>
    /// <param name="sample">0 to <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<float> Row(int sample) => Rows(sample, 1);

    /// <summary>The same samples with every row scaled to unit length, <c>f / max(‖f‖₂, 1e-12)</c>.</summary>
    public FeatureSet ToUnitLength()
    {
        float[] scaled = new float[values.Length];
        for (int row = 0; row < Count; row++) ReadUnit(row, scaled.AsSpan(row * Dimension, Dimension));
        return new FeatureSet(scaled, Count, Dimension, labels, Classes);
    }

    /// <summary>Reads one row scaled to unit length.</summary>
    internal void ReadUnit(int sample, Span<float> unit)
    {
        ReadOnlySpan<float> row = Row(sample);
        TensorPrimitives.Multiply(row, 1 / MathF.Max(TensorPrimitives.Norm(row), NormFloor), unit);
    }

    /// <summary>The features of a run of samples.</summary>
    internal ReadOnlySpan<float> Rows(int first, int count) => values.Span.Slice(checked(first * Dimension), checked(count * Dimension));

    /// <summary>Refuses a test set of another dimension or another number of classes than the training set.</summary>
    internal static void CheckPair(FeatureSet train, FeatureSet test)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if (test.Dimension != train.Dimension)
            throw new ArgumentException(Text($"test has {Counted.Of(test.Dimension, "feature")} a sample; expected {train.Dimension} as in train."), nameof(test));
        if (test.Classes != train.Classes)
            throw new ArgumentException(Text($"test has {Counted.Of(test.Classes, "class")}; expected {train.Classes} as in train."), nameof(test));
    }

    private static string Text(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);
}
