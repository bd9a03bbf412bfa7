using NegSamples.Files.Arrays;

namespace NegSamples.Files.Weights;

/// <summary>A tensor of a file of weights.</summary>
/// <param name="Group">The dictionary in the file that has it, "state_dict" or "optimizer/state"; empty for the outermost.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">Its axes; none for a single number.</param>
internal sealed record WeightEntry(string Group, string Name, NumberType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Its numbers, of which a file may claim any.</summary>
    public Int128 Count => Shape.Aggregate((Int128)1, (product, axis) => product * axis);

    /// <summary>The shape in words: "[64, 3, 7, 7]".</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
