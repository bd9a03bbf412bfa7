using System.Runtime.ExceptionServices;

namespace NegSamples.Augment.Data;

/// <summary>Threads that read pictures ahead of one that takes them in order. They wait, and cost nothing, while nothing is to be read.</summary>
/// <remarks>
/// <see cref="Begin"/>, <see cref="Take"/> and <see cref="Release"/> are for one thread. What is taken does not depend on the number of threads; of several bad
/// pictures the first in order is the one that is told. Buffers grow to the largest picture and stay.
/// </remarks>
internal sealed class DecodingThreads : IDisposable
{
    /// <summary>Pictures that may lie ready for each thread, so that a thread with a small picture need not wait for one with a large.</summary>
    private const int AheadOfThread = 2;

    private readonly IImageSet set;
    private readonly Thread[] threads;
    private readonly Slot[] slots;
    private readonly object gate = new();
    private int[] order = [];
    private int first, count, claimed, released; // of the present pictures: the next to be read, the next to be given back
    private bool stopping;

    /// <summary>Starts the threads.</summary>
    /// <param name="set">The pictures.</param>
    /// <param name="threads">How many threads.</param>
    public DecodingThreads(IImageSet set, int threads)
    {
        this.set = set;
        slots = new Slot[threads * AheadOfThread];
        for (int i = 0; i < slots.Length; i++) slots[i] = new Slot();
        this.threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            this.threads[i] = new Thread(Work) { IsBackground = true, Name = "NegSamples image decoder" };
            this.threads[i].Start();
        }
    }

    /// <summary>The threads that decode for one reader: as many as there are processors. They share their time with those that compute.</summary>
    public static int Number => Math.Clamp(Environment.ProcessorCount, 1, 64);

    /// <summary>The most pictures that lie ready or are being read.</summary>
    public static int Ahead => Number * AheadOfThread;

    /// <summary>Says which pictures come next. All of the former ones must have been taken.</summary>
    /// <param name="order">The samples; not to be changed before all are taken.</param>
    /// <param name="first">The place of the first.</param>
    /// <param name="count">How many.</param>
    public void Begin(int[] order, int first, int count)
    {
        lock (gate)
        {
            (this.order, this.first, this.count, claimed, released) = (order, first, count, 0, 0);
            foreach (Slot slot in slots) slot.Picture = -1;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>The next picture, valid until <see cref="Release"/>; waits until it is read.</summary>
    /// <param name="pixels">Receives the pixels.</param>
    /// <param name="stop">Whether to wait no longer.</param>
    /// <returns>Height and width; 0 where the waiting was ended.</returns>
    public (int Height, int Width) Take(out byte[] pixels, Func<bool> stop)
    {
        Slot slot = slots[released % slots.Length];
        lock (gate)
        {
            while (slot.Picture != released && !stop()) Monitor.Wait(gate);
            pixels = slot.Pixels;
            if (slot.Picture != released) return (0, 0);
        }

        slot.Failure?.Throw();
        return (slot.Height, slot.Width);
    }

    /// <summary>Gives the picture that was taken back.</summary>
    public void Release()
    {
        lock (gate)
        {
            released++;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Wakes the thread that takes, so that it looks whether to stop.</summary>
    public void Wake()
    {
        lock (gate) Monitor.PulseAll(gate);
    }

    /// <summary>Ends the threads, each after the picture that it reads.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }

        foreach (Thread thread in threads) thread.Join();
    }

    private void Work()
    {
        while (true)
        {
            int picture, sample;
            lock (gate)
            {
                while (!stopping && (claimed == count || claimed - released >= slots.Length)) Monitor.Wait(gate);
                if (stopping) return;
                picture = claimed++;
                sample = order[first + picture];
            }

            Slot slot = slots[picture % slots.Length];
            try
            {
                slot.Failure = null;
                (slot.Height, slot.Width) = set.Read(sample, ref slot.Pixels);
            }
#pragma warning disable CA1031 // It travels to the thread that takes the picture; unhandled here it would end the process.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                slot.Failure = ExceptionDispatchInfo.Capture(exception);
            }

            lock (gate)
            {
                slot.Picture = picture;
                Monitor.PulseAll(gate);
            }
        }
    }

    private sealed class Slot
    {
        public byte[] Pixels = [];
        public int Picture = -1, Height, Width;
        public ExceptionDispatchInfo? Failure;
    }
}
