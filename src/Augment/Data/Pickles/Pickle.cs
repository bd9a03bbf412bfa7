using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Pickles;

/// <summary>Reads a Python pickle of plain values and NumPy arrays of bytes (protocols 2 to 5, binary opcodes).</summary>
/// <remarks>
/// A pickle is a program that names the functions it wants called. Here none is called: the few names that NumPy's arrays need are understood by name, and any
/// other ends the reading. Bytes are not copied but point into the file; nothing is taken for a length that the file does not have.
/// </remarks>
internal sealed class Pickle
{
    private const byte Stop = (byte)'.';

    private static readonly object Mark = new();

    private readonly ReadOnlyMemory<byte> file;
    private readonly string name;
    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private int at;
    private long encoded; // bytes that were made of texts

    private Pickle(ReadOnlyMemory<byte> file, string name) => (this.file, this.name) = (file, name);

    /// <summary>
    /// The value of a pickle: null, bool, long, double, text, bytes (<see cref="ReadOnlyMemory{T}"/>), a list, a tuple (an array), a dictionary by the text
    /// of its keys, or a <see cref="PickledArray"/>.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadDataException">It is damaged, or wants something that is not allowed.</exception>
    public static object? Read(ReadOnlyMemory<byte> file, string name)
    {
        Pickle reader = new(file, name);
        while (true)
        {
            byte code = reader.Byte();
            if (code == Stop) return reader.Pop();
            reader.Do(code);
        }
    }

