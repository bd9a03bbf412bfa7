using NegSamples.Files.Arrays;

namespace NegSamples.Files.Weights;

/// <summary>The weights of a .safetensors.</summary>
internal sealed class SafetensorsWeights : WeightsFile
{
    private readonly Dictionary<WeightEntry, SafetensorsPlace> places = new(ReferenceEqualityComparer.Instance);
    private readonly List<WeightEntry> entries = [];
    private readonly long start;

    public SafetensorsWeights(string path)
    {
        (IReadOnlyList<SafetensorsPlace> tensors, start) = SafetensorsFile.ReadHeader(path);
        foreach (SafetensorsPlace place in tensors)
        {
            WeightEntry entry = new("", place.Name, place.Type.ToNumberType(), [.. place.Shape.Select(axis => (long)axis)]);
            entries.Add(entry);
            places.Add(entry, place);
        }
    }

    public override IReadOnlyList<WeightEntry> Entries => entries;

    // The header was held against the file as it was opened.
    protected override void Check(WeightEntry entry)
    {
        SafetensorsPlace place = places[entry];
        if (place.End - place.Start > Array.MaxLength) throw new BadDataException($"{Path}: {entry.Name} has {Counted.Of(place.End - place.Start, "byte")}; expected {Array.MaxLength} at most.");
    }

    protected override void Read(WeightEntry entry, Span<float> values)
    {
        SafetensorsPlace place = places[entry];
        byte[] bytes = new byte[place.End - place.Start]; // as many as the file has, by its header
        using FileStream stream = RegularFile.Open(Path);
        stream.Position = start + place.Start;
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new BadDataException($"{Path}: {entry.Name} ends early.");
        NumberBytes.ToFloats(bytes, entry.Type, isBigEndian: false, values);
    }
}
