using System.Diagnostics;
using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Onnx;

/// <summary>What ONNX Runtime makes of an exported model, beside what this program makes of it, on the same images.</summary>
/// <param name="Difference">The largest difference between two numbers.</param>
/// <param name="Largest">The largest number.</param>
/// <param name="Images">How many images were compared.</param>
/// <param name="Threads">Threads of both.</param>
/// <param name="Theirs">Images a second of ONNX Runtime.</param>
/// <param name="Ours">Images a second of this program.</param>
internal sealed record ExportCheck(double Difference, double Largest, int Images, int Threads, double Theirs, double Ours)
{
    /// <summary>The bar.</summary>
    public const double Tolerance = 1e-4;

    // A batch, and one image more, so that two sizes of a batch are tried.
    private const int Batch = 32;

    // As many passes of each, in alternation, as take this long, and these at least; the best of each counts.
    private const int LeastPasses = 3;
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1.5);

    /// <summary>Whether the difference is within the bar: of numbers above 1, of the largest one's size.</summary>
    public bool IsSame => Difference <= Tolerance * Math.Max(1, Largest);

    /// <summary>Compares.</summary>
    /// <param name="path">The exported file.</param>
    /// <param name="model">What was exported, on a CPU; its activations are prepared for inference.</param>
    /// <param name="head">Whether the head is in the file.</param>
    /// <param name="images">Real images, of which the first are taken.</param>
    /// <param name="threads">Threads of both.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="Files.BadDataException">ONNX Runtime does not take the file, or an image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ExportCheck Of(string path, Model model, bool head, IImageSet images, int threads, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        int count = Math.Min(Batch + 1, images.Count), columns = head ? model.EmbeddingDimension : model.FeatureDimension;
        Ops ops = model.Ops;
        using OnnxEncoder encoder = OnnxEncoder.Open(path, new OnnxRequest { Batch = Batch, Threads = threads, IsOneBatch = true, Stop = stop });
        if (encoder.FeatureDimension != columns) throw new Files.BadDataException($"{path} gives {Counted.Of(encoder.FeatureDimension, "number")} an image; expected {columns}.");
        encoder.Prepare(count);
        model.Prepare(count, training: false);
        (Arena arena, Tensor views) = ViewTensor.Create(ops, images, count, encoder.Side);
        using Arena owned = arena;
        (Arena plainArena, Tensor plain) = ViewTensor.Create(ops, images, count, encoder.Side);
        using Arena plainOwned = plainArena;
        Fill(ops, images, count, views, model.Settings.Pixels);
        Fill(ops, images, count, plain, encoder.Range);
        float[] ours = new float[count * columns], theirs = new float[count * columns];
        RunModel(views, ours);
        encoder.Embed(plain, theirs, [], []);
        double difference = 0, largest = 0;
        for (int i = 0; i < ours.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs((double)ours[i] - theirs[i])); // a number that is not finite stays, and fails
            largest = Math.Max(largest, Math.Abs(ours[i]));
        }

        int some = Math.Min(Batch, count);
        Tensor timed = views.Slice(0, some), timedPlain = plain.Slice(0, some);
        double best = double.PositiveInfinity, bestOfTheirs = double.PositiveInfinity;
        Stopwatch all = Stopwatch.StartNew();
        for (int pass = 0; pass < LeastPasses || all.Elapsed < Enough; pass++)
        {
            stop.ThrowIfCancellationRequested();
            bestOfTheirs = Math.Min(bestOfTheirs, Seconds(() => encoder.Embed(timedPlain, theirs.AsSpan(0, some * columns), [], [])));
            best = Math.Min(best, Seconds(() => RunModel(timed, ours)));
        }

        return new ExportCheck(difference, largest, count, threads, some / bestOfTheirs, some / best);

        void RunModel(Tensor pictures, float[] rows)
        {
            Tensor result = model.Encode(pictures, training: false);
            if (head)
            {
                result = model.Project(result, training: false);
                if (model.Settings.IsClassifier) result = model.Embedding;
            }

            ops.Download<float>(result, rows.AsSpan(0, pictures[0] * columns));
        }
    }

    private static void Fill(Ops ops, IImageSet images, int count, Tensor views, PixelRange range)
    {
        using ViewMaker maker = new(ops, range);
        using BatchProducer producer = BatchProducer.ForEvaluation(images, new PlainRecipe(), count);
        RawBatch batch = producer.Next()!;
        maker.Make(batch, views);
        producer.Return(batch);
    }

    private static double Seconds(Action work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }
}
