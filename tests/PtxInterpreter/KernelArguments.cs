using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>A struct argument that holds views, field by field; one that holds none is given as itself.</summary>
public sealed record KernelStruct(params object[] Fields);

/// <summary>
/// Lays arguments out as ILGPU's kernels read them. A pointer is 8 bytes; <c>ArrayView&lt;T&gt;</c> is pointer and 64-bit length;
/// <c>ArrayView1D&lt;T, Stride1D.Dense&gt;</c> is these two, the 64-bit extent, and one byte of empty stride; bool is 4 bytes.
/// </summary>
internal static class KernelArguments
{
    private const int PointerBytes = 8, ViewBytes = 16, View1DBytes = 32;

    public static byte[] Lay(PtxFunction kernel, object[] arguments, int bytes)
    {
        if (arguments.Length != kernel.Parameters.Count)
            throw new ArgumentException($"{kernel.Name} takes {kernel.Parameters.Count} arguments, not {arguments.Length}.", nameof(arguments));
        byte[] laid = new byte[bytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            Symbol parameter = kernel.Parameters[i];
            byte[] value = Bytes(arguments[i], parameter.Bytes);
            if (value.Length > parameter.Bytes || value.Length < parameter.Bytes - 8)
                throw new ArgumentException($"Argument {i} of {kernel.Name} has {value.Length} bytes, its parameter {parameter.Name} has {parameter.Bytes}.", nameof(arguments));
            value.CopyTo(laid, (int)parameter.Address);
        }

        return laid;
    }

    private static byte[] Bytes(object argument, int expected)
    {
        switch (argument)
        {
            case IDeviceView view:
                byte[] bytes = new byte[expected is PointerBytes or ViewBytes or View1DBytes ? expected : ViewBytes];
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, view.Address);
                if (bytes.Length >= ViewBytes) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), view.Length);
                if (bytes.Length >= View1DBytes) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), view.Length);
                return bytes;
            case byte[] laid: return laid;
            case bool flag: return expected == 1 ? [flag ? (byte)1 : (byte)0] : [flag ? (byte)1 : (byte)0, 0, 0, 0];
            case KernelStruct value: return Struct(value.Fields);
            case Enum value: return Bytes(Convert.ChangeType(value, Enum.GetUnderlyingType(value.GetType()), CultureInfo.InvariantCulture), expected);
            case ValueType value:
                byte[] raw = new byte[Marshal.SizeOf(value)];
                GCHandle handle = GCHandle.Alloc(value, GCHandleType.Pinned);
                Marshal.Copy(handle.AddrOfPinnedObject(), raw, 0, raw.Length);
                handle.Free();
                return raw;
            default: throw new ArgumentException($"A {argument.GetType().Name} is no argument of a kernel.", nameof(argument));
        }
    }

    /// <summary>Fields one after the other, each at a multiple of its size (of 8 for a view), the whole a multiple of the largest.</summary>
    private static byte[] Struct(object[] fields)
    {
        List<byte> bytes = [];
        int largest = 1;
        foreach (object field in fields)
        {
            byte[] value = Bytes(field, field is bool ? 1 : ViewBytes);
            int alignment = Math.Min(8, value.Length);
            largest = Math.Max(largest, alignment);
            while (bytes.Count % alignment != 0) bytes.Add(0);
            bytes.AddRange(value);
        }

        while (bytes.Count % largest != 0) bytes.Add(0);
        return [.. bytes];
    }
}
