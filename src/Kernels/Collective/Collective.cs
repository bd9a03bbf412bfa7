using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>What P processes, the <i>ranks</i> of a run, exchange with each other. Every rank calls the same methods in the same order with the same lengths.</summary>
/// <remarks>
/// An engine (MPI, or threads in the tests) brings the two transports, an all-gather and an all-to-all of host memory; everything that adds numbers is here, and
/// adds them in the order of the ranks: the same bits on every rank, in every run and over every engine. Nothing averages. Not safe for use from two threads.
/// </remarks>
internal abstract unsafe class Collective : IDisposable
{
    private void* work;
    private long workBytes;

    /// <summary>One rank, which exchanges nothing.</summary>
    public static Collective Alone { get; } = new SilentCollective(0, 1, "one process");

    /// <summary>Stands for ranks whose memory is planned: as many, but nothing is exchanged.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="size">P.</param>
    public static Collective Planned(int rank, int size) => new SilentCollective(rank, size, "planned");

    /// <summary>This rank, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>P, the number of ranks.</summary>
    public abstract int Size { get; }

    /// <summary>This rank among those of its machine, from 0. All are of one machine unless the engine knows better.</summary>
    public virtual int LocalRank => Rank;

    /// <summary>The ranks of this machine.</summary>
    public virtual int LocalSize => Size;

    /// <summary>The lowest rank of this machine, which stands for it.</summary>
    public virtual int Machine => 0;

    /// <summary>The engine in words, "Open MPI 4.1.4, 2 ranks on 1 host".</summary>
    public abstract string Description { get; }

    /// <summary>Bytes of workspace that the calls so far have made it hold. It grows and never shrinks.</summary>
    public long WorkspaceBytes => workBytes;

    /// <summary>Gathers a few host numbers of every rank.</summary>
    /// <param name="own">[n], this rank's.</param>
    /// <param name="all">Receives [P·n], in the order of the ranks.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void AllGather(ReadOnlySpan<double> own, Span<double> all)
    {
        if (all.Length != (long)own.Length * Size)
            throw new ArgumentException($"all has {Counted.Of(all.Length, "number")}; expected {Size} times the {own.Length} of own.", nameof(all));
        if (own.IsEmpty) return;
        own.CopyTo(all[(Rank * own.Length)..]);
        fixed (double* start = all) Gather((byte*)start, (long)own.Length * sizeof(double));
    }

    /// <summary>Gathers host numbers in place: <paramref name="all"/> holds this rank's part at its place and receives the others'.</summary>
    /// <typeparam name="T">Of numbers, not of references.</typeparam>
    /// <param name="all">[P·n], in the order of the ranks.</param>
    /// <exception cref="ArgumentException">The length is no multiple of P.</exception>
    public void AllGather<T>(Span<T> all)
        where T : unmanaged
    {
        if (all.Length % Size != 0) throw new ArgumentException($"all has {Counted.Of(all.Length, "number")}; expected a multiple of the {Counted.Of(Size, "rank")}.", nameof(all));
        fixed (T* start = all) AllGather(start, (long)all.Length / Size * sizeof(T));
    }

    /// <summary>The sum over the ranks, in their order, of one number of each.</summary>
    /// <param name="own">This rank's.</param>
    public double Sum(double own)
    {
        if (Size == 1) return own;
        Span<double> all = Size <= 64 ? stackalloc double[Size] : new double[Size];
        AllGather([own], all);
        double sum = 0;
        foreach (double value in all) sum += value;
        return sum;
    }

    /// <summary>Waits until every rank is here.</summary>
    public void Barrier() => Sum(0.0);

    /// <summary>Ends all ranks at once with an exit code: what a rank does that cannot go on, lest the others wait for it for ever. Returns where there is none.</summary>
    /// <param name="exitCode">The code.</param>
    public abstract void Abort(int exitCode);

    /// <summary>Ends the exchange.</summary>
    public void Dispose()
    {
        Dispose(true);
        NativeMemory.AlignedFree(work);
        work = null;
        workBytes = 0;
        GC.SuppressFinalize(this);
    }

