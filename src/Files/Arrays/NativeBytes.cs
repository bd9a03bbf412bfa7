using System.Runtime.InteropServices;

namespace NegSamples.Files.Arrays;

/// <summary>Memory for bytes that grows as they come, beyond the 2 GiB of an array.</summary>
internal sealed unsafe class NativeBytes : IDisposable
{
    private const long FirstBytes = 1 << 20;

    private byte* data;

    /// <summary>Reads so many bytes.</summary>
    public void Fill(Stream stream, long count, Func<Exception> endsEarly)
    {
        long room = 0;
        for (long at = 0; at < count;)
        {
            if (at == room)
            {
                room = Math.Min(count, Math.Max(FirstBytes, 2 * room));
                data = (byte*)NativeMemory.Realloc(data, (nuint)room);
            }

            int read = stream.Read(new Span<byte>(data + at, (int)Math.Min(room - at, FirstBytes)));
            if (read == 0) throw endsEarly();
            at += read;
        }
    }

    /// <summary>Gives the memory away; null where nothing was read.</summary>
    public byte* Release()
    {
        byte* given = data;
        data = null;
        return given;
    }

    public void Dispose() => NativeMemory.Free(data);
}
