using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using NegSamples.Files;

namespace NegSamples.TensorBoard;

/// <summary>A file of events that TensorBoard reads while it grows. A disk that is full costs events, not the run.</summary>
/// <remarks>
/// A record is its length (u64), the masked CRC-32C of the length (u32), the event, and the masked CRC-32C of the event, little-endian (tfrecord).
/// Event: wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7. Summary: value = 1. Value: tag = 1, simple_value = 2, image = 4.
/// Image: height = 1, width = 2, colorspace = 3, encoded_image_string = 4. SessionLog: status = 1 (1 for START). (tensorflow, event.proto, summary.proto.)
/// </remarks>
internal sealed class EventFile : IDisposable
{
    private const int Rgb = 3, Start = 1;

    // After a torn record nothing that follows can be read, so that nothing is written.
    private readonly FileStream stream;
    private bool isTorn;

    private EventFile(FileStream stream) => this.stream = stream;

    /// <summary>Events that could not be written.</summary>
    public int Lost { get; private set; }

    /// <summary>Begins a file of its own in a folder; those of earlier processes stay.</summary>
    /// <param name="folder">The folder; made when missing.</param>
    /// <param name="from">Steps done before: of earlier files TensorBoard keeps the events up to these.</param>
    public static EventFile Create(string folder, long from = 0)
    {
        Disk.CreateFolder(folder);
        DateTimeOffset now = DateTimeOffset.UtcNow;

        // TensorBoard reads the files of a folder in the order of their names.
        string path;
        int attempt = 0;
        do
            path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{now.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{attempt++}"));
        while (File.Exists(path));
        EventFile file = OfStream(Disk.Append(path));
        if (from > 0) file.Append(Event(from + 1).With(7, new ProtobufMessage().With(1, (long)Start)));
        return file;
    }

    /// <summary>Begins with the version of the format.</summary>
    internal static EventFile OfStream(FileStream stream)
    {
        EventFile file = new(stream);
        file.Append(Event(0).With(3, "brain.Event:2"));
        return file;
    }

    /// <summary>Adds numbers of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="scalars">Tags and numbers.</param>
    public void Add(long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        ArgumentNullException.ThrowIfNull(scalars);
        ProtobufMessage summary = new();
        foreach ((string tag, double value) in scalars) summary.With(1, new ProtobufMessage().With(1, tag).WithReal(2, (float)value));
        Append(Event(step).With(5, summary));
    }

    /// <summary>Adds a drawing, which TensorBoard hands to the browser as it is.</summary>
    /// <param name="step">The step.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="svg">The drawing, from <c>&lt;svg </c> on.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public void AddDrawing(long step, string tag, string svg, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(svg);
        if (!svg.StartsWith("<svg ", StringComparison.Ordinal)) throw new ArgumentException("svg does not begin with <svg, by which TensorBoard knows a drawing.", nameof(svg));
        ProtobufMessage image = new ProtobufMessage().With(1, (long)height).With(2, (long)width).With(3, (long)Rgb).With(4, svg);
        Append(Event(step).With(5, new ProtobufMessage().With(1, new ProtobufMessage().With(1, tag).With(4, image))));
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    /// <summary>The masked CRC-32C of some bytes: rotated by 15 bits and moved, so that a sum over data that hold sums is no fixed point.</summary>
    internal static uint MaskedSum(ReadOnlySpan<byte> bytes)
    {
        uint sum = ~0u;
        foreach (byte value in bytes) sum = BitOperations.Crc32C(sum, value);
        return BitOperations.RotateRight(~sum, 15) + 0xA282EAD8;
    }

    private static ProtobufMessage Event(long step)
    {
        ProtobufMessage message = new ProtobufMessage().WithReal(1, (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds);
        return step == 0 ? message : message.With(2, step);
    }

    private void Append(ProtobufMessage message)
    {
        ReadOnlySpan<byte> content = message.Written.Span;
        byte[] record = new byte[sizeof(ulong) + sizeof(uint) + content.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedSum(record.AsSpan(0, 8)));
        content.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), MaskedSum(content));
        if (isTorn)
        {
            Lost++;
            return;
        }

        long begin = stream.Position;
        try
        {
            stream.Write(record);
            stream.Flush();
        }
        catch (IOException)
        {
            Lost++;
            isTorn = !CutTo(begin);
        }
    }

    /// <summary>Takes off what a full disk has left of a record.</summary>
    private bool CutTo(long length)
    {
        try
        {
            stream.SetLength(length);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
