using System.Globalization;
using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>Which GPU a rank computes on: that of its place among the ranks of its machine.</summary>
/// <remarks>
/// A launcher may also leave each rank one GPU to see, which has place 0 in every one of them. That those are different ones is known when they are open: two
/// containers may both call theirs 0.
/// </remarks>
internal static class RankGpu
{
    private const string Variable = "CUDA_VISIBLE_DEVICES";

    /// <summary>What this process was told of the GPUs it may see.</summary>
    public static string? Visible => Environment.GetEnvironmentVariable(Variable);

    /// <summary>The GPU's place among those that the process sees.</summary>
    /// <param name="localRank">The rank's place among those of its machine.</param>
    /// <param name="localRanks">The ranks of the machine.</param>
    /// <param name="gpus">The GPUs that the process sees.</param>
    /// <param name="visible"><see cref="Visible"/>.</param>
    /// <exception cref="DeviceException">There are more ranks than GPUs.</exception>
    public static int IndexOf(int localRank, int localRanks, int gpus, string? visible)
    {
        if (gpus >= localRanks) return localRank;
        if (gpus == 1 && !string.IsNullOrEmpty(visible)) return 0;
        throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
            $"{Counted.Of(localRanks, "rank")} run on this machine, which shows them {Counted.Of(gpus, "GPU")}; expected at most one rank a GPU, "
            + $"or a GPU of its own for each rank by {Variable}"));
    }

    /// <summary>Where the first GPU is too old and a later one is not, how to choose that; else empty.</summary>
    /// <param name="driver">The driver, which is started.</param>
    /// <param name="visible"><see cref="Visible"/>.</param>
    public static string Advice(CudaDriver driver, string? visible)
    {
        if (driver.CapabilityOf(0).Major >= GpuDevice.OldestMajor) return "";
        int other = Enumerable.Range(0, driver.Count).FirstOrDefault(gpu => driver.CapabilityOf(gpu).Major >= GpuDevice.OldestMajor);
        if (other == 0) return "";
        string[] names = visible?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        string name = other < names.Length ? names[other] : other.ToString(CultureInfo.InvariantCulture);
        (int major, int minor) = driver.CapabilityOf(other);
        return string.Create(CultureInfo.InvariantCulture, $"; GPU {other} has {major}.{minor}: {Variable}={name} chooses it");
    }

    /// <summary>Refuses two ranks with one GPU. All ranks ask at once.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="identity">Which GPU of the world this rank's is.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="DeviceException">Two ranks of a machine have the same; both are named.</exception>
    public static void RequireDifferent(Collective ranks, Guid identity, string name)
    {
        const int numbers = 5;
        Span<uint> words = stackalloc uint[4];
        MemoryMarshal.Write(MemoryMarshal.AsBytes(words), identity);
        double[] all = new double[numbers * ranks.Size];
        ranks.AllGather([ranks.Machine, words[0], words[1], words[2], words[3]], all);
        for (int second = 1; second < ranks.Size; second++)
        {
            for (int first = 0; first < second; first++)
            {
                if (!all.AsSpan(numbers * first, numbers).SequenceEqual(all.AsSpan(numbers * second, numbers))) continue;
                throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
                    $"Ranks {first} and {second} have the same GPU (to rank {ranks.Rank}: {name}); expected a GPU of its own for each rank by {Variable}."));
            }
        }
    }
}
