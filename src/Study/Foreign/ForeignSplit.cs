using System.Globalization;
using System.Numerics.Tensors;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Study.Embeddings;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Foreign;

/// <summary>The features of one split that another program computed, with their labels: read where they lie, checked number by number.</summary>
/// <remarks>Float32 features in .npy or .safetensors stay in their file; of other types, column-major or in .csv they become float32 in memory.</remarks>
public sealed class ForeignSplit : IDisposable
{
    // More classes than any labelled set has; a number beyond it is rather an identifier than a class.
    private const int MostClasses = 1 << 16;

    // Lengths nearer to 1 than this are those of unit rows that were rounded to half precision.
    private const float UnitRounding = 2e-3f;

    private readonly ArrayFile[] files;
    private readonly ReadOnlyMemory<float>[] values;

    private ForeignSplit(ForeignPaths paths, ArrayFile[] files, int[] labels)
    {
        (Paths, this.files, Labels, Count) = (paths, files, labels, labels.Length);
        Dimension = (int)files[0].Shape[^1];
        Views = files.Length > 1 ? files.Length : files[0].Shape.Length == 3 ? (int)files[0].Shape[1] : 1;
        Classes = labels.Max() + 1;
        values = [.. files.Select(file => file.Floats())];
        CopiedBytes = files.Where(file => !file.LiesAsFloats).Sum(file => sizeof(float) * file.Count);
    }

