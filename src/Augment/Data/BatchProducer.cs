using System.Runtime.ExceptionServices;
using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Augment.Data;

/// <summary>
/// Reads the images of coming steps on a thread of its own, and decodes those that must be decoded on several, while the device works on the present one.
/// </summary>
/// <remarks>
/// Two batches exist and go round: <see cref="Next"/> hands one out, <see cref="Return"/> gives it back to be filled again, so memory does not grow.
/// A batch is a pure function of the image set, the seed and its step. <see cref="Next"/> and <see cref="Return"/> are for one thread.
/// </remarks>
internal sealed class BatchProducer : IDisposable
{
    private const int Slots = 2; // one with the device, one being filled
    private readonly IImageSet set;
    private readonly IViewRecipe recipe;
    private readonly TextRecipe? text;
    private readonly ulong seed;
    private readonly uint evaluationEpoch;
    private readonly int samplesPerBatch, viewsPerSample, firstInBatch, samplesRead;
    private readonly bool training;
    private readonly int[] order;
    private readonly RawBatch[] batches = new RawBatch[Slots];
    private readonly object gate = new();
    private readonly Thread thread;
    private readonly DecodingThreads? decoders; // null where reading is cheap
    private readonly Func<bool> isStopping;
    private long filled, handed, returned; // steps so far, the start step included
    private ExceptionDispatchInfo? failure;
    private volatile bool stopping;
    private byte[] image = [];
    private long orderedEpoch = -1;

    private BatchProducer(
        IImageSet set, IViewRecipe recipe, ulong seed, int samplesPerBatch, int viewsPerSample, int shards, bool training, long startStep,
        uint evaluationEpoch = 0, int rank = 0, int ranks = 1)
    {
        if (samplesPerBatch < 1) throw new ArgumentException($"samplesPerBatch is {samplesPerBatch}; expected 1 or more.", nameof(samplesPerBatch));
        if (viewsPerSample < 1) throw new ArgumentException($"viewsPerSample is {viewsPerSample}; expected 1 or more.", nameof(viewsPerSample));
        if (shards < 1 || samplesPerBatch % shards != 0)
            throw new ArgumentException($"shards is {shards}; expected a divisor of the {Counted.Of(samplesPerBatch, "sample")} of a batch.", nameof(shards));
        if (ranks < 1 || rank < 0 || rank >= ranks || samplesPerBatch % ranks != 0 || (shards > 1 && shards % ranks != 0))
        {
            throw new ArgumentException(
                $"rank is {rank} of {ranks}; expected a rank below a divisor of the {Counted.Of(samplesPerBatch, "sample")} of a batch and of its {Counted.Of(shards, "shard")}.", nameof(rank));
        }

        if (startStep < 0) throw new ArgumentException($"startStep is {startStep}; expected 0 or more.", nameof(startStep));
        if (training && set.Count < samplesPerBatch)
            throw new ArgumentException($"samplesPerBatch is {samplesPerBatch}; {set.Name} has only {Counted.Of(set.Count, SampleNoun.Of(set))}.", nameof(samplesPerBatch));
        (this.set, this.recipe, this.seed, this.training, this.evaluationEpoch) = (set, recipe, seed, training, evaluationEpoch);
        text = set.Vocabulary is null ? null : recipe as TextRecipe ?? TextRecipe.Plain;
        (this.samplesPerBatch, this.viewsPerSample) = (samplesPerBatch, viewsPerSample);
        samplesRead = samplesPerBatch / ranks;
        firstInBatch = rank * samplesRead;
        StepsPerEpoch = training ? set.Count / samplesPerBatch : (set.Count + samplesPerBatch - 1) / samplesPerBatch;
        filled = handed = returned = startStep;
        order = new int[set.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        for (int slot = 0; slot < Slots; slot++) batches[slot] = new RawBatch(samplesRead, viewsPerSample, Math.Max(1, shards / ranks), ViewTensor.LongestText(set));
        isStopping = () => stopping;
        if (set.DecodesOnRead) decoders = new DecodingThreads(set, DecodingThreads.Number);
        thread = new Thread(FillBatches) { IsBackground = true, Name = "NegSamples image reader" };
        thread.Start();
    }

    /// <summary>The most pictures that lie decoded beside the batches.</summary>
    /// <param name="set">The images.</param>
    public static int DecodedAhead(IImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.DecodesOnRead ? DecodingThreads.Ahead : 0;
    }

    /// <summary>Batches in one pass over the images.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Endless batches for training: a random order in every epoch, whose last samples are left out when they do not fill a batch.</summary>
    /// <param name="set">The images.</param>
    /// <param name="recipe">Draws the views.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="samplesPerBatch">Samples per step, N.</param>
    /// <param name="viewsPerSample">Views of each sample; contrastive learning takes 2.</param>
    /// <param name="startStep">The first step to hand out: a resumed run goes on where it was.</param>
    /// <param name="shards">S: shards of samples, of which each has its views together; see <see cref="ViewOrder"/>. It divides the batch.</param>
    /// <param name="rank">The rank whose samples are read: consecutive ones of each batch.</param>
    /// <param name="ranks">P: it divides the batch, and the shards where there are several.</param>
    /// <exception cref="ArgumentException">A number is out of range, or the set has less than one batch.</exception>
    public static BatchProducer ForTraining(
        IImageSet set, IViewRecipe recipe, ulong seed, int samplesPerBatch, int viewsPerSample = 2, long startStep = 0, int shards = 1, int rank = 0,
        int ranks = 1) => new(set, recipe, seed, samplesPerBatch, viewsPerSample, shards, true, startStep, rank: rank, ranks: ranks);

    /// <summary>Each image once, in the set's order; the last batch may be smaller. Of several ranks each has every P-th batch.</summary>
    /// <param name="set">The images.</param>
    /// <param name="recipe">Says how the images become views; <see cref="PlainRecipe"/> for most purposes, which takes texts as they are, too.</param>
    /// <param name="samplesPerBatch">The most samples of one batch.</param>
    /// <param name="viewsPerSample">Views of each sample.</param>
    /// <param name="seed">The key that the recipe draws with.</param>
    /// <param name="epoch">The epoch that the recipe draws with.</param>
    /// <param name="rank">The rank that the batches are for: batch rank, rank + P, and so on; at the end one without samples where there is none left.</param>
    /// <param name="ranks">P.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public static BatchProducer ForEvaluation(
        IImageSet set, IViewRecipe recipe, int samplesPerBatch, int viewsPerSample = 1, ulong seed = 0, uint epoch = 0, int rank = 0, int ranks = 1) =>
        new(set, recipe, seed, checked(samplesPerBatch * ranks), viewsPerSample, 1, false, 0, epoch, rank, ranks);

