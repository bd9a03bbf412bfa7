using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Threads that share chunks of work, more of them than there are cores: the caller goes on while some have not come, and those come later.</summary>
public class WorkerPoolTests
{
    private const int Rounds = 5_000;

    /// <summary>Works of two kinds in turn, so that a thread that comes late meets another kind than the one it was called for.</summary>
    [Fact]
    public void EveryChunkIsDoneOnceBeforeTheCallerGoesOn()
    {
        using WorkerPool pool = new(4 * Environment.ProcessorCount);
        int[] done = new int[17];
        Random random = new(11);
        for (int round = 0; round < Rounds; round++)
        {
            int chunks = random.Next(1, done.Length);
            Array.Clear(done);
            if (round % 2 == 0) pool.Run(chunks, new Ones(done));
            else pool.Run(chunks, new Twos(done));
            for (int chunk = 0; chunk < done.Length; chunk++)
            {
                int expected = chunk >= chunks ? 0 : 1 + (round % 2);
                if (Volatile.Read(ref done[chunk]) != expected) Assert.Fail($"Round {round}: chunk {chunk} of {chunks} is {done[chunk]}; expected {expected}.");
            }
        }
    }

    /// <summary>A chunk waits until another thread has one: were the workers never let in, it would wait for good.</summary>
    [Fact]
    public void WorkersTakePart()
    {
        using WorkerPool pool = new(2);
        for (int round = 0; round < 20; round++)
        {
            using CountdownEvent both = new(2);
            pool.Run(2, new Meeting(both));
        }
    }

    [Fact]
    public void AFaultOfAWorkerIsTheCallers()
    {
        using WorkerPool pool = new(4);
        for (int round = 0; round < 100; round++)
        {
            Assert.IsType<InvalidOperationException>(Assert.Throws<AggregateException>(() => pool.Run(8, new Faulty())).InnerException);
            int[] done = new int[8];
            pool.Run(8, new Ones(done));
            Assert.All(done, count => Assert.Equal(1, count));
        }
    }

    /// <summary>The caller is quick, so that it has given all chunks out while the others are still inside theirs.</summary>
    private static void Linger(int worker) => Thread.SpinWait(worker == 0 ? 100 : 2000);

    private readonly struct Ones(int[] done) : IChunks
    {
        public void Run(int chunk, int worker)
        {
            Linger(worker);
            Interlocked.Add(ref done[chunk], 1);
        }
    }

    private readonly struct Twos(int[] done) : IChunks
    {
        public void Run(int chunk, int worker)
        {
            Linger(worker);
            Interlocked.Add(ref done[chunk], 2);
        }
    }

    private readonly struct Meeting(CountdownEvent both) : IChunks
    {
        public void Run(int chunk, int worker)
        {
            both.Signal();
            if (!both.Wait(TimeSpan.FromSeconds(30))) throw new TimeoutException("No other thread has come.");
        }
    }

    private readonly struct Faulty : IChunks
    {
        public void Run(int chunk, int worker)
        {
            if (chunk == 5) throw new InvalidOperationException("It fails.");
        }
    }
}
