using System.Diagnostics;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Similarity;

/// <summary>Measures loss and gradients of N queries against K keys: time, memory, and the distance from float64.</summary>
/// <remarks>Every K and method has a device and tensors of its own, so that the workspace of one does not stand in the numbers of another. The first call of each
/// pass is not timed: the workspace grows in it.</remarks>
public static class SimilarityStudy
{
    /// <summary>Measures every K with every method.</summary>
    /// <param name="settings">What to measure.</param>
    /// <param name="open">Opens the device, with its ranks; called for each K and method.</param>
    /// <param name="availableBytes">Memory that may be taken; <see cref="AvailableMemory.Read()"/>. Of a GPU its own is read.</param>
    /// <param name="status">Is told in a line what a measurement needs before it takes it, and what it found.</param>
    /// <param name="mayBeGpu">Whether the device must be open before it is known whose memory is meant.</param>
    /// <param name="stop">Ends the study between two calls; the report then has the rows that are finished. Over several ranks it ends with the exception.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    /// <exception cref="DeviceMemoryException">Something that was asked for does not fit; nothing was measured. With both methods, only the smallest K
    /// must fit both: of larger ones the materialised side is left out where it does not fit.</exception>
    public static SimilarityReport Run(SimilaritySettings settings, Func<Ops> open, long availableBytes, Action<string> status, bool mayBeGpu = false, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(status);
        settings.Validate();
        int threads = Math.Min(settings.Threads == 0 ? int.MaxValue : settings.Threads, Environment.ProcessorCount);
        double peak;
        Func<double> measurePeak = () => MachinePeak.Measure(threads);
        Func<int, SimilarityMethod, SimilarityNeed> needOf = (keys, method) => SimilarityNeed.Of(settings.Shape(keys), method, settings.SpillBytes, settings.Threads);
        Precision precision;
        string device;
        SimilarityNeed[] needs = [], leftOut = [];
        if (!mayBeGpu) (needs, leftOut) = Fitting(settings, needOf, availableBytes, status);
        using (Ops ops = open())
        {
            if (ops.Collective.Size != settings.Ranks) throw new ArgumentException($"settings has {Counted.Of(settings.Ranks, "rank")} and the device {ops.Collective.Size}.", nameof(settings));
            device = settings.Ranks == 1 ? ops.Description : $"{ops.Description} in each of {ops.Collective.Description}";
            if (ops is not CpuOps && settings.Methods.Contains(SimilarityMethod.Materialised))
                throw new SettingsException($"`method` materialised works on the CPU only, and the device is {device}; choose `method` streaming, or `device` cpu.");
            if (ops is CudaOps gpu)
            {
                availableBytes = gpu.FreeBytes;
                needOf = (keys, _) => SimilarityNeed.OnGpu(gpu, settings, keys);
            }

            if (mayBeGpu) (needs, leftOut) = Fitting(settings, needOf, availableBytes, status);
            (precision, measurePeak) = ops switch
            {
                // Its peak is measured while it is open; a GPU's clock is nobody else's.
                CudaOps its => (its.PrecisionOf(settings.Loss), Constant(its.MeasurePeak(of: its.PrecisionOf(settings.Loss)).Gflops)),
                CpuOps { Precision: Precision.BFloat16 } when CpuOps.BFloat16Support.Length == 0 => (Precision.BFloat16, () => MachinePeak.MeasureBFloat16(threads)),
                CpuOps cpu => (cpu.Precision, measurePeak),
                _ => (Precision.Float32, measurePeak),
            };
            peak = ops.Collective.Sum(Enumerable.Range(0, MachinePeak.Rounds).Max(_ => measurePeak()));
        }

        List<Measured> measured = [];
        try
        {
            foreach (SimilarityNeed need in needs)
            {
                string name = FormattableString.Invariant($"[{measured.Count + 1}/{needs.Length}] K = {need.Keys}, {Name(need.Method)}");
                status($"{name} needs {need} ({SimilarityNeed.Text(availableBytes)} available)");
                measured.Add(Measure(settings, need, open, stop));
                if (settings.Ranks == 1) peak = Math.Max(peak, measurePeak());
                SimilarityRow row = measured[^1].Finish(settings, peak);
                status(FormattableString.Invariant(
                    $"{name}: {SimilarityPass.Milliseconds(row.Forward.MedianSeconds)} ms forward, {SimilarityPass.Milliseconds(row.ForwardBackward.MedianSeconds)} ms with gradients, {row.ForwardBackward.Gflops:F0} GFLOP/s"));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && settings.Ranks == 1)
        {
            // The finished rows are worth having; the report says that it is not whole.
        }

        return new(
            device, RunEnvironment.ProcessorName(), settings.Form, settings.Dimension, settings.Temperature, settings.Repetitions, settings.Seed, settings.SpillBytes, peak,
            availableBytes, measured.Count == needs.Length, [.. measured.Select(row => row.Finish(settings, peak))], leftOut, settings.Ranks,
            settings.Form == SimilarityForm.Sigmoid ? settings.BiasOfLoss : null, PrecisionNames.Of(precision));
    }

    private static Func<double> Constant(double value) => () => value;

    /// <summary>What is measured, and the materialised sides that are left out because they do not fit.</summary>
    private static (SimilarityNeed[] Needs, SimilarityNeed[] LeftOut) Fitting(
        SimilaritySettings settings, Func<int, SimilarityMethod, SimilarityNeed> needOf, long availableBytes, Action<string> status)
    {
        SimilarityNeed[] all = [.. settings.Keys.SelectMany(keys => settings.Methods.Select(method => needOf(keys, method)))];
        SimilarityNeed[] leftOut = [.. all.Where(need => need.Total > availableBytes)];
        bool mayLeaveOut = settings.Methods.Count > 1 && !leftOut.Any(need => need.Keys == settings.Keys[0]);
        foreach (SimilarityNeed need in leftOut)
        {
            if (!mayLeaveOut || need.Method != SimilarityMethod.Materialised) throw new DeviceMemoryException(Refusal(settings, needOf, need, availableBytes));
        }

        foreach (SimilarityNeed need in leftOut)
            status(FormattableString.Invariant($"K = {need.Keys}, {Name(need.Method)} is left out: it needs {need}; {SimilarityNeed.Text(availableBytes)} are available."));
        return ([.. all.Except(leftOut)], leftOut);
    }

    private static Measured Measure(SimilaritySettings settings, SimilarityNeed need, Func<Ops> open, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using Ops ops = open();
        if (ops is CpuOps cpu) cpu.Stop = stop;
        using SimilarityTensors tensors = new(ops, settings.Shape(need.Keys), settings, stop);
        long workspace = ops.WorkspaceBytes;
        WorkingSet workingSet = new();
        using SimilarityLoss loss = SimilarityLoss.Create(need.Method, tensors);
        loss.Forward();
        stop.ThrowIfCancellationRequested();
        loss.ForwardBackward();
        ops.Synchronize();
        long extra = loss.Bytes + ops.WorkspaceBytes - workspace, growth = workingSet.Growth;
        (extra, growth) = ((long)Largest(ops.Collective, [extra])[0], (long)Largest(ops.Collective, [growth])[0]);
        SimilarityError error = SimilarityTruth.Compare(tensors, stop);
        double[] forward = new double[settings.Repetitions], both = new double[settings.Repetitions];
        for (int repetition = 0; repetition < settings.Repetitions; repetition++)
        {
            forward[repetition] = Seconds(ops, loss.Forward, stop);
            both[repetition] = Seconds(ops, loss.ForwardBackward, stop);
        }

        return new(need, extra, growth, Largest(ops.Collective, forward), Largest(ops.Collective, both), error);
    }

    /// <summary>Of each number the largest that a rank has: all have waited for the slowest.</summary>
    private static double[] Largest(Collective ranks, double[] own)
    {
        double[] all = new double[own.Length * ranks.Size];
        ranks.AllGather(own, all);
        return [.. own.Select((_, i) => Enumerable.Range(0, ranks.Size).Max(rank => all[(rank * own.Length) + i]))];
    }

    private static double Seconds(Ops ops, Action pass, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        long start = Stopwatch.GetTimestamp();
        pass();
        ops.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Refusal(
        SimilaritySettings settings, Func<int, SimilarityMethod, SimilarityNeed> needOf, SimilarityNeed need, long availableBytes)
    {
        int fitting = need.Keys;
        while (fitting > 0 && needOf(fitting, need.Method).Total > availableBytes) fitting /= 2;
        string smaller = fitting > 0 ? FormattableString.Invariant($"a smaller `keys` ({fitting} fits)") : "a smaller `keys`";
        string rows = settings.HasRowsOfKeys ? "" : " or `rows`";
        string other = need.Method == SimilarityMethod.Materialised ? ", or `method` streaming, which does not store the logits" : " or `dimension`";
        return FormattableString.Invariant(
            $"K = {need.Keys}, {Name(need.Method)}, with {Counted.Of(need.Rows, "row")} needs {need}; {SimilarityNeed.Text(availableBytes)} are available. Choose {smaller}{rows}{other}.");
    }

    private static string Name(SimilarityMethod method) => method == SimilarityMethod.Streaming ? "streaming" : "materialised";

    private sealed record Measured(SimilarityNeed Need, long Extra, long WorkingSet, double[] Forward, double[] ForwardBackward, SimilarityError Error)
    {
        public SimilarityRow Finish(SimilaritySettings settings, double peak)
        {
            SimilarityShape shape = settings.Shape(Need.Keys);
            return new(
                Need.Rows, Need.Keys, Need.Method, Need.InputBytes, Need.OutputBytes, Extra, WorkingSet, SimilarityPass.Of(shape, shape.LossProducts, Forward, peak),
                SimilarityPass.Of(shape, shape.Products, ForwardBackward, peak), Error);
        }
    }
}
