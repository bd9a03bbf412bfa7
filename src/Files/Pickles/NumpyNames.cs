using System.Text;

namespace NegSamples.Files.Pickles;

/// <summary>What a pickle of NumPy arrays of bytes names.</summary>
/// <param name="pickleBytes">The length of the pickle: it cannot encode more text than it has.</param>
internal sealed class NumpyNames(int pickleBytes) : PickleNames
{
    private static readonly object EmptyArray = new(), ArrayOfBytes = new(), ArrayClass = new(), Type = new(), Encode = new();

    private long encoded; // bytes that were made of texts

    internal override string Expected => "plain values and NumPy arrays";

    internal override object? Find(string name) => name switch
    {
        "numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct" => EmptyArray,
        "numpy.core.numeric._frombuffer" or "numpy._core.numeric._frombuffer" => ArrayOfBytes,
        "numpy.ndarray" => ArrayClass,
        "numpy.dtype" => Type,
        "_codecs.encode" => Encode,
        _ => null,
    };

    internal override object? Call(object? named, object?[] arguments)
    {
        if (named == EmptyArray) return new PickledArray();
        if (named == Type) return new PickledType(arguments is [var type, ..] ? Pickle.AsText(type) : "");
        if (named == Encode && arguments is [string text, ..]) return Encoded(text, arguments.Length > 1 ? Pickle.AsText(arguments[1]) : "");
        if (named == ArrayOfBytes && arguments is [ReadOnlyMemory<byte> bytes, PickledType { Name: var name }, var shape, ..] && Lengths(shape) is { } axes)
            return new PickledArray { Type = name, Shape = axes, Bytes = bytes, IsColumnMajor = arguments.Length > 3 && Pickle.AsText(arguments[3]) == "F" };
        return null;
    }

    internal override bool Build(object? target, object? state)
    {
        if (target is PickledType) return true; // byte order and alignment: bytes have none
        if (target is not PickledArray array) return false;
        if (state is not object?[] { Length: 5 } fields || fields[2] is not PickledType type || fields[3] is not bool isColumnMajor)
            throw new PickleFault("the state of an array is not understood");
        array.Shape = Lengths(fields[1]) ?? throw new PickleFault("an axis is no length");
        array.Type = type.Name;
        array.IsColumnMajor = isColumnMajor;
        array.Bytes = fields[4] is ReadOnlyMemory<byte> bytes ? bytes : throw new PickleFault("an array holds no bytes");
        return true;
    }

    /// <summary>How Python 3 writes bytes in protocol 2: as the text whose Latin-1 they are.</summary>
    private ReadOnlyMemory<byte> Encoded(string text, string encoding)
    {
        if (encoding is not ("latin1" or "latin-1" or "iso-8859-1")) throw new PickleFault($"it encodes as {Pickle.Printable(encoding)}; expected latin1");
        encoded += text.Length;
        if (encoded > pickleBytes) throw new PickleFault("it encodes more text than it has");
        return Encoding.Latin1.GetBytes(text);
    }

    private sealed record PickledType(string Name);
}
