namespace NegSamples.Kernels.SelfTest;

/// <summary>Two ranks in one process, of which the other has the same numbers: what operations over ranks can be run on without a second device.</summary>
internal sealed unsafe class EchoRanks : Collective
{
    public override int Rank => 0;

    public override int Size => 2;

    public override string Description => "two ranks with the same numbers";

    public override void Abort(int exitCode)
    {
        // There is nobody who waits.
    }

    protected override void Gather(byte* all, long bytes) => Buffer.MemoryCopy(all, all + bytes, bytes, bytes);

    /// <summary>The other rank sends what this one sends to itself.</summary>
    protected override void Exchange(byte* send, byte* receive, long bytes)
    {
        Buffer.MemoryCopy(send, receive, bytes, bytes);
        Buffer.MemoryCopy(send, receive + bytes, bytes, bytes);
    }

    protected override void Dispose(bool disposing)
    {
        // It holds nothing.
    }
}
