using System.Globalization;
using NegSamples.Files.Weights;

namespace NegSamples.Training.InitialWeights;

/// <summary>What network the names and shapes in a file are of.</summary>
internal static class EncoderShape
{
    /// <summary>The network; null where it is none of those that there are.</summary>
    /// <param name="names">The tensors by their names here.</param>
    public static EncoderKind? Of(IReadOnlyDictionary<string, WeightEntry> names)
    {
        if (names.ContainsKey("embeddings.weight")) return EncoderKind.EmbeddingBag;
        if (names.ContainsKey("conv4.weight") && !names.ContainsKey("layer1.0.conv1.weight")) return EncoderKind.ConvNet;
        bool isBottleneck = names.ContainsKey("layer1.0.conv3.weight");
        int[] blocks = [.. Enumerable.Range(1, 4).Select(group => Enumerable.Range(0, 64)
            .TakeWhile(block => names.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"layer{group}.{block}.conv1.weight"))).Count())];
        return blocks switch
        {
            [2, 2, 2, 2] when !isBottleneck => EncoderKind.ResNet18,
            [3, 4, 6, 3] => isBottleneck ? EncoderKind.ResNet50 : EncoderKind.ResNet34,
            _ => null,
        };
    }

    /// <summary>Whether a name is one of an encoder's layers, so that a network which lacks it is another one.</summary>
    public static bool IsLayer(string name) =>
        WeightNames.PartOf(name) is var part && (part.StartsWith("layer", StringComparison.Ordinal) || part.StartsWith("conv", StringComparison.Ordinal) || part.StartsWith("bn", StringComparison.Ordinal));

    /// <summary>A shape that is not what it should be, with the setting that would fit where there is one.</summary>
    public static string Disagreement(string name, WeightEntry entry, long[] expected)
    {
        string both = $"{name} is {entry.ShapeText} in the file, [{string.Join(", ", expected)}] here";
        if (name != "conv1.weight" || entry.Shape is not [_, 3, var side, _] || side == expected[2]) return both;
        string? fits = side == 7 ? NameOf(StemKind.ImageNet) : side == 3 ? $"{NameOf(StemKind.Cifar)} or {NameOf(StemKind.Paper)}" : null;
        return $"{both}: the file has another stem ({(fits is null ? "" : $"`stem` {fits} fits it; or ")}leave it out with `initWithout` conv1)";
    }

    /// <summary>What the settings call it.</summary>
    public static string NameOf(StemKind stem) => stem.ToString().ToLowerInvariant();
}
