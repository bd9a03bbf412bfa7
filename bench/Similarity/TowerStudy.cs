using System.Diagnostics;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Similarity;

/// <summary>Measures a loss of two towers with all its gradients on features that another program computed.</summary>
public static class TowerStudy
{
    private const string OfQueries = "dq.npy", OfKeys = "dk.npy";

    /// <summary>The files that an output folder receives: the gradients of the queries and of the keys.</summary>
    public static IReadOnlyList<string> GradientNames { get; } = [OfQueries, OfKeys];

    // A tensor's host side is a span, and a span's length is an int.
    private const long MostNumbers = int.MaxValue / 2;

    /// <summary>Measures the loss.</summary>
    /// <param name="settings">The files and the loss.</param>
    /// <param name="open">Opens the device; called once the files fit it.</param>
    /// <param name="availableBytes">Memory that may be taken.</param>
    /// <param name="output">A folder that receives <see cref="GradientNames"/>, or null.</param>
    /// <param name="status">Is told in a line what is being done.</param>
    /// <param name="stop">Ends it between two blocks of rows.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    /// <exception cref="BadDataException">A file is missing or none of numbers, the rows of the two disagree, a number is not finite, or the loss is
    /// not.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static TowerReport Run(
        TowerSettings settings, Func<Ops> open, long availableBytes, string? output, Action<string> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(status);
        settings.Validate();
        using TowerFile ofQueries = new(settings.Queries), ofKeys = new(settings.Keys);
        if ((ofQueries.Rows, ofQueries.Dimension) != (ofKeys.Rows, ofKeys.Dimension))
            throw new BadDataException(
                $"{ofQueries.Name} has the shape {ofQueries.ShapeText} and {ofKeys.Name} {ofKeys.ShapeText}; expected the same: "
                + "row i of the one matches row i of the other.");
        if (ofQueries.Rows > MostNumbers / ofQueries.Dimension)
            throw new BadDataException(FormattableString.Invariant(
                $"{ofQueries.Name} has the shape {ofQueries.ShapeText}; expected at most {Counted.Of(MostNumbers, "number")}."));
        int rows = (int)ofQueries.Rows, dimension = (int)ofQueries.Dimension;
        SimilarityShape shape = new(settings.Loss == TowerLoss.Sigmoid ? SimilarityForm.Sigmoid : SimilarityForm.TwoTower, rows, rows, dimension);
        SimilarityNeed need = SimilarityNeed.Of(shape, SimilarityMethod.Streaming, 0, settings.Threads);
        need = need with { InputBytes = need.InputBytes + TwoViews.BytesFor(rows), ExtraBytes = need.ExtraBytes + TowerRecalls.Bytes(rows) };
        if (need.Total > availableBytes)
            throw new DeviceMemoryException(FormattableString.Invariant(
                $"{Counted.Of(rows, "query")} and keys of {Counted.Of(dimension, "number")} need {need}; {SimilarityNeed.Text(availableBytes)} are available. Give parts of them."));
        using Ops ops = open();
        if (ops is CpuOps cpu) cpu.Stop = stop;
        using Arena arena = ops.CreateArena("towers", need.InputBytes + need.OutputBytes + Arena.BytesFor(ElementType.Float32, 2L * rows));
        Tensor z = arena.Take(2 * rows, dimension), dz = arena.Take(2 * rows, dimension), queries = z.Slice(0, rows), keys = z.Slice(rows, rows);
        status(FormattableString.Invariant($"{Counted.Of(rows, "query")} and keys of {Counted.Of(dimension, "number")} need {need} ({SimilarityNeed.Text(availableBytes)} available)"));
        ofQueries.Read(ops, queries, stop);
        ofKeys.Read(ops, keys, stop);
        if (settings.IsNormalised) ops.L2NormalizeForward(z, z, arena.Take(2 * rows, 1));
        TwoViews views = new(arena, rows);
        ContrastiveBatch batch = settings.Loss == TowerLoss.Sigmoid ? views.OtherView(z) : views.AcrossViews(z);
        ContrastiveGradients gradients = settings.Loss == TowerLoss.Sigmoid
            ? new(dz.Slice(0, rows), dz.Slice(rows, rows)) : ContrastiveGradients.OfRows(dz);
        Tensor loss = arena.Take(batch.Queries.Rows), logSumExp = arena.Take(batch.Queries.Rows);
        status("loss and gradients");
        long workspace = ops.WorkspaceBytes, start = Stopwatch.GetTimestamp();
        ops.ContrastiveLoss(batch, settings.Formula, loss, logSumExp, gradients);
        ops.Synchronize();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        float[] losses = new float[loss.Count];
        ops.Download<float>(loss, losses);
        double mean = Mean(losses);
        string effect = settings.IsNormalised ? "they are scaled to unit length" : "they are taken as they are (`normalised` scales them)";
        string[] notes = [.. new[] { ofQueries, ofKeys }.Select(file => file.NoteOfLengths(effect)).OfType<string>()];
        if (!double.IsFinite(mean))
            throw new BadDataException(FormattableString.Invariant($"The loss is {mean}; expected a finite number. {string.Join(" ", notes)}").TrimEnd());
        double byTemperature = ops.ContrastiveTemperatureGradient(batch, settings.Formula, gradients);
        if (!double.IsFinite(byTemperature)) throw NotFinite("dL/dT", byTemperature, settings.Temperature);
        double? byBias = settings.Loss == TowerLoss.Sigmoid ? ops.ContrastiveBiasGradient(logSumExp) : null;
        double ofDq = Length(ops, dz.Slice(0, rows), settings.Temperature, Path(output, OfQueries), stop), ofDk = Length(ops, dz.Slice(rows, rows), settings.Temperature, Path(output, OfKeys), stop);
        status("retrieval");
        long extra = ops.WorkspaceBytes - workspace;
        (TowerRecall recallOfQueries, TowerRecall recallOfKeys) = TowerRecalls.Of(ops, queries, keys, settings.Threads, stop);
        bool isBothWays = settings.Loss == TowerLoss.InfoNce;
        return new(
            ops.Description, settings.Queries, settings.Keys, settings.IsNormalised, rows, dimension, settings.Loss, settings.Temperature,
            isBothWays ? null : settings.BiasOfLoss, mean, isBothWays ? Mean(losses.AsSpan(0, rows)) : null,
            isBothWays ? Mean(losses.AsSpan(rows)) : null, ofDq, ofDk, byTemperature,
            -byTemperature * settings.Temperature * settings.Temperature, byBias, recallOfQueries, recallOfKeys, seconds, extra, notes);
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / values.Length;
    }

    private static BadDataException NotFinite(string what, double value, float temperature) =>
        new(FormattableString.Invariant($"{what} is {value}; expected a finite number. At a `temperature` of {temperature} it is beyond float32: take a higher one."));

    private static string? Path(string? folder, string name) => folder is null ? null : System.IO.Path.Combine(folder, name);

    /// <summary>The length of a gradient, which goes into a file where one is named.</summary>
    private static double Length(Ops ops, Tensor gradient, float temperature, string? path, CancellationToken stop)
    {
        const int RowsAtOnce = 1024;
        using NpyWriter? writer = path is null ? null : new NpyWriter(path, gradient.Rows, gradient.Columns);
        float[] piece = new float[Math.Min(RowsAtOnce, gradient.Rows) * gradient.Columns];
        double sum = 0;
        for (int first = 0; first < gradient.Rows; first += RowsAtOnce)
        {
            stop.ThrowIfCancellationRequested();
            Tensor some = gradient.Slice(first, Math.Min(RowsAtOnce, gradient.Rows - first));
            Span<float> numbers = piece.AsSpan(0, (int)some.Count);
            ops.Download(some, numbers);
            foreach (float number in numbers) sum += (double)number * number;
            writer?.Append(numbers);
        }

        if (!double.IsFinite(sum)) throw NotFinite("A gradient's length", sum, temperature);
        writer?.Commit();
        return Math.Sqrt(sum);
    }
}
