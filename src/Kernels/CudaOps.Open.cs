using System.Globalization;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>Opens the first GPU (<c>CUDA_VISIBLE_DEVICES</c> chooses which that is).</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <exception cref="DeviceException">There is no driver, the driver or the GPU is too old, or it fails.</exception>
    public static CudaOps Open(Precision precision) => Open(precision, MatrixKernels.Mma);

    /// <summary>The same, with such kernels where the GPU has them.</summary>
    internal static CudaOps Open(Precision precision, MatrixKernels kernels)
    {
        GpuSearch found = Search(new GpuRequest(precision) { MatrixKernels = kernels });
        return found.Gpu ?? throw new DeviceException($"`device` cuda: {found.Reason}. Without a GPU, use `device` cpu.");
    }

    /// <summary>Opens a GPU where there is one that works: the first, or that of a rank, see <see cref="RankGpu"/>.</summary>
    /// <param name="request">What is asked for.</param>
    internal static GpuSearch Search(GpuRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return DriverPatience.Within("NVIDIA's driver", () => Open(request), request.Note);
        }
        catch (DeviceException exception)
        {
            return new(null, exception.Message, 0, HasDriver: true);
        }
    }

    private static GpuSearch Open(GpuRequest request)
    {
        DriverSearch found = CudaDriver.Find();
        if (found.Driver is not { } driver) return new(null, found.Reason, 0, found.IsThere);
        try
        {
            int index = request.Ranks is not { } ranks ? 0 : RankGpu.IndexOf(ranks.LocalRank, ranks.LocalSize, driver.Count, RankGpu.Visible);
            GpuDevice gpu = new(driver, index, request);
            return new(new CudaOps(request.Guarded ? new GuardedDevice(gpu) : gpu, request.Precision, request.MatrixKernels), "", driver.Count, HasDriver: true);
        }
        catch (DeviceException exception)
        {
            string other = request.Ranks is { Size: > 1 } ? "" : RankGpu.Advice(driver, RankGpu.Visible);
            return new(null, exception.Message.TrimEnd('.') + other, driver.Count, HasDriver: true);
        }
    }

    /// <summary>Which GPU, driver, program, precision and kernels compute: what has passed a check once passes it again. Null for what is no GPU.</summary>
    internal string? Identity => device is not GpuDevice gpu ? null
        : string.Create(
            CultureInfo.InvariantCulture, $"{gpu.Identity} {gpu.DriverVersion} {KernelCompiler.Program} {PrecisionNames.Of(Precision)} {MatrixKernels}");

    /// <summary>What some work would reserve on an H100 or H200. Nothing is computed and no GPU is needed.</summary>
    /// <param name="precision">What the matrix-shaped kernels would compute with.</param>
    /// <param name="work">Is run on a device that gives back zeros for every number.</param>
    /// <param name="ranks">The ranks that would share the work, of which this is one; null for one.</param>
    internal static MemoryPlan Plan(Precision precision, Action<Ops> work, Collective? ranks = null) => Plan(new PlanningDevice(), precision, work, ranks);

    /// <summary>What some work would reserve on this GPU, by its own tiles. Nothing is computed.</summary>
    /// <param name="work">Is run on a device that gives back zeros for every number.</param>
    /// <param name="ranks">The ranks that would share the work, of which this is one; null for one.</param>
    internal MemoryPlan Plan(Action<Ops> work, Collective? ranks = null) =>
        Plan(new PlanningDevice(device.Multiprocessors, device.SharedMemory) { Warpgroups = device.HasWarpgroups, TensorMaps = device.HasTensorMaps }, Precision, work, ranks, MatrixKernels);

    private static MemoryPlan Plan(
        PlanningDevice device, Precision precision, Action<Ops> work, Collective? ranks, MatrixKernels matrixKernels = MatrixKernels.Mma)
    {
        ArgumentNullException.ThrowIfNull(work);
        using CudaOps ops = new(device, precision, matrixKernels);
        if (ranks is { Size: > 1 }) ops.JoinPlanned(ranks);
        work(ops);
        return MemoryPlan.From(device.AtPeak.Select(place => new MemoryPlace(place.Name, place.Bytes))) with { Kernels = device.Kernels };
    }

    /// <summary>Begins to compile the kernels of work that comes next, several at a time, beside what the caller goes on with.</summary>
    /// <param name="plan">The plan of that work.</param>
    /// <param name="note">Is told how many are compiled, where any are; null for nobody.</param>
    internal void Prepare(MemoryPlan plan, Action<string>? note)
    {
        ArgumentNullException.ThrowIfNull(plan);
        device.Prepare(plan.Kernels, note);
    }

    /// <summary>The same for work that is planned now.</summary>
    internal void Prepare(Action<Ops> work, Action<string>? note) => Prepare(Plan(work), note);

    /// <summary>What was written beside tensors since the last call, or null; always null on a device without guarded zones.</summary>
    internal string? TakeFaults() => (device as GuardedDevice)?.TakeFaults();

    /// <summary>Bytes of GPU memory that are free now.</summary>
    public long FreeBytes => device.Memory.Free;
}
