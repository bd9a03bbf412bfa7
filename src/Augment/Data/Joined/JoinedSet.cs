using NegSamples.Files;

namespace NegSamples.Augment.Data.Joined;

/// <summary>The images of several sets one behind the other, with their labels by the names of their classes.</summary>
internal sealed class JoinedSet : IImageSet
{
    private readonly IImageSet[] parts;
    private readonly int[] starts; // of each part, and the end
    private readonly int[][] labels; // of each part: its labels in those of the whole

    /// <summary>Joins sets.</summary>
    /// <param name="parts">The sets.</param>
    /// <param name="classNames">The classes in label order.</param>
    /// <exception cref="BadDataException">A set has other classes, is of texts, or there are too many images.</exception>
    public JoinedSet(IImageSet[] parts, IReadOnlyList<string> classNames)
    {
        (this.parts, ClassNames) = (parts, classNames);
        foreach (IImageSet part in parts) Check(part);
        labels = [.. parts.Select(part => part.ClassNames.SequenceEqual(classNames, StringComparer.Ordinal) ? [.. Enumerable.Range(0, classNames.Count)]
            : part.ClassNames.Select(name => Index(classNames, name)).ToArray())];
        starts = new int[parts.Length + 1];
        long end = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            end += parts[i].Count;
            if (end > Array.MaxLength) throw new BadDataException($"{Name} have more than {Counted.Of(Array.MaxLength, "image")}; expected at most that.");
            starts[i + 1] = (int)end;
        }
    }

    /// <inheritdoc/>
    public string Name => string.Join(" and ", parts.Select(part => part.Name));

    /// <inheritdoc/>
    public int Count => starts[^1];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint => parts.Length == 1 ? parts[0].Fingerprint : string.Join(" and ", parts.Select(part => $"({part.Fingerprint})"));

    /// <inheritdoc/>
    public long MaximumBytes => parts.Max(part => part.MaximumBytes);

    /// <inheritdoc/>
    public bool DecodesOnRead => parts.Any(part => part.DecodesOnRead);

    /// <inheritdoc/>
    public long CacheBytes => parts.Sum(part => part.CacheBytes);

    /// <inheritdoc/>
    public int Label(int index)
    {
        (int part, int place) = PlaceOf(index);
        return labels[part][parts[part].Label(place)];
    }

    /// <inheritdoc/>
    public string? FileOf(int index)
    {
        (int part, int place) = PlaceOf(index);
        return parts[part].FileOf(place) is not { } file ? null : parts.Length == 1 ? file : FormattableString.Invariant($"{part + 1}/{file}");
    }

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        (int part, int place) = PlaceOf(index);
        return parts[part].Read(place, ref pixels);
    }

    private (int Part, int Place) PlaceOf(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        int part = 0;
        while (index >= starts[part + 1]) part++;
        return (part, index - starts[part]);
    }

    private void Check(IImageSet part)
    {
        string first = parts[0].Name;
        if (part.Vocabulary is not null) throw new BadDataException($"{part.Name} holds texts; several data sets are joined of images alone.");
        if (part.ClassNames.Count == 0 != (ClassNames.Count == 0))
        {
            (string with, string without) = part.ClassNames.Count == 0 ? (first, part.Name) : (part.Name, first);
            throw new BadDataException($"{with} has labels and {without} has none; several data sets are joined with labels in each or in none.");
        }

        const string expected = "several data sets are joined by the names of their classes, which must be the same.";
        if (part.ClassNames.FirstOrDefault(name => Index(ClassNames, name) < 0) is { } more)
            throw new BadDataException($"{part.Name} has the class {more}, which {first} has not; {expected}");
        if (ClassNames.FirstOrDefault(name => Index(part.ClassNames, name) < 0) is { } fewer)
            throw new BadDataException($"{part.Name} has no class {fewer}, which {first} has; {expected}");
    }

    private static int Index(IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
            if (names[i] == name) return i;
        return -1;
    }
}
