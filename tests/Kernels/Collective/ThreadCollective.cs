using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Ranks that are threads of this process, each with an object of its own. They meet at every call, and what does not fit together fails on all of them.</summary>
internal sealed unsafe class ThreadCollective : Collective
{
    private readonly Meeting meeting;
    private readonly int rank;

    private ThreadCollective(Meeting meeting, int rank) => (this.meeting, this.rank) = (meeting, rank);

    public override int Rank => rank;

    public override int Size => meeting.Size;

    public override string Description => $"{Size} threads";

    /// <summary>Does the same on P threads at once, and gives what each has returned. The first exception of a rank is thrown, after all have ended.</summary>
    /// <param name="ranks">P.</param>
    /// <param name="work">The work of one rank, which has its own device.</param>
    /// <param name="limit">How long a rank waits for the others [30 seconds].</param>
    public static T[] Run<T>(int ranks, Func<Collective, T> work, TimeSpan? limit = null)
    {
        Meeting meeting = new(ranks, limit ?? TimeSpan.FromSeconds(30));
        T[] results = new T[ranks];
        Thread[] threads = new Thread[ranks];
        for (int i = 0; i < ranks; i++)
        {
            int rank = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    using Collective collective = ranks == 1 ? Alone : new ThreadCollective(meeting, rank);
                    results[rank] = work(collective);
                }
                catch (Exception exception)
                {
                    meeting.Fail($"rank {rank} failed: {exception.Message}", exception);
                }
            }) { IsBackground = true };
            threads[i].Start();
        }

        foreach (Thread thread in threads) thread.Join();
        return meeting.Failure is null ? results : throw new AggregateException(meeting.Reason, meeting.Failure);
    }

    /// <summary>Does the same on P threads at once.</summary>
    public static void Run(int ranks, Action<Collective> work, TimeSpan? limit = null) => Run(
        ranks,
        collective =>
        {
            work(collective);
            return true;
        },
        limit);

    public override void Abort(int exitCode) => meeting.Fail($"rank {Rank} has ended all with {exitCode}.", new InvalidOperationException($"exit code {exitCode}"));

    protected override void Gather(byte* all, long bytes)
    {
        meeting.Come(Rank, nameof(Gather), bytes, all);
        for (int other = 0; other < Size; other++)
        {
            long part = other * bytes;
            if (other != Rank) Buffer.MemoryCopy(meeting.Of(other) + part, all + part, bytes, bytes);
        }

        meeting.Come(Rank, "the end of " + nameof(Gather), bytes, all);
    }

    protected override void Exchange(byte* send, byte* receive, long bytes)
    {
        meeting.Come(Rank, nameof(Exchange), bytes, send);
        for (int other = 0; other < Size; other++) Buffer.MemoryCopy(meeting.Of(other) + (Rank * bytes), receive + (other * bytes), bytes, bytes);
        meeting.Come(Rank, "the end of " + nameof(Exchange), bytes, send);
    }

    protected override void Dispose(bool disposing)
    {
        // The meeting is shared by all ranks.
    }

    /// <summary>Where the ranks wait until all are there with the same call.</summary>
    private sealed class Meeting(int size, TimeSpan limit)
    {
        private readonly Lock alone = new();
        private readonly nint[] buffers = new nint[size];
        private readonly ManualResetEventSlim[] open = [Waited(), Waited()]; // of the even and the odd meetings: a rank may be one ahead, never two
        private int present, number;
        private string method = "";
        private long bytes;

        public int Size => size;

        public Exception? Failure { get; private set; }

        public string Reason { get; private set; } = "";

        public byte* Of(int rank) => (byte*)buffers[rank];

        /// <summary>An event that has been waited for: it allocates what it waits by at the first wait that is no spinning, which might be in a counted step.</summary>
        private static ManualResetEventSlim Waited()
        {
            ManualResetEventSlim waited = new();
            waited.Wait(TimeSpan.FromMilliseconds(1));
            return waited;
        }

        public void Come(int rank, string method, long bytes, byte* buffer)
        {
            ManualResetEventSlim mine;
            lock (alone)
            {
                ThrowIfFailed();
                if (present == 0)
                {
                    (this.method, this.bytes) = (method, bytes);
                }
                else if (method != this.method || bytes != this.bytes)
                {
                    string reason = $"rank {rank} calls {method} of {bytes} bytes while another calls {this.method} of {this.bytes}.";
                    Fail(reason, new InvalidOperationException(reason));
                    ThrowIfFailed();
                }

                buffers[rank] = (nint)buffer;
                mine = open[number & 1];
                if (++present == size)
                {
                    (present, number) = (0, number + 1);
                    open[number & 1].Reset();
                    mine.Set();
                }
            }

            if (!mine.Wait(limit))
            {
                string reason = $"rank {rank} has waited {limit.TotalSeconds} s in {method} for a rank that does not come.";
                Fail(reason, new TimeoutException(reason));
            }

            ThrowIfFailed();
        }

        /// <summary>Lets nobody wait any longer. The first reason is kept.</summary>
        public void Fail(string reason, Exception exception)
        {
            lock (alone)
            {
                if (Failure is null) (Failure, Reason) = (exception, reason);
                foreach (ManualResetEventSlim each in open) each.Set();
            }
        }

        private void ThrowIfFailed()
        {
            lock (alone)
            {
                if (Failure is not null) throw new InvalidOperationException(Reason);
            }
        }
    }
}