    /// <summary>The next batch in order; waits until it is read.</summary>
    /// <returns>The batch, to be given to <see cref="Return"/>; null when an evaluation has had all.</returns>
    /// <exception cref="BadDataException">An image of the batch cannot be read.</exception>
    /// <exception cref="InvalidOperationException">Two batches are out and none was returned.</exception>
    public RawBatch? Next()
    {
        ObjectDisposedException.ThrowIf(stopping, this);
        if (!training && handed == StepsPerEpoch) return null;
        if (handed - returned == Slots) throw new InvalidOperationException("Both batches are out; return one before the next.");
        lock (gate)
        {
            while (filled == handed && failure is null) Monitor.Wait(gate);
            if (filled == handed) failure!.Throw();
        }

        return batches[handed++ % Slots];
    }

    /// <summary>Gives a batch back; its buffers will be filled again. Batches go back in the order they came.</summary>
    /// <param name="batch">The oldest batch that is out.</param>
    /// <exception cref="ArgumentException">It is another batch.</exception>
    public void Return(RawBatch batch)
    {
        if (returned == handed || batch != batches[returned % Slots])
            throw new ArgumentException("The batch is not the oldest one that is out.", nameof(batch));
        lock (gate)
        {
            returned++;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends the reading, in the middle of a batch if need be.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            Monitor.PulseAll(gate);
        }

        decoders?.Wake();
        thread.Join();
        decoders?.Dispose();
    }

    private void FillBatches()
    {
        try
        {
            for (long step = filled; training || step < StepsPerEpoch; step++)
            {
                lock (gate)
                {
                    while (step - returned >= Slots && !stopping) Monitor.Wait(gate);
                    if (stopping) return;
                }

                if (!Fill(batches[step % Slots], step)) return;
                lock (gate)
                {
                    filled = step + 1;
                    Monitor.PulseAll(gate);
                }
            }
        }
#pragma warning disable CA1031 // The exception travels to the consumer's thread; an unhandled one here would end the process.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            lock (gate)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
                Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>Reads one batch; false when the producer is to end.</summary>
    private bool Fill(RawBatch batch, long step)
    {
        uint epoch = training ? checked((uint)(step / StepsPerEpoch)) : evaluationEpoch;
        if (training && epoch != orderedEpoch)
        {
            new Philox(seed, RandomPurpose.Shuffle, epoch).Shuffle(order);
            orderedEpoch = epoch;
        }

        bool isLabelled = set.ClassNames.Count > 0;
        int first = ((int)(step % StepsPerEpoch) * samplesPerBatch) + firstInBatch;
        batch.Begin(step, Math.Clamp(set.Count - first, 0, samplesRead));
        decoders?.Begin(order, first, batch.Count);
        for (int place = 0; place < batch.Count; place++)
        {
            if (stopping) return false;
            int sample = order[first + place];
            (int height, int width) = Read(sample, out byte[] pixels);
            if (stopping) return false;
            batch.SetImage(place, sample, isLabelled ? set.Label(sample) : -1, height, width, pixels);
            for (int view = 0; view < viewsPerSample; view++)
            {
                batch.SetRecipe(view, place, recipe.Draw(seed, epoch, (uint)sample, (uint)view, height, width));
                text?.Draw(seed, epoch, (uint)sample, (uint)view, pixels.AsSpan(0, AgNewsSet.BytesPerWord * width), batch.WordsOf(view, place));
            }

            decoders?.Release();
        }

        return true;
    }

    private (int Height, int Width) Read(int sample, out byte[] pixels)
    {
        if (decoders is not null) return decoders.Take(out pixels, isStopping);
        (int Height, int Width) size = set.Read(sample, ref image);
        pixels = image;
        return size;
    }
}
