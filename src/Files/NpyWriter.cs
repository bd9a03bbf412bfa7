namespace NegSamples.Files;

/// <summary>Writes a NumPy array of float32 rows as they come; see <see cref="Npy"/>. The file appears whole or not at all.</summary>
internal sealed class NpyWriter : IDisposable
{
    private readonly AtomicFile file;
    private readonly long expected;
    private long written;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="shape">The axes, row-major.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public NpyWriter(string path, params ReadOnlySpan<int> shape)
    {
        expected = 1;
        foreach (int axis in shape) expected = checked(expected * axis);
        file = new AtomicFile(path);
        file.Stream.Write(Npy.Header(Npy.Float32, shape));
    }

    /// <summary>Adds numbers.</summary>
    /// <param name="values">The next numbers, row-major.</param>
    /// <exception cref="ArgumentException">They are more than the shape has.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Append(ReadOnlySpan<float> values)
    {
        written += values.Length;
        if (written > expected)
            throw new ArgumentException($"values has {Counted.Of(values.Length, "number")}; the shape has room for {expected - written + values.Length} more.",
                nameof(values));
        Binary.Write(file.Stream, values);
    }

    /// <summary>Puts the file in its place. To be called once, after the last number.</summary>
    /// <exception cref="InvalidOperationException">Numbers are missing.</exception>
    public void Commit()
    {
        if (written != expected) throw new InvalidOperationException($"{Counted.Of(written, "number")} written; the shape has {expected}.");
        file.Commit();
    }

    /// <summary>Removes the file unless it was committed.</summary>
    public void Dispose() => file.Dispose();
}
