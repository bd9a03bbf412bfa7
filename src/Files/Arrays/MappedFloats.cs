using System.Buffers;

namespace NegSamples.Files.Arrays;

/// <summary>The numbers of an open <see cref="ArrayFile"/> as memory; it owns nothing.</summary>
internal sealed unsafe class MappedFloats(ArrayFile file, float* first, int count) : MemoryManager<float>
{
    public override Span<float> GetSpan()
    {
        ObjectDisposedException.ThrowIf(file.IsDisposed, file);
        return new Span<float>(first, count);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)count, nameof(elementIndex));
        return new MemoryHandle(first + elementIndex);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
