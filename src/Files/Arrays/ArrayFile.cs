using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace NegSamples.Files.Arrays;

/// <summary>
/// An array of numbers in a file of another program: .npy (every type of numbers, byte order, order of axes and version), a member of an .npz, a tensor of a
/// .safetensors, or a table in .csv. Its numbers are read where they lie, by memory map, and converted as they are asked for.
/// </summary>
/// <remarks>
/// Only what is compressed (.npz) or text (.csv) is held in memory. Every size that a header claims is checked against the file before memory is taken. A file that
/// another program shortens while it is read ends this process. Values are not checked: NaN and infinity pass.
/// </remarks>
public sealed unsafe class ArrayFile : IDisposable
{
    private readonly bool isBigEndian, isColumnMajor;
    private readonly byte* data;
    private readonly long[] shape;
    private Action? free;

    private ArrayFile(string name, NpyHeader header, byte* data, Action free)
    {
        (Name, Type, isBigEndian, isColumnMajor, shape, Count) = (name, header.Type, header.IsBigEndian, header.IsColumnMajor, header.Shape, header.Count);
        this.data = data;
        this.free = free;
    }

    /// <summary>The file, with the member of an archive.</summary>
    public string Name { get; }

    /// <summary>The type of the numbers in the file.</summary>
    public NumberType Type { get; }

    /// <summary>The axes; none for a single number.</summary>
    public ReadOnlySpan<long> Shape => shape;

    /// <summary>How many numbers there are.</summary>
    public long Count { get; }