    /// <summary>Gathers in place: <paramref name="all"/> holds this rank's part at its place and receives the others'.</summary>
    /// <param name="all">[P·bytes].</param>
    /// <param name="bytes">Bytes of a part.</param>
    internal void AllGather(void* all, long bytes)
    {
        if (Size > 1 && bytes > 0) Gather((byte*)all, bytes);
    }

    /// <summary>x becomes the sum of all ranks' x: every rank adds up one part of it and hands it to all.</summary>
    /// <param name="x">[count].</param>
    /// <param name="count">How many numbers, the same on every rank.</param>
    internal void Sum(float* x, long count)
    {
        if (Size == 1) return;
        long part = count / Size, rest = count - (part * Size);
        if (part > 0)
        {
            AddParts(x, x + (Rank * part), part);
            Gather((byte*)x, part * sizeof(float));
        }

        if (rest == 0) return;
        float* last = x + (part * Size), all = (float*)Work(rest * Size * sizeof(float));
        Buffer.MemoryCopy(last, all + (Rank * rest), rest * sizeof(float), rest * sizeof(float));
        Gather((byte*)all, rest * sizeof(float));
        AddInOrder(all, last, rest);
    }

    /// <summary>own becomes this rank's part of the sum of all ranks' all.</summary>
    /// <param name="all">[P·part].</param>
    /// <param name="own">[part]; may be this rank's part of all.</param>
    /// <param name="part">Numbers of a part.</param>
    internal void ReduceScatter(float* all, float* own, long part)
    {
        if (part == 0) return;
        if (Size > 1) AddParts(all, own, part);
        else if (all != own) Buffer.MemoryCopy(all, own, part * sizeof(float), part * sizeof(float));
    }

    /// <summary>All-gather in place, P above 1.</summary>
    /// <param name="all">[P·bytes], this rank's part at its place.</param>
    /// <param name="bytes">Bytes of a part, above 0.</param>
    protected abstract void Gather(byte* all, long bytes);

    /// <summary>All-to-all, P above 1: part p of <paramref name="send"/> goes to rank p, which has it at this rank's place.</summary>
    /// <param name="send">[P·bytes].</param>
    /// <param name="receive">[P·bytes], which does not overlap it.</param>
    /// <param name="bytes">Bytes of a part, above 0.</param>
    protected abstract void Exchange(byte* send, byte* receive, long bytes);

    /// <summary>Ends the exchange.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);

    private void AddParts(float* all, float* own, long part)
    {
        float* parts = (float*)Work(part * Size * sizeof(float));
        Exchange((byte*)all, (byte*)parts, part * sizeof(float));
        AddInOrder(parts, own, part);
    }

    /// <summary>own = parts[0] + parts[1] + …, one addition after the other.</summary>
    private void AddInOrder(float* parts, float* own, long part)
    {
        const int block = 1 << 20; // a span reaches 2³¹ numbers, and a block of each part stays in the cache
        for (long first = 0; first < part; first += block)
        {
            int count = (int)Math.Min(block, part - first);
            Span<float> sum = new(own + first, count);
            new Span<float>(parts + first, count).CopyTo(sum);
            for (int rank = 1; rank < Size; rank++) TensorPrimitives.Add(sum, new Span<float>(parts + (rank * part) + first, count), sum);
        }
    }

    private void* Work(long bytes)
    {
        if (bytes <= workBytes) return work;
        NativeMemory.AlignedFree(work);
        work = null;
        workBytes = 0;
        work = NativeMemory.AlignedAlloc((nuint)bytes, 64);
        workBytes = bytes;
        return work;
    }

    /// <summary>Moves nothing: what there is of one rank, or stands for several whose memory is planned.</summary>
    private sealed class SilentCollective(int rank, int size, string description) : Collective
    {
        public override int Rank => rank;

        public override int Size => size;

        public override string Description => description;

        public override void Abort(int exitCode)
        {
            // There is nobody who waits.
        }

        protected override void Gather(byte* all, long bytes)
        {
            // The others' numbers are not there.
        }

        protected override void Exchange(byte* send, byte* receive, long bytes)
        {
            // Nor are these.
        }

        protected override void Dispose(bool disposing)
        {
            // It holds nothing.
        }
    }
}
