using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace NegSamples.Files.Pickles;

/// <summary>Reads a Python pickle of plain values and of what a few names stand for (protocols 2 to 5, binary opcodes).</summary>
/// <remarks>
/// A pickle is a program that names the functions it wants called. Here none is called: the names of <see cref="PickleNames"/> are understood, and any other
/// ends the reading. Bytes are not copied but point into the file; nothing is taken for a length that the file does not have.
/// </remarks>
internal sealed class Pickle
{
    private const byte Stop = (byte)'.';

    private static readonly object Mark = new();

    private readonly ReadOnlyMemory<byte> file;
    private readonly PickleNames names;
    private readonly List<object?> stack = [];
    private readonly Dictionary<long, object?> memo = [];
    private int at;

    private Pickle(ReadOnlyMemory<byte> file, PickleNames names) => (this.file, this.names) = (file, names);

    /// <summary>
    /// The value of a pickle: null, bool, long, double, text, bytes (<see cref="ReadOnlyMemory{T}"/>), a list, a tuple (an array), a dictionary by the text
    /// of its keys, or what the names give.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="names">What it may name.</param>
    /// <exception cref="BadDataException">It is damaged, or wants something that is not allowed.</exception>
    public static object? Read(ReadOnlyMemory<byte> file, string name, PickleNames names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Pickle reader = new(file, names);
        try
        {
            while (true)
            {
                byte code = reader.Byte();
                if (code == Stop) return reader.Pop();
                reader.Do(code);
            }
        }
        catch (PickleFault fault)
        {
            throw new BadDataException($"{name} cannot be read as a pickle: {fault.Message}.", fault);
        }
    }

    private void Do(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                if (Byte() is not (2 or 3 or 4 or 5)) throw new PickleFault("it is of a protocol that is not known; expected 2 to 5");
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
            case (byte)'R': stack.Add(Called(Arguments())); break;
            case 0x81 when names.HasObjects: stack.Add(Called(Arguments())); break; // NEWOBJ
            case (byte)'Q' when names.HasObjects: // BINPERSID
                stack.Add(names.Refer(Pop() as object?[] ?? []) ?? throw new PickleFault("it refers to something outside it that is not understood"));
                break;
            case (byte)'b':
                object? state = Pop();
                if (!names.Build(Peek(), state)) throw new PickleFault("it gives a state to something that has none");
                break;
            default:
                string place = string.Create(CultureInfo.InvariantCulture, $"0x{code:X2} at byte {at - 1}");
                throw new PickleFault($"it has the opcode {place}, which {names.Expected} do not need");
        }
    }

    private object Named(string module, string member)
    {
        string name = $"{module}.{member}";
        return names.Find(name)
            ?? throw new PickleFault($"it wants {Printable(name)}, which is not run: a pickle may name any program; expected {names.Expected}{names.Advice}");
    }

    private object Called(object?[] arguments) =>
        names.Call(Pop(), arguments) ?? throw new PickleFault("it calls something with arguments that are not understood");

    private object?[] Arguments() => Pop() as object?[] ?? throw new PickleFault("a call has no arguments");

    private void Append(object?[] items)
    {
        if (Peek() is not List<object?> list) throw new PickleFault("it appends to what is no list");
        list.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0 || Peek() is not Dictionary<string, object?> dictionary) throw new PickleFault("it sets an item of what is no dictionary");
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
        if (mark < 0) throw new PickleFault("it takes more than it has put");
        object?[] items = [.. stack[(mark + 1)..]];
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private object? Peek() => stack.Count > 0 ? stack[^1] : throw new PickleFault("it takes more than it has put");

    private object? Pop()
    {
        object? top = Peek();
        stack.RemoveAt(stack.Count - 1);
        return top == Mark ? throw new PickleFault("it takes more than it has put") : top;
    }

    private object? Remembered(long place) => memo.TryGetValue(place, out object? value) ? value : throw new PickleFault("it takes what it has not remembered");

    private long Long()
    {
        ReadOnlySpan<byte> bytes = Take(Byte()).Span;
        if (bytes.Length > sizeof(long)) throw new PickleFault("a number is beyond 64 bits");
        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private byte Byte() => Take(1).Span[0];

    private long Length(int bytes) => bytes == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(Take(4).Span) : BinaryPrimitives.ReadInt64LittleEndian(Take(8).Span);

    private ReadOnlyMemory<byte> Take(long count)
    {
        if (count < 0 || count > file.Length - at) throw new PickleFault("it ends early");
        at += (int)count;
        return file.Slice(at - (int)count, (int)count);
    }

    private string Line()
    {
        int length = file.Span[at..].IndexOf((byte)'\n');
        if (length < 0) throw new PickleFault("it ends early");
        string line = Text(Take(length));
        at++;
        return line;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>A text, or bytes as such; of a whole number its digits, for those that are keys.</summary>
    internal static string AsText(object? value) => value switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        ReadOnlyMemory<byte> { Length: < 1024 } bytes => Encoding.Latin1.GetString(bytes.Span),
        _ => "",
    };

    internal static string Printable(string text) => new([.. text.Take(80).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
