using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class Devices
{
    /// <summary>
    /// The device: the GPU for "cuda", and for "auto" where there is one; else the CPU. Of several ranks all compute on GPUs, each on its own, or all on CPUs.
    /// </summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="ranks">The ranks that the device's operations are spread over, all of which ask at once; null for one.</param>
    /// <param name="note">Is told what the user should know of the choice.</param>
    /// <param name="stop">Asks to stop: ends the process where the GPU does not answer.</param>
    /// <exception cref="DeviceException">"cuda" was asked for and cannot be had.</exception>
    public static Ops Open(TrainingSettings settings, Collective? ranks = null, Action<string>? note = null, CancellationToken stop = default)
    {
        Ops ops = OpenAlone(settings, ranks ?? Collective.Alone, note, stop);
        if (ranks is not { Size: > 1 }) return ops;
        if (ops is not CudaOps gpu)
        {
            ops.Collective = ranks;
            return ops;
        }

        try
        {
            string reason = gpu.Join(ranks);
            if (reason.Length > 0) note?.Invoke($"note: the GPUs exchange by way of host memory: {reason}.");
            return gpu;
        }
        catch
        {
            gpu.Dispose();
            throw;
        }
    }

    /// <summary>The same for operations that are a rank's alone.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="ranks">The ranks, all of which ask at once.</param>
    /// <param name="note">Is told what the user should know of the choice.</param>
    /// <param name="stop">Asks to stop: ends the process where the GPU does not answer.</param>
    /// <exception cref="DeviceException">"cuda" was asked for and a rank cannot have it.</exception>
    public static Ops OpenAlone(TrainingSettings settings, Collective ranks, Action<string>? note = null, CancellationToken stop = default) =>
        OpenAlone(settings, ranks, note, () => Trusted(
            TryOpenGpu(
                new GpuRequest(PrecisionNames.OfGpu(settings.Place.Precision)) { Ranks = ranks, MatrixKernels = MatrixKernelNames.Parse(settings.Place.Kernels) },
                note, stop),
            settings.Place.Threads, note));

    /// <summary>A rank's GPU, or why it has none, unchecked.</summary>
    /// <param name="request">Which, and what it computes with.</param>
    /// <param name="note">Is told where it does not answer.</param>
    /// <param name="stop">Asks to stop: ends the process where it does not answer.</param>
    public static GpuSearch TryOpenGpu(GpuRequest request, Action<string>? note = null, CancellationToken stop = default) =>
        CudaOps.Search(request with
        {
            Texts = KernelTextFolder.OfUser(), Note = note, Stop = stop, Abandon = () => Environment.Exit(ExitCode.Device),
        });

    /// <summary>A GPU that has passed its check, in this process or an earlier one; or why it is not to be trusted.</summary>
    private static GpuSearch Trusted(GpuSearch found, int threads, Action<string>? note)
    {
        CheckedGpus known = new(CacheFolder.Find());
        if (found.Gpu is not { Identity: { } identity } gpu || known.Has(identity)) return found;
        string? fault;
        bool answers = true;
        try
        {
            using CpuOps cpu = new(threads);
            fault = FirstContact.Fault(gpu, cpu, note);
        }
        catch (DeviceException exception)
        {
            fault = exception.Message;
            answers = false;
        }

        if (fault is null)
        {
            known.Add(identity);
            return found;
        }

        if (answers) gpu.Dispose();
        string advice = fault.Contains("`gpu.check`", StringComparison.Ordinal) ? "" : ". `gpu.check` tests every kernel";
        return found with { Gpu = null, Reason = fault.TrimEnd('.') + advice };
    }

    /// <summary>The same with another way to come by a GPU.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="note">Is told what the user should know of the choice.</param>
    /// <param name="open">Opens this rank's GPU, or says why it has none.</param>
    public static Ops OpenAlone(TrainingSettings settings, Collective ranks, Action<string>? note, Func<GpuSearch> open)
    {
        if (settings.Place.Device == "cpu") return OpenCpu(settings.Place, ranks, note, CpuOps.BFloat16Support);
        (CudaOps? gpu, string reason, int seen, bool hasDriver) = open();
        bool tells = settings.Place.Device == "auto" && hasDriver; // Without a driver there is nothing that the user might miss.
        try
        {
            (int without, bool isSeen) = FirstWithout(ranks, gpu, seen);
            if (gpu is not null && without == ranks.Size)
            {
                gpu.RequireOwnGpu(ranks);
                if (MatrixKernelNames.Of(gpu.MatrixKernels) is var kernels && kernels != settings.Place.Kernels)
                {
                    note?.Invoke($"note: this GPU has no {settings.Place.Kernels}, which takes compute capability 9.0 and a driver for CUDA 12.0 or later; its "
                        + $"kernels are of {kernels}.");
                }

                if (tells) note?.Invoke($"GPU used: {gpu.Description}");
                return gpu;
            }

            if (settings.Place.Device == "cuda")
            {
                if (without != ranks.Rank) ranks.Barrier(); // That rank says why, and ends all.
                throw new DeviceException($"`device` cuda: {reason.TrimEnd('.')}. Without a GPU{(ranks.Size == 1 ? "" : " for each rank")}, use `device` cpu.");
            }

            if (tells && gpu is null) note?.Invoke($"GPU not used: {reason.TrimEnd('.')}.");
            if (ranks.Size > 1 && isSeen)
            {
                note?.Invoke(string.Create(
                    CultureInfo.InvariantCulture, $"note: rank {without} has no GPU of its own, so that all {Counted.Of(ranks.Size, "rank")} compute on CPUs."));
            }
        }
        catch
        {
            gpu?.Dispose();
            throw;
        }

        gpu?.Dispose();
        return OpenCpu(settings.Place, ranks, note, CpuOps.BFloat16Support);
    }

    /// <summary>What the line that announces a device says behind its description: why a CPU does not compute in bfloat16, where it was free to.</summary>
    /// <param name="place">What was asked for.</param>
    /// <param name="ops">The device.</param>
    public static string Reason(PlaceSettings place, Ops ops)
    {
        if (ops is not CpuOps { Precision: Precision.Float32 }) return "";
        if (place.Precision == PrecisionNames.Of(Precision.TensorFloat32)) return ", as tf32 is a GPU's";
        if (place.Precision != PrecisionNames.Automatic) return "";
        if (CpuOps.BFloat16Support.Length > 0) return $", as {CpuOps.BFloat16Support}";
        return CpuOps.PrecisionOf(place.Precision) == Precision.BFloat16 ? ", as a rank has no bf16" : "";
    }

    /// <summary>The CPU in the precision that is asked for; where it is left open, in one that all ranks are fast in.</summary>
    /// <param name="place">What is asked for.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="note">Is told what the user should know of the choice.</param>
    /// <param name="support">This rank's <see cref="CpuOps.BFloat16Support"/>.</param>
    public static CpuOps OpenCpu(PlaceSettings place, Collective ranks, Action<string>? note, string support)
    {
        Precision precision = CpuOps.PrecisionOf(place.Precision);
        if (ranks.Size > 1)
        {
            double[] all = new double[ranks.Size];
            ranks.AllGather([support.Length], all);
            int without = Array.FindIndex(all, reason => reason > 0);
            if (place.Precision == PrecisionNames.Automatic && precision == Precision.BFloat16 && without >= 0)
            {
                precision = Precision.Float32;
                note?.Invoke(string.Create(
                    CultureInfo.InvariantCulture, $"note: rank {without} has no instructions for bf16, so that all {Counted.Of(ranks.Size, "rank")} compute in fp32."));
            }
        }

        if (place.Kernels != MatrixKernelNames.All[0]) note?.Invoke($"note: `kernels` is {place.Kernels}, which changes nothing here: it is for a GPU.");
        if (precision == Precision.BFloat16 && support.Length > 0) note?.Invoke($"note: bf16 is slow here, as {support}; --precision fp32 is faster.");
        return new CpuOps(place.Threads, precision);
    }

    /// <summary>The first rank without a GPU, P where all have one, and whether any rank sees a GPU at all.</summary>
    private static (int Rank, bool IsSeen) FirstWithout(Collective ranks, CudaOps? gpu, int seen)
    {
        double[] all = new double[2 * ranks.Size];
        ranks.AllGather([gpu is null ? 0 : 1, seen], all);
        int first = 0;
        while (first < ranks.Size && all[2 * first] > 0) first++;
        return (first, Enumerable.Range(0, ranks.Size).Any(rank => all[(2 * rank) + 1] > 0));
    }
}
