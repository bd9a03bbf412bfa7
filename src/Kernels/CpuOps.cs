using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

/// <summary>The operations on the CPU: SIMD kernels over a fixed set of threads.</summary>
public sealed partial class CpuOps : Ops
{
    // Beyond any machine's cores; a system that cannot start a thread ends the process.
    private const int MostThreads = 1024;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many threads compute, the caller's included; 0 takes one per core.</param>
    /// <param name="precision">
    /// What matrix-shaped operations compute with: bfloat16 also stores activations in it, and runs on any processor, fast where
    /// <see cref="BFloat16Support"/> says so; TF32 is a GPU's and computes in float32 here.
    /// </param>
    public CpuOps(int threads = 0, Precision precision = Precision.Float32)
    {
        if (threads is < 0 or > MostThreads) throw new ArgumentOutOfRangeException(nameof(threads), $"threads is {threads}; expected 0 (one per core) to {MostThreads}.");
        Precision = precision == Precision.BFloat16 ? precision : Precision.Float32;
        Workers = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        Scratch = new Scratch(Workers.Threads);
    }

    /// <summary>The vector instructions that are used, which decide how sums are rounded.</summary>
    public static string Instructions => InstructionSets.Chosen.ToString();

    /// <summary>Why bfloat16 is slow here, as its products run without the processor's own instructions; empty where they have them.</summary>
    internal static string BFloat16Support => MachineCodeSupport.Reason;

    /// <summary>What a CPU computes with where a name is asked for.</summary>
    /// <param name="name">One of <see cref="PrecisionNames.Choices"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    internal static Precision PrecisionOf(string name)
    {
        if (name == PrecisionNames.Automatic) return BFloat16Support.Length == 0 ? Precision.BFloat16 : Precision.Float32;
        return PrecisionNames.Parse(name) == Precision.BFloat16 ? Precision.BFloat16 : Precision.Float32;
    }

    /// <summary>What matrix-shaped operations compute with, bfloat16 or float32.</summary>
    public Precision Precision { get; }

    /// <inheritdoc/>
    public override ElementType ActivationType => ComputesInBFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <summary>How many threads compute.</summary>
    public int Threads => Workers.Threads;

    /// <summary>Ends an operation that is under way with an <see cref="OperationCanceledException"/>; its results are worth nothing then.</summary>
    /// <remarks>For measurements. A training step is finished, so that its state can be saved.</remarks>
    public CancellationToken Stop
    {
        get => Workers.Stop;
        set => Workers.Stop = value;
    }

    /// <inheritdoc/>
    public override string Description => string.Create(
        CultureInfo.InvariantCulture, $"CPU, {Counted.Of(Threads, "thread")}, {InstructionSets.Chosen}, {NameOfPrecision}");

    /// <inheritdoc/>
    public override long WorkspaceBytes => Scratch.Bytes;

    // What a run's record has to hold: with other instructions a product has other last bits.
    private string NameOfPrecision => !ComputesInBFloat16 ? "fp32" : BFloat16Support.Length == 0 ? "bf16" : "bf16 without its instructions";

    /// <summary>Whether products round their operands to bfloat16 and activations are stored in it.</summary>
    internal bool ComputesInBFloat16 => Precision == Precision.BFloat16;

    /// <summary>The threads that every operation splits its work over.</summary>
    internal WorkerPool Workers { get; }

    /// <summary>The workspace of all operations.</summary>
    internal Scratch Scratch { get; }

    /// <summary>The cut of the flat parameters that all optimizers walk.</summary>
    internal SegmentChunks SegmentChunks { get; } = new();

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The device is disposed.</exception>
    public override Arena CreateArena(string name, long bytes)
    {
        Workers.RequireRunning();
        return Arena.OnHost(this, name, bytes);
    }

    /// <inheritdoc/>
    private protected override unsafe void UploadCore<T>(ReadOnlySpan<T> source, Tensor target)
    {
        if (target.Type != ElementType.BFloat16)
        {
            source.CopyTo(MemoryMarshal.Cast<byte, T>(RawBytes(target)));
            return;
        }

        fixed (float* numbers = MemoryMarshal.Cast<T, float>(source)) BFloat16Rows.Round(numbers, target.BFloat16Pointer, source.Length);
    }

    /// <inheritdoc/>
    private protected override unsafe void DownloadCore<T>(Tensor source, Span<T> target)
    {
        if (source.Type != ElementType.BFloat16)
        {
            MemoryMarshal.Cast<byte, T>(RawBytes(source)).CopyTo(target);
            return;
        }

        fixed (float* numbers = MemoryMarshal.Cast<T, float>(target)) BFloat16Rows.Widen(source.BFloat16Pointer, numbers, target.Length);
    }

    /// <inheritdoc/>
    private protected override void ZeroCore(Tensor x) => RawBytes(x).Clear();

    /// <inheritdoc/>
    private protected override void CopyCore(Tensor x, Tensor y) => RawBytes(x).CopyTo(RawBytes(y));

    /// <inheritdoc/>
    public override void Synchronize()
    {
        // Every operation on the CPU has finished when its method returns.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Finish has ended all.
    }

    /// <summary>What is thrown where the device is asked after its end.</summary>
    internal static ObjectDisposedException Disposed() => new(nameof(CpuOps), "The CPU device is disposed; expected one that is not.");

    /// <summary>Ends the threads, then frees what they computed in: a call over spans on another thread leaves first.</summary>
    private protected override void Finish()
    {
        Workers.Dispose();
        lock (this) Scratch.Dispose();
    }

    private protected override string? Unreachable(Tensor tensor) =>
        tensor.Arena.HostAddress == 0 ? $"is {tensor} in device memory or disposed; expected host memory."
        : tensor.Type == ElementType.BFloat16 && !ComputesInBFloat16 ? "holds BFloat16; expected Float32, in which this CPU device holds activations." : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Span<byte> RawBytes(Tensor tensor)
    {
        long bytes = tensor.Count * ElementTypes.SizeOf(tensor.Type);
        if (bytes > int.MaxValue) throw new OverflowException($"{tensor} has {Counted.Of(bytes, "byte")}; expected at most {int.MaxValue}, what a span of the host reaches.");
        void* start = tensor.Type switch
        {
            ElementType.Float32 => tensor.FloatPointer,
            ElementType.Int32 => tensor.IntPointer,
            ElementType.BFloat16 => tensor.BFloat16Pointer,
            _ => tensor.BytePointer,
        };
        return new Span<byte>(start, (int)bytes);
    }
}