    private void Do(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                if (Byte() is not (2 or 3 or 4 or 5)) throw Bad("it is of a protocol that is not known; expected 2 to 5");
                break;
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': stack.Add(Mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': stack.Add(Peek()); break;
            case (byte)'N': stack.Add(null); break;
            case 0x88: stack.Add(true); break;
            case 0x89: stack.Add(false); break;
            case (byte)'K': stack.Add((long)Byte()); break;
            case (byte)'M': stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2).Span)); break;
            case (byte)'J': stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span)); break;
            case (byte)'G': stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8).Span)); break;
            case 0x8A: stack.Add(Long()); break;
            case (byte)'U' or (byte)'C': stack.Add(Take(Byte())); break;
            case (byte)'T' or (byte)'B': stack.Add(Take(Length(4))); break;
            case 0x8E or 0x96: stack.Add(Take(Length(8))); break;
            case 0x8C: stack.Add(Text(Take(Byte()))); break;
            case (byte)'X': stack.Add(Text(Take(Length(4)))); break;
            case 0x8D: stack.Add(Text(Take(Length(8)))); break;
            case (byte)']': stack.Add(new List<object?>()); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'l': stack.Add(new List<object?>(PopToMark())); break;
            case (byte)')': stack.Add(Array.Empty<object?>()); break;
            case 0x85: Tuple(1); break;
            case 0x86: Tuple(2); break;
            case 0x87: Tuple(3); break;
            case (byte)'t': stack.Add(PopToMark()); break;
            case (byte)'}': stack.Add(new Dictionary<string, object?>(StringComparer.Ordinal)); break;
            case (byte)'s':
                object? value = Pop();
                SetItems([Pop(), value]);
                break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': memo[Byte()] = Peek(); break;
            case (byte)'r': memo[Length(4)] = Peek(); break;
            case 0x94: memo[memo.Count] = Peek(); break;
            case (byte)'h': stack.Add(Remembered(Byte())); break;
            case (byte)'j': stack.Add(Remembered(Length(4))); break;
            case (byte)'c': stack.Add(Named(Line(), Line())); break;
            case 0x93: // STACK_GLOBAL
                object? member = Pop();
                stack.Add(Named(Pop() as string ?? "", member as string ?? ""));
                break;
            case (byte)'R':
                object? arguments = Pop();
                stack.Add(Made(Pop() as PickledName, arguments as object?[] ?? throw Bad("a call has no arguments")));
                break;
            case (byte)'b':
                object? state = Pop();
                Build(state);
                break;
            default:
                string place = string.Create(CultureInfo.InvariantCulture, $"0x{code:X2} at byte {at - 1}");
                throw Bad($"it has the opcode {place}, which plain values and arrays of bytes do not need");
        }
    }

    /// <summary>The functions and classes that are understood; any other is refused before anything is made of it.</summary>
    private PickledName Named(string module, string member) => $"{module}.{member}" switch
    {
        "numpy.core.multiarray._reconstruct" or "numpy._core.multiarray._reconstruct" => PickledName.EmptyArray,
        "numpy.core.numeric._frombuffer" or "numpy._core.numeric._frombuffer" => PickledName.ArrayOfBytes,
        "numpy.ndarray" => PickledName.ArrayClass,
        "numpy.dtype" => PickledName.Type,
        "_codecs.encode" => PickledName.Encode,
        string other => throw Bad($"it wants {Printable(other)}, which is not run: a pickle may name any program; expected plain values and NumPy arrays"),
    };

    private object Made(PickledName? what, object?[] arguments)
    {
        if (what == PickledName.EmptyArray) return new PickledArray();
        if (what == PickledName.Type) return new PickledType(arguments is [var type, ..] ? AsText(type) : "");
        if (what == PickledName.Encode && arguments is [string text, ..]) return Encoded(text, arguments.Length > 1 ? AsText(arguments[1]) : "");
        if (what == PickledName.ArrayOfBytes && arguments is [ReadOnlyMemory<byte> bytes, PickledType { Name: var name }, object?[] shape, ..])
            return new PickledArray { Type = name, Shape = Axes(shape), Bytes = bytes, IsColumnMajor = arguments.Length > 3 && AsText(arguments[3]) == "F" };
        throw Bad("it calls something with arguments that are not understood");
    }

    private void Build(object? state)
    {
        switch (Peek())
        {
            case PickledType:
                break; // byte order and alignment: bytes have none
            case PickledArray array:
                if (state is not object?[] { Length: 5 } fields || fields[1] is not object?[] shape || fields[2] is not PickledType type
                    || fields[3] is not bool isColumnMajor)
                    throw Bad("the state of an array is not understood");
                array.Shape = Axes(shape);
                array.Type = type.Name;
                array.IsColumnMajor = isColumnMajor;
                array.Bytes = fields[4] is ReadOnlyMemory<byte> bytes ? bytes : throw Bad("an array holds no bytes");
                break;
            default:
                throw Bad("it gives a state to something that has none");
        }
    }

    /// <summary>How Python 3 writes bytes in protocol 2: as the text whose Latin-1 they are.</summary>
    private ReadOnlyMemory<byte> Encoded(string text, string encoding)
    {
        if (encoding is not ("latin1" or "latin-1" or "iso-8859-1")) throw Bad($"it encodes as {Printable(encoding)}; expected latin1");
        encoded += text.Length;
        if (encoded > file.Length) throw Bad("it encodes more text than it has");
        return Encoding.Latin1.GetBytes(text);
    }

    private long[] Axes(object?[] shape) =>
        [.. shape.Select(axis => axis is long and >= 0 and <= int.MaxValue and var length ? (long)length : throw Bad("an axis is no length"))];

    private void Append(object?[] items)
    {
        if (Peek() is not List<object?> list) throw Bad("it appends to what is no list");
        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0 || Peek() is not Dictionary<string, object?> dictionary) throw Bad("it sets an item of what is no dictionary");
        for (int i = 0; i < items.Length; i += 2) dictionary[AsText(items[i])] = items[i + 1];
    }

    private void Tuple(int count)
    {
        object?[] items = new object?[count];
        for (int i = count - 1; i >= 0; i--) items[i] = Pop();
        stack.Add(items);
    }

    private object?[] PopToMark()
    {
        int mark = stack.LastIndexOf(Mark);
        if (mark < 0) throw Bad("it takes more than it has put");
        object?[] items = [.. stack[(mark + 1)..]];
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private object? Peek() => stack.Count > 0 ? stack[^1] : throw Bad("it takes more than it has put");

    private object? Pop()
    {
        object? top = Peek();
        stack.RemoveAt(stack.Count - 1);
        return top == Mark ? throw Bad("it takes more than it has put") : top;
    }

    private object? Remembered(long place) => memo.TryGetValue(place, out object? value) ? value : throw Bad("it takes what it has not remembered");

    private long Long()
    {
        ReadOnlySpan<byte> bytes = Take(Byte()).Span;
        if (bytes.Length > sizeof(long)) throw Bad("a number is beyond 64 bits");
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private byte Byte() => Take(1).Span[0];

    private long Length(int bytes) => bytes == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span) : BinaryPrimitives.ReadInt64LittleEndian(Take(8).Span);

    private ReadOnlyMemory<byte> Take(long count)
    {
        if (count < 0 || count > file.Length - at) throw Bad("it ends early");
        at += (int)count;
        return file.Slice(at - (int)count, (int)count);
    }

    private string Line()
    {
        int length = file.Span[at..].IndexOf((byte)'\n');
        if (length < 0) throw Bad("it ends early");
        string line = Text(Take(length));
        at++;
        return line;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string AsText(object? value) => value switch
    {
        string text => text,
        ReadOnlyMemory<byte> { Length: < 1024 } bytes => Encoding.Latin1.GetString(bytes.Span),
        _ => "",
    };

    private static string Printable(string text) => new([.. text.Take(80).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    private BadDataException Bad(string how) => new($"{name} cannot be read as a pickle: {how}.");

    /// <summary>What a call may name.</summary>
    private sealed class PickledName
    {
        public static readonly PickledName EmptyArray = new(), ArrayOfBytes = new(), ArrayClass = new(), Type = new(), Encode = new();
    }

    private sealed record PickledType(string Name);
}
