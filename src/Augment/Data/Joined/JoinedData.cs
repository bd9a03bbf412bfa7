using NegSamples.Files;

namespace NegSamples.Augment.Data.Joined;

/// <summary>Opens several data sets as one: their training images together, and the test split of the first that has one.</summary>
internal static class JoinedData
{
    /// <summary>The kind of data sets of different kinds.</summary>
    public const string MixedKind = "mixed";

    /// <summary>Opens them.</summary>
    /// <param name="data">All paths as the user wrote them.</param>
    /// <param name="paths">The paths.</param>
    /// <param name="kind">Their kind; null or <see cref="MixedKind"/> finds out that of each.</param>
    /// <param name="request">What else is asked; a held-out share is that of the first.</param>
    /// <exception cref="BadDataException">One cannot be read, or they do not fit together.</exception>
    /// <exception cref="DataRequestException">They cannot give what is asked.</exception>
    public static ImageData Open(string data, IReadOnlyList<string> paths, string? kind, DataRequest request)
    {
        if (paths.Any(string.IsNullOrWhiteSpace))
            throw new BadDataException($"{data} names nothing before or after a semicolon; expected paths with semicolons between them.");
        if (paths.Distinct(StringComparer.Ordinal).Count() < paths.Count) throw new BadDataException($"{data} names a data set twice; expected each once.");
        if (request.SkipBad > 0)
            throw new DataRequestException(FormattableString.Invariant($"`skipBad` is {request.SkipBad}; expected 0 for several data sets."));
        List<ImageData> parts = [];
        try
        {
            foreach (string path in paths)
                parts.Add(DataSets.Open(path, kind == MixedKind ? null : kind, parts.Count == 0 ? request : request with { TestShare = 0 }));
            return Join(paths, parts);
        }
        catch
        {
            foreach (ImageData part in parts) part.Dispose();
            throw;
        }
    }

    private static ImageData Join(IReadOnlyList<string> paths, List<ImageData> parts)
    {
        IReadOnlyList<string> classes = parts[0].Train.ClassNames;
        JoinedSet train = new([.. parts.Select(part => part.Train)], classes);
        int tested = parts.FindIndex(part => part.Test is not null);
        List<string> warnings = [.. parts.SelectMany(part => part.Warnings)];
        IImageSet? test = tested < 0 ? null : tested == 0 ? parts[0].Test : new JoinedSet([parts[tested].Test!], classes);
        if (tested >= 0) warnings.Add($"The test split is that of {paths[tested]}, the first that has one.");
        string[] kinds = [.. parts.Select(part => part.Kind).Distinct()];
        return new ImageData(kinds.Length == 1 ? kinds[0] : MixedKind, train, test, warnings, new Together(parts));
    }
}
