using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>A device without a GPU: every kernel that CUDA operations launch runs in the interpreter, and a finding of its sanitizer fails the test.</summary>
internal sealed class InterpretedDevice : KernelDevice
{
    private readonly GlobalMemory memory = new();
    private readonly List<(PtxMachine Machine, MethodInfo Method)> kernels = [];
    private static readonly ConcurrentDictionary<MethodInfo, PtxModule> Modules = new(); // Compiling takes longer than most tests.

    /// <summary>What every launch so far did, in order.</summary>
    public List<LaunchReport> Reports { get; } = [];

    /// <summary>The method, threads and dynamic shared memory of every launch so far, in the order of <see cref="Reports"/>.</summary>
    public List<(MethodInfo Kernel, int Threads, int SharedBytes)> Launches { get; } = [];

    /// <summary>Whether a finding fails at once; a test of broken kernels looks at <see cref="Reports"/> instead.</summary>
    public bool FailOnFindings { get; init; } = true;

    /// <summary>Changes the text of kernels before they run: a check that does not fail then checks nothing.</summary>
    public Func<string, string>? Edit { get; init; }

    public override string Name => "interpreter";

    public override (long Total, long Free) Memory => (1L << 30, 1L << 30);

    public override int Multiprocessors => Processors;

    public override bool HasWarpgroups => Warpgroups;

    /// <summary>What <see cref="HasWarpgroups"/> says.</summary>
    public bool Warpgroups { get; init; } = true;

    public override bool HasTensorMaps => Warpgroups;

    public override TensorMap MapOf(long address, int columns, int rows) =>
        MemoryMarshal.Read<TensorMap>(new BoxedTensor((ulong)address, columns, rows, 2L * columns, 64, 64, 2, 128).Encode());

    public override TensorMap MapOf(ImageWindow window, int images, WindowBox box) => MemoryMarshal.Read<TensorMap>(new BoxedWindows(
        (ulong)window.Address, 8 * window.PixelChunks, window.Width, window.Height, images, box.FirstColumn, box.FirstRow, box.LastColumn, box.LastRow, box.Step, 64, 64,
        2, 128).Encode());

    /// <summary>What <see cref="Multiprocessors"/> says: few, so that small shapes take the paths that split work.</summary>
    public int Processors { get; init; } = 4;

    public override SharedMemoryLimits SharedMemory => Limits;

    /// <summary>What <see cref="SharedMemory"/> says, and what no launch may exceed with its static bytes.</summary>
    public SharedMemoryLimits Limits { get; init; } = SharedMemoryLimits.Hopper;

    /// <summary>The report of the last launch of a kernel, by a part of its name.</summary>
    public LaunchReport Report(string kernel) => Reports.Last(report => report.Kernel.Contains(kernel, StringComparison.Ordinal));

    /// <summary>Reserves exactly this many bytes, of which none is written: an access of the byte behind is found, and an element nobody wrote is NaN.</summary>
    public override nint Allocate(string name, long bytes) => Allocate(name, bytes, 0xFF);

    public nint Allocate(string name, long bytes, byte fill)
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(checked((int)bytes));
        content.AsSpan().Fill(fill);
        Allocation allocation = memory.Allocate(name, content);
        return (nint)allocation.Address;
    }

    public override void Free(nint address)
    {
        // A use after this is not seen: the interpreter keeps the bytes.
    }

    public override void Clear(nint address, long bytes) => Bytes(address, bytes).Clear();

    public override void CopyOnDevice(nint source, nint target, long bytes) => Bytes(source, bytes).CopyTo(Bytes(target, bytes));

    public override void Upload(ReadOnlySpan<byte> source, nint target) => source.CopyTo(Bytes(target, source.Length));

    public override void Download(nint source, Span<byte> target) => Bytes(source, target.Length).CopyTo(target);

    public override void Synchronize()
    {
        // A launch has run when it returns.
    }

    public override nint Load(MethodInfo kernel)
    {
        PtxModule module = Edit is null
            ? Modules.GetOrAdd(kernel, method => PtxModule.Parse(KernelCompiler.Compile(method))) : PtxModule.Parse(Edit(KernelCompiler.Compile(kernel)));
        kernels.Add((new PtxMachine(module, memory), kernel));
        return kernels.Count - 1;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        // Limits of every GPU, which a driver would refuse by a number.
        if (grid.X < 1 || grid.Y is < 1 or > 65535 || grid.Z is < 1 or > 65535)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A grid of {grid} does not launch."));
        (PtxMachine machine, MethodInfo method) = kernels[(int)kernel];
        if (sharedBytes + machine.StaticSharedBytes > Limits.OfBlock)
            throw new DeviceException($"{method.Name} needs {sharedBytes} and {machine.StaticSharedBytes} bytes of shared memory; a block has {Limits.OfBlock}.");
        byte[][] bytes = new byte[arguments.Length][];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = arguments[i].Span.ToArray();
        LaunchReport report = machine.Launch(null, new Extent(grid.X, grid.Y, grid.Z), new Extent(threads.X, threads.Y, threads.Z), sharedBytes, bytes);
        Reports.Add(report);
        Launches.Add((method, threads.X * threads.Y * threads.Z, sharedBytes));
        if (FailOnFindings) Assert.True(report.Findings.Count == 0, string.Join('\n', report.Findings));
    }

    public override void Dispose()
    {
        // Memory is the garbage collector's.
    }

    private Span<byte> Bytes(nint address, long bytes)
    {
        if (!memory.TryFind((ulong)address, 1, out byte[] content, out int offset)) throw new InvalidOperationException(memory.Describe((ulong)address));
        return content.AsSpan(offset, (int)bytes);
    }
}
