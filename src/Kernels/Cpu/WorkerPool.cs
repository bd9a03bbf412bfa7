using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Work that is cut into chunks. A chunk's result must not depend on who runs it or when.</summary>
internal interface IChunks
{
    /// <summary>Does one chunk.</summary>
    /// <param name="chunk">0 to the number of chunks - 1.</param>
    /// <param name="worker">Which thread runs it, 0 to <see cref="WorkerPool.Threads"/> - 1: picks scratch memory, never numbers.</param>
    void Run(int chunk, int worker);
}

/// <summary>A fixed set of threads that run chunks of work without allocating.</summary>
/// <remarks>
/// The caller cuts the work by its shape alone, never by the number of threads; threads then take the next free chunk. So the same
/// sums are done in the same order for 1, 2 or 7 threads and the results are the same bits.
/// </remarks>
internal sealed class WorkerPool : IDisposable
{
    // Spinning catches the next operation of a training step, which comes within microseconds; longer waits must leave the core to others.
    private const int SpinsBeforeSleep = 40;

    // So many chunks pass over whole tensors. Every other pass begins at their end, which the pass before has just read or written: that part is still in a cache.
    private const int ManyChunks = 64;

    // What is added to the number of workers that are in a piece of work when no other may join any more.
    private const int Closed = int.MinValue / 2;

    [ThreadStatic]
    private static WorkerPool? home; // of a worker's thread

    private readonly Thread[] threads;
    private readonly Dictionary<Type, Job> jobs = [];
    private readonly object gate = new();
    private Job? current;
    private int generation;
    private int members = Closed;
    private bool stopping;
    private int busy; // 1 while there is work: two threads that come at once must not both begin
    private int caller; // the thread whose work it is; 0 where there is none
    private bool backwards;

    public WorkerPool(int threads)
    {
        Threads = threads;
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < this.threads.Length; i++)
        {
            int worker = i + 1;
            this.threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"NegSamples worker {worker}" };
            this.threads[i].Start();
        }
    }

    /// <summary>How many threads run chunks, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Ends work between two chunks; what it has written by then is worth nothing.</summary>
    public CancellationToken Stop { get; set; }

    /// <summary>Whether this thread is in a chunk of this pool's work: what it asks of the pool would wait for itself.</summary>
    public bool IsHere => home == this || Volatile.Read(ref caller) == Environment.CurrentManagedThreadId;

    /// <summary>Refuses to go on where the threads have ended.</summary>
    /// <exception cref="ObjectDisposedException">They have.</exception>
    public void RequireRunning()
    {
        if (Volatile.Read(ref stopping)) throw CpuOps.Disposed();
    }

    /// <summary>Runs all chunks and returns when they are done. An exception in a chunk is thrown here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TChunks>(int chunks, TChunks work)
        where TChunks : struct, IChunks
    {
        if (chunks <= 0) return;
        Stop.ThrowIfCancellationRequested();
        RequireRunning();
        if (Interlocked.Exchange(ref busy, 1) != 0)
        {
            RequireRunning(); // which Dispose keeps busy
            throw new InvalidOperationException("The worker pool is in use: operations of one Ops must come from one thread at a time and must not nest.");
        }

        try
        {
            Volatile.Write(ref caller, Environment.CurrentManagedThreadId);
            if (threads.Length == 0 || chunks == 1)
            {
                for (int chunk = 0; chunk < chunks && !Stop.IsCancellationRequested; chunk++) work.Run(chunk, 0);
                Stop.ThrowIfCancellationRequested();
                return;
            }

            if (!jobs.TryGetValue(typeof(TChunks), out Job? cached)) jobs.Add(typeof(TChunks), cached = new Job<TChunks>());
            Job<TChunks> job = (Job<TChunks>)cached;
            job.Work = work;
            backwards ^= chunks >= ManyChunks;
            job.Start(chunks, backwards && chunks >= ManyChunks, Stop);
            current = job;
            Volatile.Write(ref members, 0);
            lock (gate)
            {
                Volatile.Write(ref generation, generation + 1);
                Monitor.PulseAll(gate);
            }

            job.RunChunks(0);

            // A worker that has not come by now, as where other programs have its core, has nothing to do here any more and is not waited for.
            Interlocked.Add(ref members, Closed);
            SpinWait spin = default;
            while (Volatile.Read(ref members) != Closed)
            {
                // The others are inside their last chunk. Never sleep here for a millisecond: a chunk is shorter.
                spin.SpinOnce(sleep1Threshold: -1);
            }

            if (job.Failure is { } failure) throw new AggregateException("A chunk of work failed.", failure);
            Stop.ThrowIfCancellationRequested();
        }
        finally
        {
            Volatile.Write(ref caller, 0);
            Volatile.Write(ref busy, 0);
        }
    }

    /// <summary>Ends the threads. Work that another thread has begun is done first; what that thread asks next is refused.</summary>
    /// <exception cref="InvalidOperationException">A chunk of the work asked for it.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose()
    {
        if (IsHere) throw new InvalidOperationException("The worker pool is in use: its work must not dispose it.");
        lock (gate)
        {
            if (stopping) return;
            Volatile.Write(ref stopping, true);
            Monitor.PulseAll(gate);
        }

        // Stays busy: who has passed the question for its end must not begin.
        SpinWait spin = default;
        while (Interlocked.CompareExchange(ref busy, 1, 0) != 0) spin.SpinOnce(sleep1Threshold: -1);
        foreach (Thread thread in threads) thread.Join();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Work(int worker)
    {
        home = this;
        int seen = 0;
        while (true)
        {
            SpinWait spin = default;
            while (Volatile.Read(ref generation) == seen && spin.Count < SpinsBeforeSleep) spin.SpinOnce(sleep1Threshold: -1);
            lock (gate)
            {
                while (generation == seen && !stopping) Monitor.Wait(gate);
                if (stopping) return;
                seen = generation;
            }

            if (!Join()) continue;
            current!.RunChunks(worker); // which is the same until this worker leaves
            Interlocked.Decrement(ref members);
        }
    }

    /// <summary>Becomes one of those that the caller waits for; false where the work is done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Join()
    {
        for (int seen = Volatile.Read(ref members); seen >= 0;)
        {
            int before = Interlocked.CompareExchange(ref members, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }

    private abstract class Job
    {
        private int chunks;
        private int next;
        private bool isFromTheEnd;
        private CancellationToken stop;

        public Exception? Failure { get; private set; }

        public void Start(int count, bool fromTheEnd, CancellationToken token)
        {
            isFromTheEnd = fromTheEnd;
            stop = token;
            chunks = count;
            next = 0;
            Failure = null;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void RunChunks(int worker)
        {
            while (true)
            {
                int chunk = Interlocked.Increment(ref next) - 1;
                if (chunk >= chunks || stop.IsCancellationRequested) return;
                try
                {
                    RunChunk(isFromTheEnd ? chunks - 1 - chunk : chunk, worker);
                }
#pragma warning disable CA1031 // The exception travels to the caller's thread; an unhandled one here would end the process.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    Failure = exception;
                    Interlocked.Exchange(ref next, chunks);
                }
            }
        }

        protected abstract void RunChunk(int chunk, int worker);
    }

    private sealed class Job<TChunks> : Job
        where TChunks : struct, IChunks
    {
        public TChunks Work;

        protected override void RunChunk(int chunk, int worker) => Work.Run(chunk, worker);
    }
}
