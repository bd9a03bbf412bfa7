using System.Globalization;
using System.Reflection;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda;

/// <summary>
/// Another device on which every place starts as NaN between two zones that nobody may write: what a kernel reads of memory that no one wrote, or beside a
/// tensor, poisons its result, and what it writes beside one is found.
/// </summary>
/// <param name="inner">The device that does the work; it is disposed with this one.</param>
internal sealed class GuardedDevice(KernelDevice inner) : KernelDevice
{
    /// <summary>Bytes of a zone: as many as the widest row that a tile could reach over.</summary>
    public const int ZoneBytes = 64 * 1024;

    private const byte Pattern = 0xFF; // NaN in every float format

    private readonly Dictionary<nint, (string Name, long Bytes)> places = [];
    private readonly List<string> faults = [];
    private readonly byte[] pattern = NewPattern(), zone = new byte[ZoneBytes];

    public override string Name => inner.Name;

    public override (long Total, long Free) Memory => inner.Memory;

    public override int Multiprocessors => inner.Multiprocessors;

    public override bool HasWarpgroups => inner.HasWarpgroups;

    public override bool HasTensorMaps => inner.HasTensorMaps;

    public override TensorMap MapOf(long address, int columns, int rows) => inner.MapOf(address, columns, rows);

    public override TensorMap MapOf(ImageWindow window, int images, WindowBox box) => inner.MapOf(window, images, box);

    public override SharedMemoryLimits SharedMemory => inner.SharedMemory;

    public override nint Allocate(string name, long bytes) => Guard(name, bytes, inner.Allocate(name, WithZones(bytes)));

    public override nint AllocateWorkspace(string name, long bytes) => Guard(name, bytes, inner.AllocateWorkspace(name, WithZones(bytes)));

    public override void Free(nint address)
    {
        if (!places.ContainsKey(address)) return;
        Check(address);
        places.Remove(address);
        inner.Free(address - ZoneBytes);
    }

    public override void Clear(nint address, long bytes) => inner.Clear(address, bytes);

    public override void CopyOnDevice(nint source, nint target, long bytes) => inner.CopyOnDevice(source, target, bytes);

    public override void Upload(ReadOnlySpan<byte> source, nint target) => inner.Upload(source, target);

    public override void Download(nint source, Span<byte> target) => inner.Download(source, target);

    public override void Synchronize() => inner.Synchronize();

    public override double Lap() => inner.Lap();

    public override nint Load(MethodInfo kernel) => inner.Load(kernel);

    public override void Prepare(IReadOnlyCollection<MethodInfo> kernels, Action<string>? note) => inner.Prepare(kernels, note);

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments) =>
        inner.Launch(kernel, grid, threads, sharedBytes, arguments);

    /// <summary>What was written beside a place since the last call, or null.</summary>
    public string? TakeFaults()
    {
        foreach (nint address in places.Keys) Check(address);
        if (faults.Count == 0) return null;
        string text = string.Join("; ", faults);
        faults.Clear();
        return text;
    }

    public override void Dispose() => inner.Dispose();

    private static byte[] NewPattern()
    {
        byte[] bytes = new byte[ZoneBytes];
        bytes.AsSpan().Fill(Pattern);
        return bytes;
    }

    private static long WithZones(long bytes) => Tiling.RoundUp(bytes, 256) + (2 * ZoneBytes);

    private nint Guard(string name, long bytes, nint start)
    {
        long all = WithZones(bytes), filled = ZoneBytes;
        inner.Upload(pattern, start);
        for (; filled < all; filled *= 2) inner.CopyOnDevice(start, start + (nint)filled, Math.Min(filled, all - filled));
        places.Add(start + ZoneBytes, (name, bytes));
        return start + ZoneBytes;
    }

    private void Check(nint address)
    {
        (string name, long bytes) = places[address];
        Check(name, address - ZoneBytes, -ZoneBytes);
        Check(name, address + (nint)bytes, bytes);
    }

    /// <summary>Looks at one zone, and puts it right again, so that it is told once.</summary>
    private void Check(string name, nint start, long offset)
    {
        inner.Download(start, zone);
        int first = zone.AsSpan().IndexOfAnyExcept(Pattern);
        if (first < 0) return;
        faults.Add(string.Create(CultureInfo.InvariantCulture, $"byte {offset + first} of '{name}' was written, which is none of its own"));
        inner.Upload(pattern, start);
    }
}
