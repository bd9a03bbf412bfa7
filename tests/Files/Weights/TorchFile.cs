using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace NegSamples.Tests.Files.Weights;

/// <summary>Writes files as torch.save of PyTorch 1.6 and later does: an archive of a pickle of protocol 2 and a file for each storage.</summary>
internal sealed class TorchFile
{
    private readonly MemoryStream pickle = new();
    private readonly List<byte[]> storages = [];
    private int remembered;

    public TorchFile() => Put(0x80, 2);

    /// <summary>The name of the folder in the archive: torch.save takes that of the file.</summary>
    public string Root { get; init; } = "archive";

    public string? ByteOrder { get; init; } = "little";

    public CompressionLevel Compression { get; init; } = CompressionLevel.NoCompression;

    /// <summary>A file of one dictionary of float32 tensors, contiguous, each in a storage of its own.</summary>
    public static byte[] Of(IEnumerable<(string Name, int[] Shape, float[] Values)> tensors, string storage = "FloatStorage", params string[] path)
    {
        TorchFile file = new();
        foreach (string key in path) file.BeginDictionary().Text(key);
        file.BeginOrdered();
        foreach ((string name, int[] shape, float[] values) in tensors) file.Text(name).Tensor(storage, Bytes(values, storage), values.Length, 0, shape, Contiguous(shape));
        file.EndOrdered();
        foreach (string _ in path) file.EndDictionary();
        return file.ToArray();
    }

    public static int[] Contiguous(int[] shape) => [.. shape.Select((_, axis) => shape.Skip(axis + 1).Aggregate(1, (product, length) => product * length))];

    public static byte[] Bytes(float[] values, string storage)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        foreach (float value in values)
        {
            switch (storage)
            {
                case "FloatStorage": writer.Write(value); break;
                case "HalfStorage": writer.Write((Half)value); break;
                case "BFloat16Storage": writer.Write((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)); break;
                case "DoubleStorage": writer.Write((double)value); break;
                case "LongStorage": writer.Write((long)value); break;
                default: throw new ArgumentException(storage);
            }
        }

        return bytes.ToArray();
    }

    public TorchFile BeginDictionary() => Put('}').Remember().Put('(');

    public TorchFile EndDictionary() => Put('u');

    /// <summary>An OrderedDict, whose attribute _metadata a state_dict has.</summary>
    public TorchFile BeginOrdered() => Global("collections", "OrderedDict").Put(')', 'R').Remember().Put('(');

    public TorchFile EndOrdered() => Put('u', '}').Remember().Text("_metadata").Global("collections", "OrderedDict").Put(')', 'R').Remember().Put('s', 'b');

    public TorchFile Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Put('X');
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        pickle.Write(length);
        pickle.Write(bytes);
        return Remember();
    }

    public TorchFile Global(string module, string member)
    {
        Put('c');
        pickle.Write(Encoding.ASCII.GetBytes($"{module}\n{member}\n"));
        return Remember();
    }

    public TorchFile Number(long value)
    {
        if (value is >= 0 and < 256) return Put('K').Put((byte)value);
        if (value is >= 0 and < 65_536) return Put('M').Put((byte)value, (byte)(value >> 8));
        if (value is >= int.MinValue and <= int.MaxValue) return Put('J').Put((byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24));
        Put(0x8A, 8);
        for (int i = 0; i < 8; i++) Put((byte)(value >> (8 * i)));
        return this;
    }

    public TorchFile Numbers(int[] values)
    {
        if (values.Length == 0) return Put(')');
        if (values.Length > 3) Put('(');
        foreach (int value in values) Number(value);
        return Put(values.Length switch { 1 => (byte)0x85, 2 => (byte)0x86, 3 => (byte)0x87, _ => (byte)'t' }).Remember();
    }

    /// <summary>A tensor over a storage of its own.</summary>
    public TorchFile Tensor(string storage, byte[] bytes, long count, long offset, int[] shape, int[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Put('(', '(').Text("storage").Global("torch", storage);
        Text(storages.Count.ToString(CultureInfo.InvariantCulture)).Text("cpu").Number(count).Put('t').Remember().Put('Q').Number(offset).Numbers(shape).Numbers(strides);
        Put(0x89).Global("collections", "OrderedDict").Put(')', 'R').Remember().Put('t').Remember().Put('R').Remember();
        storages.Add(bytes);
        return this;
    }

    public TorchFile Put(params char[] opcodes) => Put([.. opcodes.Select(code => (byte)code)]);

    public TorchFile Put(params byte[] bytes)
    {
        pickle.Write(bytes);
        return this;
    }

    public byte[] ToArray()
    {
        Put('.');
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create))
        {
            Write(archive, "data.pkl", pickle.ToArray());
            if (ByteOrder is not null) Write(archive, "byteorder", Encoding.ASCII.GetBytes(ByteOrder));
            for (int i = 0; i < storages.Count; i++) Write(archive, string.Create(CultureInfo.InvariantCulture, $"data/{i}"), storages[i]);
            Write(archive, "version", "3\n"u8.ToArray());
        }

        return stream.ToArray();
    }

    private void Write(ZipArchive archive, string name, byte[] bytes)
    {
        using Stream entry = archive.CreateEntry($"{Root}/{name}", Compression).Open();
        entry.Write(bytes);
    }

    private TorchFile Remember()
    {
        int place = remembered++;
        return place < 256 ? Put('q').Put((byte)place) : Put('r').Put((byte)place, (byte)(place >> 8), (byte)(place >> 16), (byte)(place >> 24));
    }
}
