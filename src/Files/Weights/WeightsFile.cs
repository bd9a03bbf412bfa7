namespace NegSamples.Files.Weights;

/// <summary>A file of weights of any program: .safetensors, or what torch.save has written. Tensors are read one at a time.</summary>
/// <remarks>Opening reads names, types and shapes alone. No memory is taken for a size that the file claims and does not have.</remarks>
internal abstract class WeightsFile : IDisposable
{
    // torch.save before PyTorch 1.6 began with a pickle of 0x1950a86a20f9469cfc6c.
    private static readonly byte[] FormerMagic = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>Its tensors, in its order.</summary>
    public abstract IReadOnlyList<WeightEntry> Entries { get; }

    /// <summary>Opens a file. What kind it is, its first bytes say.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">It is none of these files, it is damaged, or it wants a program run.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WeightsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new BadDataException($"{path} does not exist; expected a file of weights: .safetensors, .pt or .pth.");
        Span<byte> first = stackalloc byte[FormerMagic.Length];
        int length;
        using (FileStream stream = RegularFile.Open(path)) length = stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        first = first[..length];
        if (first.StartsWith("PK"u8)) return new TorchWeights(RegularFile.Open(path), path) { Path = path };
        if (first.SequenceEqual(FormerMagic))
            throw new BadDataException($"{path} is in the format that torch.save had before PyTorch 1.6, which is not read. "
                + "Save it anew with a later PyTorch: torch.save(torch.load(FILE, map_location='cpu'), NEW_FILE).");
        if (SafetensorsFile.IsMeant(path, first)) return new SafetensorsWeights(path) { Path = path };
        throw new BadDataException($"{path} is no file of weights; expected .safetensors, or a .pt or .pth that torch.save of PyTorch 1.6 or later has written"
            + (length > 1 && first[0] == 0x80 ? ": it is a pickle alone, whose numbers would be anywhere." : "."));
    }

    /// <summary>The numbers of a tensor as float32, row-major.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <exception cref="BadDataException">The file is damaged, or the tensor has more numbers than memory can be indexed by.</exception>
    public float[] Read(WeightEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Check(entry);
        if (entry.Count > Array.MaxLength) throw new BadDataException($"{Path}: {entry.Name} has {Counted.Of(entry.Count, "number")}; expected {Array.MaxLength} at most.");
        float[] values = new float[(int)entry.Count];
        Read(entry, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Refuses a tensor that claims what the file does not have, before there is memory for it.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    protected abstract void Check(WeightEntry entry);

    /// <summary>Reads the numbers of a tensor, row-major.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <param name="values">Receives them; as long as there are.</param>
    protected abstract void Read(WeightEntry entry, Span<float> values);

    /// <summary>Closes the file.</summary>
    /// <param name="disposing">Whether it was asked for.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
