using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NegSamples.Files;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Onnx;

/// <summary>The one input of a network, which must take pictures.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Images">Images at a time; 0 for any number.</param>
/// <param name="Side">Rows and columns; 0 for any.</param>
/// <param name="Layout">The order of its axes.</param>
internal sealed record OnnxInput(string Name, int Images, int Side, string Layout)
{
    private const string Expected = "expected one input of pictures, float32 [n, 3, side, side] or [n, side, side, 3]";

    /// <summary>Reads it from the network.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="inputs">All inputs of the network.</param>
    /// <exception cref="BadDataException">There are others, or it takes no pictures.</exception>
    public static OnnxInput Of(string path, IReadOnlyDictionary<string, NodeMetadata> inputs)
    {
        if (inputs.Count != 1)
            throw new BadDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has {(inputs.Count == 0 ? "no input" : $"{Counted.Of(inputs.Count, "input")} ({string.Join(", ", inputs.Select(entry => $"{entry.Key} {Text(entry.Value)}"))})")}; {Expected}."));
        (string name, NodeMetadata value) = inputs.First();
        if (!value.IsTensor || value.ElementDataType != TensorElementType.Float || value.Dimensions is not [int images, int second, int third, int fourth])
            throw Wrong();
        if (second == 3 || (second < 0 && fourth != 3)) return new(name, Math.Max(0, images), Square(third, fourth), PixelInput.ChannelsFirst);
        return fourth == 3 ? new(name, Math.Max(0, images), Square(second, third), PixelInput.ChannelsLast) : throw Wrong();

        int Square(int height, int width) => height < 0 || width < 0 ? Math.Max(0, Math.Max(height, width)) : height == width ? height : throw Wrong();

        BadDataException Wrong() => new($"{path}: its input {name} is {Text(value)}; {Expected}.");
    }

    /// <summary>How the network wants its pixels: as its file says, or as is common; what is asked for goes before.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="said">What its file says; null for nothing.</param>
    /// <param name="asked">What was asked for.</param>
    /// <param name="notes">Receives what was taken for granted.</param>
    /// <exception cref="SettingsException">What was asked for is not what the input takes.</exception>
    public PixelInput Pixels(string path, PixelInput? said, PixelsAsked asked, ICollection<string> notes)
    {
        int size = asked.Size ?? (Side > 0 ? Side : said?.Size ?? 0);
        if (size == 0) throw new SettingsException($"{path} takes pictures of any size and does not say which it was trained with; give `size`.");
        if (Side > 0 && size != Side) throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"`size` is {size}; {path} takes {Side} x {Side} pixels."));
        if (asked.Layout is { } layout && layout != Layout)
            throw new SettingsException($"`layout` is {layout}; the input {Name} of {path} is {Layout}.");
        PixelInput pixels = new(
            size, asked.Channels ?? said?.Channels ?? PixelInput.Rgb, asked.Scale ?? said?.Scale ?? 1, asked.Mean ?? said?.Mean ?? [0, 0, 0],
            asked.Deviation ?? said?.Deviation ?? [1, 1, 1], Layout);
        if (pixels.Fault is { } fault) throw new SettingsException(fault + ".");
        if (said is null && asked is { Channels: null } or { Scale: null } or { Mean: null } or { Deviation: null })
            notes.Add($"{path} does not say how it wants its pixels, and a wrong guess costs much of what it knows; taken: {pixels}.");
        return pixels;
    }

    private static string Text(NodeMetadata value) => !value.IsTensor ? value.OnnxValueType.ToString()
        : $"{value.ElementDataType}[{string.Join(", ", value.Dimensions.Zip(value.SymbolicDimensions, (axis, name) => axis >= 0 ? axis.ToString(CultureInfo.InvariantCulture) : name.Length > 0 ? name : "?"))}]";
}