    /// <summary>Where it was read.</summary>
    public ForeignPaths Paths { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>V.</summary>
    public int Views { get; }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>The greatest label and one.</summary>
    public int Classes { get; }

    /// <summary>[N].</summary>
    public int[] Labels { get; }

    /// <summary>The labels with what messages call the classes.</summary>
    internal LabelledSamples Samples => new(Paths.Features, Labels, label => label.ToString(CultureInfo.InvariantCulture));

    /// <summary>What the features take in memory because their files do not have them as float32.</summary>
    public long CopiedBytes { get; }

    /// <summary>The length of the shortest row.</summary>
    public float Shortest { get; private set; } = float.PositiveInfinity;

    /// <summary>The length of the longest row.</summary>
    public float Longest { get; private set; }

    /// <summary>Rows of zeros.</summary>
    public long ZeroRows { get; private set; }

    /// <summary>Whether there are several views and each is the same numbers as the first: nothing was augmented.</summary>
    public bool HasEqualViews { get; private set; }

    /// <summary>Whether every row has unit length, but for rounding.</summary>
    public bool IsUnit => Shortest >= 1 - UnitRounding && Longest <= 1 + UnitRounding;

    /// <summary>Opens the files and checks every number.</summary>
    /// <param name="paths">Where they are.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">A file is none of numbers, shapes do not fit, a number is not finite or a label is no class.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ForeignSplit Open(ForeignPaths paths, CancellationToken stop = default)
    {
        ForeignSplit split = OpenUnchecked(paths);
        try
        {
            RequireZero(split);
            split.CheckNumbers(stop);
            return split;
        }
        catch
        {
            split.Dispose();
            throw;
        }
    }

    /// <summary>Opens the files and reads the labels; the features are not read yet, see <see cref="CheckNumbers"/>.</summary>
    /// <param name="paths">Where they are.</param>
    /// <exception cref="BadDataException">A file is none of numbers, shapes do not fit or a label is no class.</exception>
    internal static ForeignSplit OpenUnchecked(ForeignPaths paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        List<ArrayFile> files = [];
        try
        {
            foreach (string path in paths.OfViews) files.Add(ArrayFile.OpenNamed(path));
            long samples = CheckShapes(files);
            return new ForeignSplit(paths, [.. files], ReadLabels(paths.Labels, files[0].Name, samples));
        }
        catch
        {
            foreach (ArrayFile file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses labels of which none is 0: they were counted from another number, and there would be a class too many, or there are samples of few classes alone.</summary>
    /// <param name="splits">The splits of one set.</param>
    /// <exception cref="BadDataException">None is 0.</exception>
    internal static void RequireZero(params ForeignSplit[] splits)
    {
        int[] labels = [.. splits.SelectMany(split => split.Labels).Distinct()];
        int least = labels.Min();
        if (least == 0) return;
        string files = string.Join(" and ", splits.Select(split => split.Paths.Labels).Distinct());

        // Of few samples none may be of class 0, whatever the count began with.
        throw new BadDataException(labels.Length == 1
            ? Text($"{files}: every label is {least}; expected 0 to C - 1, with samples of several classes. Give more samples.")
            : Text($"{files}: no label is 0, the least is {least}; expected 0 to C - 1. Where the classes are counted from {least}, take {least} off each label; else give samples of class 0 too."));
    }

    /// <summary>One view of one sample, as the file has it.</summary>
    /// <param name="sample">0 to N − 1.</param>
    /// <param name="view">0 to V − 1.</param>
    public ReadOnlySpan<float> Row(int sample, int view) => values.Length > 1
        ? values[view].Span.Slice(sample * Dimension, Dimension)
        : values[0].Span.Slice(((sample * Views) + view) * Dimension, Dimension);

    /// <summary>The features of a split of one view, where they lie.</summary>
    /// <param name="what">What needs them, the subject of a sentence: "an evaluation takes".</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="BadDataException">There are several views.</exception>
    internal FeatureSet OneView(string what, int classes)
    {
        if (Views > 1)
            throw new BadDataException(Text($"{Paths.Features} has {Counted.Of(Views, "view")} of each sample; {what} one: (N, D). Give one of them."));
        return new FeatureSet(values[0], Count, Dimension, Labels, classes);
    }

    /// <summary>Refuses fewer views than are needed.</summary>
    /// <param name="most">How many are needed.</param>
    /// <param name="what">What needs them, the subject of a sentence: "the bounds need".</param>
    /// <exception cref="BadDataException">There are fewer.</exception>
    internal void RequireViews(int most, string what)
    {
        if (Views < most)
            throw new BadDataException(Text(
                $"{Paths.Features} has {Views} view of each sample; {what} {most} or more, an anchor and its positive: (N, V, D), or a file for each view, ")
                + "with commas between.");
    }

    /// <summary>The samples of each class.</summary>
    /// <param name="classes">How many classes there are.</param>
    internal int[] Sizes(int classes)
    {
        int[] sizes = new int[classes];
        foreach (int label in Labels) sizes[label]++;
        return sizes;
    }

    /// <summary>What a user should know of the lengths of the rows; null where all are 1.</summary>
    /// <param name="effect">What follows, a sentence's end: "they are scaled to unit length".</param>
    internal string? NoteOfLengths(string effect) => IsUnit ? null : Text(
        $"{Paths.Features}: rows have lengths from {Shortest:G4} to {Longest:G4}{NoteOfZeros()}; {effect}.");

    private string NoteOfZeros() => ZeroRows > 0 ? Text($", {ZeroRows} of them 0, which have no direction") : "";

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ArrayFile file in files) file.Dispose();
    }

    /// <summary>How many samples there are.</summary>
    private static long CheckShapes(List<ArrayFile> files)
    {
        ArrayFile first = files[0];
        string found = Text($"{first.Name} has the shape {ShapeOf(first)}");
        if (first.Shape.Length <= 1 && IsWhole(first))
            throw new BadDataException($"{found} and whole numbers, as labels have; expected features, (N, D). Are `features` and `labels` exchanged?");
        if (files.Count > 1 ? first.Shape.Length != 2 : first.Shape.Length is not (2 or 3))
            throw new BadDataException(
                $"{found}; expected (N, D){(files.Count > 1 ? " in each file of a view" : ", or (N, V, D) with V views of each sample")}.");
        if (first.Count == 0) throw new BadDataException($"{found}; expected at least one sample with one feature.");
        foreach (ArrayFile file in files)
        {
            if (!file.Shape.SequenceEqual(first.Shape))
                throw new BadDataException(
                    $"{file.Name} has the shape {ShapeOf(file)}, {first.Name} {ShapeOf(first)}; expected views of the same samples, in the same order.");
        }

        return first.Shape[0];
    }

    private static int[] ReadLabels(string text, string features, long samples)
    {
        using ArrayFile file = ArrayFile.OpenNamed(text);
        if (file.Shape.Length != 1 && !(file.Shape.Length == 2 && file.Shape[1] == 1))
            throw new BadDataException(
                $"{file.Name} has the shape {ShapeOf(file)}, as features have; expected labels, (N), the class of each sample. "
                + "Are `features` and `labels` exchanged?");
        if (file.Count != samples)
            throw new BadDataException(Text($"{features} has {Counted.Of(samples, "sample")} and {file.Name} {Counted.Of(file.Count, "label")}; expected as many of both."));
        long[] whole = new long[samples];
        file.Read(0, whole.AsSpan());
        int[] labels = new int[samples];
        for (int i = 0; i < labels.Length; i++)
        {
            if (whole[i] is < 0 or >= MostClasses)
                throw new BadDataException(Text(
                    $"{file.Name}: the label of sample {i} is {whole[i]}; expected 0 to C - 1, with at most {Counted.Of(MostClasses, "class")}")
                    + (whole[i] < 0 ? "; leave out what has no label." : "."));
            labels[i] = (int)whole[i];
        }

        return labels;
    }

    private static bool IsWhole(ArrayFile file)
    {
        float[] some = new float[Math.Min(1000, file.Count)];
        file.Read(0, some.AsSpan());
        return some.All(value => value == MathF.Floor(value));
    }

    /// <summary>Reads all features, and refuses numbers that are not finite.</summary>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">A number is not finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal void CheckNumbers(CancellationToken stop)
    {
        long bad = 0;
        (int Sample, int View, int Feature) first = default;
        HasEqualViews = Views > 1;
        for (int sample = 0; sample < Count; sample++)
        {
            stop.ThrowIfCancellationRequested();
            for (int view = 0; view < Views; view++)
            {
                ReadOnlySpan<float> row = Row(sample, view);
                HasEqualViews = HasEqualViews && (view == 0 || row.SequenceEqual(Row(sample, 0)));
                float length = TensorPrimitives.Norm(row);
                Shortest = MathF.Min(Shortest, length);
                Longest = MathF.Max(Longest, length);
                if (length == 0) ZeroRows++;
                if (float.IsFinite(length)) continue;
                for (int d = 0; d < row.Length; d++)
                {
                    if (!float.IsFinite(row[d]) && bad++ == 0) first = (sample, view, d);
                }
            }
        }

        if (bad > 0)
            throw new BadDataException(Text(
                $"{Paths.Features} has {Counted.Of(bad, "number")} that {(bad == 1 ? "is" : "are")} not finite, the first {Row(first.Sample, first.View)[first.Feature]} in feature {first.Feature} ")
                + Text($"of sample {first.Sample}{(Views > 1 ? Text($", view {first.View}") : "")}; expected none."));
        if (!float.IsFinite(Longest))
            throw ArrayFile.RowsTooLong(Paths.Features);
    }

    private static string ShapeOf(ArrayFile file) => $"({string.Join(", ", file.Shape.ToArray())})";

    private static string Text(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);
}
