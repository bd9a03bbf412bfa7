using System.Globalization;
using NegSamples.Files;

namespace NegSamples.Study.Foreign;

/// <summary>A training and a test split of one encoder's features.</summary>
public sealed class ForeignPair : IDisposable
{
    private ForeignPair(ForeignSplit train, ForeignSplit test)
    {
        (Train, Test) = (train, test);
        Classes = Math.Max(train.Classes, test.Classes);
    }

    /// <summary>The training split.</summary>
    public ForeignSplit Train { get; }

    /// <summary>The test split.</summary>
    public ForeignSplit Test { get; }

    /// <summary>C: the greatest label of both and one.</summary>
    public int Classes { get; }

    /// <summary>Opens both.</summary>
    /// <param name="train">Where the training split is.</param>
    /// <param name="test">Where the test split is.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="ForeignSplit.Open"/>, or the dimensions differ.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ForeignPair Open(ForeignPaths train, ForeignPaths test, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ForeignSplit first = ForeignSplit.OpenUnchecked(train);
        ForeignSplit? second = null;
        try
        {
            second = ForeignSplit.OpenUnchecked(test);
            if (first.Dimension != second.Dimension)
                throw new BadDataException(string.Create(CultureInfo.InvariantCulture,
                    $"{first.Paths.Features} has {Counted.Of(first.Dimension, "feature")} a sample, {second.Paths.Features} {second.Dimension}; ")
                    + "expected both from one encoder.");
            ForeignSplit.RequireZero(first, second);
            first.CheckNumbers(stop);
            second.CheckNumbers(stop);
            return new ForeignPair(first, second);
        }
        catch
        {
            first.Dispose();
            second?.Dispose();
            throw;
        }
    }

    /// <summary>What a split has of each class, each at least 1.</summary>
    /// <param name="split">The split.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="what">What needs them, as the subject of a sentence: "the bounds need".</param>
    /// <exception cref="BadDataException">A class has no sample.</exception>
    internal static int[] Sizes(ForeignSplit split, int classes, string what)
    {
        int[] sizes = split.Sizes(classes);
        return NoteOfGaps(split, sizes) is { } note ? throw new BadDataException($"{note}; {what} one of each. Number the classes without a gap.") : sizes;
    }

    /// <summary>The classes without a sample in words; null where there is none.</summary>
    internal static string? NoteOfGaps(ForeignSplit split, int[] sizes)
    {
        int[] empty = [.. Enumerable.Range(0, sizes.Length).Where(c => sizes[c] == 0)];
        if (empty.Length == 0) return null;
        string some = string.Join(", ", empty.Take(5)) + (empty.Length > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {empty.Length - 5} more") : "");
        return string.Create(CultureInfo.InvariantCulture,
            $"{split.Paths.Labels}: of the {Counted.Of(sizes.Length, "class")} (the greatest label and one), {Counted.Noun(empty.Length, "class")} {some} ")
            + $"{(empty.Length == 1 ? "has" : "have")} no sample";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Test.Dispose();
    }
}
