using System.Text;
using NegSamples.Files;
using NegSamples.Files.Pickles;

namespace NegSamples.Augment.Data.Cifar;

/// <summary>Turns a file of CIFAR's Python version, a pickle, into the contents of the file of the binary version that holds the same.</summary>
internal static class CifarPython
{
    private const int Pixels = 3 * CifarLayout.Plane;

    /// <summary>The records of a file with images: its rows, each with its labels before it.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadDataException">It is no such pickle.</exception>
    public static byte[] Records(CifarLayout layout, ReadOnlyMemory<byte> file, string name)
    {
        Dictionary<string, object?> batch = Dictionary(file, name);
        if (batch.GetValueOrDefault("data") is not PickledArray data) throw Bad(name, "is a pickle that has no array 'data'", $"images in rows of {Counted.Of(Pixels, "byte")}");
        if (data.Type is not ("u1" or "|u1" or "uint8")) throw Bad(name, $"has 'data' of the type {data.Type}", "u1, bytes");
        if (data.Shape is not [var rows, Pixels] || data.Bytes.Length != rows * Pixels)
            throw Bad(name, $"has 'data' of the shape ({string.Join(", ", data.Shape)}) in {Counted.Of(data.Bytes.Length, "byte")}", $"images in rows of {Counted.Of(Pixels, "byte")}");
        byte[][] labels = [.. layout.PythonLabels.Select(key => Labels(batch, key, (int)rows, name))];
        byte[] records = new byte[rows * layout.Record];
        for (int row = 0; row < rows; row++)
        {
            Span<byte> record = records.AsSpan(row * layout.Record, layout.Record);
            for (int i = 0; i < labels.Length; i++) record[i] = labels[i][row];
            Span<byte> pixels = record[labels.Length..];
            if (!data.IsColumnMajor) data.Bytes.Span.Slice(row * Pixels, Pixels).CopyTo(pixels);
            else for (int i = 0; i < Pixels; i++) pixels[i] = data.Bytes.Span[(int)((i * rows) + row)];
        }

        return records;
    }

    /// <summary>The text of the file of class names.</summary>
    public static byte[] Names(CifarLayout layout, ReadOnlyMemory<byte> file, string name)
    {
        if (Dictionary(file, name).GetValueOrDefault(layout.PythonNamesKey) is not List<object?> list)
            throw Bad(name, $"has no list '{layout.PythonNamesKey}'", "the class names");
        return Encoding.UTF8.GetBytes(string.Join('\n', list.Select(entry => entry switch
        {
            string text => text,
            ReadOnlyMemory<byte> bytes => Encoding.UTF8.GetString(bytes.Span),
            _ => throw Bad(name, $"has another thing than text in '{layout.PythonNamesKey}'", "the class names"),
        })));
    }

    private static Dictionary<string, object?> Dictionary(ReadOnlyMemory<byte> file, string name) =>
        Pickle.Read(file, name, new NumpyNames(file.Length)) as Dictionary<string, object?> ?? throw Bad(name, "is no dictionary", "one of images and labels");

    private static byte[] Labels(Dictionary<string, object?> batch, string key, int rows, string name)
    {
        if (batch.GetValueOrDefault(key) is not List<object?> list) throw Bad(name, $"has no list '{key}'", "a label for each image");
        if (list.Count != rows) throw Bad(name, $"has {Counted.Of(list.Count, "number")} in '{key}'", $"{rows}, a label for each image");
        return [.. list.Select((value, row) => value is long and >= 0 and <= byte.MaxValue and var label ? (byte)label
            : throw Bad(name, $"has '{value}' for image {row} in '{key}'", "a label"))];
    }

    private static BadDataException Bad(string name, string found, string expected) => new($"{name} {found}; expected {expected}.");
}