    /// <summary>Opens an array. What kind of file it is, its first bytes say.</summary>
    /// <param name="path">The file.</param>
    /// <param name="member">The array of an .npz or the tensor of a .safetensors; null where there is one alone.</param>
    /// <exception cref="BadDataException">It is none of these files, it is damaged, or there is no such member; the message names the file and those that there are.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ArrayFile Open(string path, string? member = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new BadDataException($"{path} does not exist; expected a file of numbers: .npy, .npz, .safetensors or .csv.");
        Span<byte> first = stackalloc byte[SafetensorsFile.FirstBytes];
        int length;
        using (FileStream stream = RegularFile.Open(path)) length = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        first = first[..length];
        if (first.StartsWith(NpyHeader.Magic)) return OpenNpy(path, RefuseMember(path, member));
        if (first.StartsWith("PK"u8)) return OpenNpz(path, member);
        if (SafetensorsFile.IsMeant(path, first)) return OpenSafetensors(path, member);
        return OpenTable(path, RefuseMember(path, member));
    }

    /// <summary>Opens an array by one text: a file, or a file and after a colon the member of its archive.</summary>
    /// <param name="text">The text. A colon that belongs to the file's own name parts nothing.</param>
    /// <exception cref="BadDataException">As of <see cref="Open"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static ArrayFile OpenNamed(string text)
    {
        (string path, string? member) = Parted(text);
        return Open(path, member);
    }

    /// <summary>A file and the name of an array in it; a colon that belongs to the file's own name parts nothing.</summary>
    /// <param name="text">FILE, or FILE:NAME.</param>
    internal static (string Path, string? Member) Parted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        return colon > 0 && !File.Exists(text) && File.Exists(text[..colon]) ? (text[..colon], text[(colon + 1)..]) : (text, null);
    }

    /// <summary>Reads numbers as float32, row-major. Whole numbers and float64 are rounded.</summary>
    /// <param name="start">The first, counted over the whole array.</param>
    /// <param name="values">Receives as many as it is long.</param>
    public void Read(long start, Span<float> values)
    {
        CheckRange(start, values.Length);
        if (HasPlainFloats)
        {
            new ReadOnlySpan<float>(data + (start * sizeof(float)), values.Length).CopyTo(values);
            return;
        }

        for (int i = 0; i < values.Length; i++) values[i] = (float)DoubleAt(start + i);
    }

    /// <summary>Whether the file has the numbers as float32, row-major and little-endian, so that <see cref="Floats"/> takes no memory.</summary>
    public bool LiesAsFloats => HasPlainFloats && (nuint)data % sizeof(float) == 0;

    /// <summary>All numbers as float32, row-major: where they lie, if they lie there so, else converted into memory.</summary>
    /// <returns>To be read until this is disposed; later it is an <see cref="ObjectDisposedException"/>.</returns>
    /// <exception cref="BadDataException">There are more of them than memory can be indexed by.</exception>
    public ReadOnlyMemory<float> Floats()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (Count > Array.MaxLength) throw Bad(Name, $"it has {Counted.Of(Count, "number")}", $"{Array.MaxLength} at most; give parts of it");
        if (LiesAsFloats)
        {
            using MappedFloats mapped = new(this, (float*)data, (int)Count);
            return mapped.Memory;
        }

        float[] values = new float[Count];
        Read(0, values.AsSpan());
        return values;
    }

    /// <summary>Reads bytes as they are, row-major.</summary>
    /// <param name="start">The first, counted over the whole array.</param>
    /// <param name="values">Receives as many as it is long.</param>
    /// <exception cref="BadDataException">The numbers are no bytes.</exception>
    public void Read(long start, Span<byte> values)
    {
        CheckRange(start, values.Length);
        if (Type != NumberType.UInt8) throw Bad(Name, $"it holds {Type}", "UInt8");
        if (!IsTurned) new ReadOnlySpan<byte>(data + start, values.Length).CopyTo(values);
        else for (int i = 0; i < values.Length; i++) values[i] = *PlaceOf(start + i);
    }

    /// <summary>Reads whole numbers, row-major.</summary>
    /// <param name="start">The first, counted over the whole array.</param>
    /// <param name="values">Receives as many as it is long.</param>
    /// <exception cref="BadDataException">One of them is not whole, or beyond int64.</exception>
    public void Read(long start, Span<long> values)
    {
        CheckRange(start, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            if (Type.IsWhole() && Type != NumberType.UInt64)
            {
                values[i] = WholeAt(start + i);
                continue;
            }

            double value = DoubleAt(start + i);
            values[i] = value == Math.Floor(value) && Math.Abs(value) < 1L << 53 ? (long)value
                : throw Bad(Name, $"number {start + i} is {value.ToString("R", CultureInfo.InvariantCulture)}", "whole numbers");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        free?.Invoke();
        free = null;
    }

    internal bool IsDisposed => free is null;

    private bool HasPlainFloats => Type == NumberType.Float32 && !isBigEndian && !IsTurned;

    private bool IsTurned => isColumnMajor && shape.Length > 1;

    private void CheckRange(long start, int count)
    {
        ObjectDisposedException.ThrowIf(free is null, this);
        if (start < 0 || count > Count - start) throw new ArgumentOutOfRangeException(nameof(start), $"{Counted.Of(count, "number")} from {start} on; the array has {Count}.");
    }

    /// <summary>Where a number lies that row-major order gives a place.</summary>
    private byte* PlaceOf(long index)
    {
        if (!IsTurned) return data + (index * Type.Bytes());
        long place = 0, stride = Count;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            stride /= shape[axis];
            place += index % shape[axis] * stride;
            index /= shape[axis];
        }

        return data + (place * Type.Bytes());
    }

    private ulong BitsAt(long index)
    {
        byte* place = PlaceOf(index);
        switch (Type.Bytes())
        {
            case 1: return *place;
            case 2:
                ushort two = Unaligned<ushort>(place);
                return isBigEndian ? BinaryPrimitives.ReverseEndianness(two) : two;
            case 4:
                uint four = Unaligned<uint>(place);
                return isBigEndian ? BinaryPrimitives.ReverseEndianness(four) : four;
            default:
                ulong eight = Unaligned<ulong>(place);
                return isBigEndian ? BinaryPrimitives.ReverseEndianness(eight) : eight;
        }
    }

    private static T Unaligned<T>(byte* place)
        where T : unmanaged => MemoryMarshal.Read<T>(new ReadOnlySpan<byte>(place, sizeof(T)));

    private long WholeAt(long index)
    {
        ulong bits = BitsAt(index);
        return Type switch
        {
            NumberType.Int8 => (sbyte)bits,
            NumberType.Int16 => (short)bits,
            NumberType.Int32 => (int)bits,
            _ => (long)bits,
        };
    }

    private double DoubleAt(long index)
    {
        ulong bits = BitsAt(index);
        return Type switch
        {
            NumberType.Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
            NumberType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
            NumberType.Float32 => BitConverter.UInt32BitsToSingle((uint)bits),
            NumberType.Float64 => BitConverter.UInt64BitsToDouble(bits),
            NumberType.UInt64 => bits,
            _ => WholeAt(index),
        };
    }

    private static ArrayFile OpenNpy(string path, string name)
    {
        using FileStream stream = RegularFile.Open(path);
        NpyHeader header = NpyHeader.Read(stream, name);
        CheckBytes(name, header, stream.Length - header.Bytes);
        return Map(path, name, header, header.Bytes);
    }

    private static ArrayFile OpenSafetensors(string path, string? member)
    {
        (IReadOnlyList<SafetensorsPlace> places, long start) = SafetensorsFile.ReadHeader(path);
        SafetensorsPlace place = places[Choose(path, [.. places.Select(tensor => tensor.Name)], member)];
        NumberType type = place.Type.ToNumberType();
        NpyHeader header = new(type, false, false, [.. place.Shape.Select(axis => (long)axis)], (place.End - place.Start) / type.Bytes());
        return Map(path, $"{path} ({place.Name})", header, start + place.Start);
    }

    private static ArrayFile OpenNpz(string path, string? member)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            ZipArchiveEntry[] arrays = [.. archive.Entries.Where(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal))];
            ZipArchiveEntry chosen = arrays[Choose(path, [.. arrays.Select(entry => entry.FullName[..^4])], member)];
            string name = $"{path} ({chosen.FullName[..^4]})";
            using Stream stream = chosen.Open();
            NpyHeader header = NpyHeader.Read(stream, name);
            long bytes = header.Count * header.Type.Bytes();
            CheckBytes(name, header, chosen.Length - header.Bytes);

            // Memory is taken as the member unpacks, so that a few bytes that claim to be many cost nothing.
            using NativeBytes unpacked = new();
            unpacked.Fill(stream, bytes, () => Bad(name, "it ends early", $"{Counted.Of(bytes, "byte")} of data"));
            byte* data = unpacked.Release();
            return new ArrayFile(name, header, data, () => NativeMemory.Free(data));
        }
        catch (InvalidDataException fault)
        {
            throw new BadDataException($"{path} is a damaged .npz: {fault.Message}", fault);
        }
    }

    private static ArrayFile OpenTable(string path, string name)
    {
        (float[] values, int columns) = NumberTable.Read(path);
        long[] shape = columns == 1 ? [values.Length] : [values.Length / columns, columns];
        GCHandle pin = GCHandle.Alloc(values, GCHandleType.Pinned);
        return new ArrayFile(name, new NpyHeader(NumberType.Float32, false, false, shape, values.Length), (byte*)pin.AddrOfPinnedObject(), () => pin.Free());
    }

    private static ArrayFile Map(string path, string name, NpyHeader header, long start)
    {
        if (header.Count == 0) return new ArrayFile(name, header, null, () => { });
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* first = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref first);
        return new ArrayFile(name, header, first + view.PointerOffset + start, () =>
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        });
    }

    private static void CheckBytes(string name, NpyHeader header, long found)
    {
        long expected = header.Count * header.Type.Bytes();
        if (found != expected) throw Bad(name, $"it has {Counted.Of(found, "byte")} of data", $"{expected} for its shape ({string.Join(", ", header.Shape)})");
    }

    private static string RefuseMember(string path, string? member) =>
        member is null ? path : throw Bad(path, "it is one array", $"an .npz or .safetensors for the array '{member}'");

    private static int Choose(string path, string[] names, string? member)
    {
        string there = names.Length == 0 ? "it has none" : $"it has {string.Join(", ", names.Take(20))}{(names.Length > 20 ? ", …" : "")}";
        if (member is null) return names.Length == 1 ? 0 : throw new BadDataException($"{path}: which of its arrays? {there}; name one as {path}:NAME.");
        int at = Array.IndexOf(names, member);
        return at >= 0 ? at : throw new BadDataException($"{path} has no array '{member}'; {there}.");
    }

    /// <summary>Refuses rows whose length is no float32.</summary>
    /// <param name="name">The file.</param>
    internal static BadDataException RowsTooLong(string name) => new(
        $"{name} has rows whose squared length is beyond float32, so that they cannot be brought to unit length; divide all numbers by their largest.");

    private static BadDataException Bad(string name, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name}: {found}; expected {expected}."));
}
