using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>Reads a .tar or .tar.gz from its first to its last byte, so that the checksum at the end of a .gz is compared too.</summary>
internal static class TarArchive
{
    /// <summary>What is unpacked may be this many times the archive; images and CIFAR files have less than a tenth of it.</summary>
    private const long LargestRatio = 100;

    /// <summary>A small archive may unpack to this many bytes whatever its own size.</summary>
    private const long AlwaysAllowed = 512L << 20;

    /// <summary>No byte of a .gz unpacks to more (RFC 1951: 258 bytes for 2 bits), so that a file that claims more is not there; nothing is taken for it.</summary>
    private const long Deflate = 1032;

    /// <summary>Whether the file begins like a .tar: the magic word of POSIX lies at byte 257.</summary>
    public static bool IsTar(ReadOnlySpan<byte> first) => first.Length >= 262 && first[257..].StartsWith("ustar"u8);

    /// <summary>Hands every file of the archive on, in order.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="request">Is told of the progress, and ends the reading.</param>
    /// <param name="take">Receives a file's full name, its length and its contents, which need not be read.</param>
    /// <param name="link">Receives the name of a link, what it leads to, and whether that is named from the root, as of a hard link; null passes links over.</param>
    /// <returns>The MD5 sum of the archive.</returns>
    /// <exception cref="BadDataException">It is truncated, corrupt, or unpacks to far more than data of any kind would.</exception>
    public static string Read(string path, DataRequest request, Action<string, long, Stream> take, Action<string, string, bool>? link = null)
    {
        try
        {
            using FileStream file = RegularFile.Open(path);
            byte[] magic = new byte[2];
            bool isPacked = file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
            file.Position = 0;
            long limit = Math.Max(AlwaysAllowed, LargestRatio * file.Length);
            using IncrementalHash sum = Origin.Sum();
            using BufferedStream buffered = new(new SummedStream(file, sum, request), 1 << 16);
            using Stream unpacked = isPacked ? new GZipStream(new PaddedStream(buffered), CompressionMode.Decompress) : buffered;
            using LimitedStream limited = new(unpacked, limit, path);
            using (TarReader tar = new(limited, leaveOpen: true))
            {
                while (tar.GetNextEntry() is { } entry)
                {
                    bool isFile = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
                    if (entry.Length > Deflate * file.Length)
                        throw new BadDataException($"{path}: {entry.Name} claims {Counted.Of(entry.Length, "byte")}, more than the {Counted.Of(file.Length, "byte")} of the archive can hold.");
                    if (isFile) take(entry.Name, entry.Length, entry.DataStream ?? Stream.Null);
                    else if (entry.EntryType is TarEntryType.HardLink or TarEntryType.SymbolicLink)
                        link?.Invoke(entry.Name, entry.LinkName, entry.EntryType == TarEntryType.HardLink);
                }
            }

            limited.CopyTo(Stream.Null);
            buffered.CopyTo(Stream.Null); // what lies behind the packed bytes belongs to the sum
            return Origin.Text(sum);
        }
        catch (Exception fault) when (fault is not (BadDataException or OutOfMemoryException or OperationCanceledException))
        {
            // On corrupt headers the reader throws whatever its number parsing meets, so no list of types would be complete.
            throw new BadDataException($"{path} cannot be read as .tar.gz or .tar; it is truncated or corrupt: {fault.Message}", fault);
        }
    }

    /// <summary>Sums what is read, and tells how far the reading is.</summary>
    private sealed class SummedStream(FileStream inner, IncrementalHash sum, DataRequest request) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            request.Stop.ThrowIfCancellationRequested();
            int count = inner.Read(buffer);
            sum.AppendData(buffer[..count]);
            request.Progress?.Invoke(inner.Position, inner.Length);
            return count;
        }
    }

    /// <summary>Ends a reading that has gone past its limit.</summary>
    private sealed class LimitedStream(Stream inner, long limit, string path) : ForwardStream
    {
        private long read;

        /// <summary>
        /// A header is one record. What it says of names and attributes beyond the record is taken from memory by the reader before it is read, so a length
        /// that none has is refused here.
        /// </summary>
        private int ReadRecord(Span<byte> buffer)
        {
            const int record = 512, type = 156, size = 124, digits = 11, longest = 1 << 20;
            if (buffer.Length != record) return inner.Read(buffer);
            int count = inner.ReadAtLeast(buffer, record, throwOnEndOfStream: false);
            if (count < record || buffer[type] is not ((byte)'x' or (byte)'g' or (byte)'L' or (byte)'K')) return count;
            long length = 0;
            foreach (byte digit in buffer.Slice(size, digits))
            {
                if (digit is >= (byte)'0' and <= (byte)'7') length = (length * 8) + (digit - '0');
                else if (digit is not ((byte)' ' or 0)) return count; // no number: contents of a file
            }

            if (length > longest) throw new BadDataException($"{path}: a name or attribute claims {Counted.Of(length, "byte")}; expected at most {longest}.");
            return count;
        }

        public override int Read(Span<byte> buffer)
        {
            int count = ReadRecord(buffer);
            read += count;
            return read <= limit ? count : throw new BadDataException($"{path} unpacks to more than {Counted.Of(limit, "byte")}; expected at most that for its size.");
        }
    }

    /// <summary>Adds bytes to the end: where the checksum is missing, which .NET forgives, they are read as one; else they are passed over.</summary>
    private sealed class PaddedStream(Stream inner) : ForwardStream
    {
        private int padding = 16;

        public override int Read(Span<byte> buffer)
        {
            int count = inner.Read(buffer);
            if (count > 0 || padding == 0) return count;
            count = Math.Min(padding, buffer.Length);
            buffer[..count].Fill(0xA5);
            padding -= count;
            return count;
        }
    }

    /// <summary>A stream that is read once from its beginning to its end.</summary>
    private abstract class ForwardStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public abstract override int Read(Span<byte> buffer);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
