using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Every numeric operation of NegSamples, on one device.</summary>
/// <remarks>
/// Each operation has a folder: the contract (a public method that documents the formula and checks the shapes once, and an abstract
/// core), and one file per device that overrides the core. A device that lacks an operation does not compile, and all devices refuse
/// a wrong shape with the same words. Backward methods overwrite gradients of activations and add to gradients of parameters.
/// Results are the same bits for any number of threads. An instance is not safe for use from two threads at once.
/// </remarks>
public abstract partial class Ops : IDisposable
{
    /// <summary>The device in words, "CPU, 2 threads, AVX-512".</summary>
    public abstract string Description { get; }

    /// <summary>The type of activations and their gradients: float32, or bfloat16 on a device that computes with it.</summary>
    public virtual ElementType ActivationType => ElementType.Float32;

    /// <summary>Whether the device keeps what is written; one that only plans memory does not, so that nothing need be computed for it.</summary>
    public virtual bool HoldsNumbers => true;

    /// <summary>Bytes of workspace that the operations so far have made the device hold, beside its arenas. It grows and never shrinks.</summary>
    public abstract long WorkspaceBytes { get; }

    /// <summary>Reserves zeroed memory on the device.</summary>
    /// <param name="name">What it will hold, for messages.</param>
    /// <param name="bytes">Its size; <see cref="Arena.BytesFor"/> sums it up.</param>
    /// <exception cref="DeviceMemoryException">The device does not have it.</exception>
    public abstract Arena CreateArena(string name, long bytes);

    /// <summary>Copies host numbers into a tensor.</summary>
    /// <typeparam name="T">float, int or byte, as the tensor's element type says.</typeparam>
    /// <param name="source">As many numbers as the tensor has.</param>
    /// <param name="target">Receives them.</param>
    /// <exception cref="ArgumentException">The tensor holds another type or number of elements.</exception>
    public void Upload<T>(ReadOnlySpan<T> source, Tensor target)
        where T : unmanaged
    {
        CheckOperands([], [target]);
        CheckHostSide<T>(target, source.Length);
        if (source.Length > 0) UploadCore(source, target);
    }

    /// <summary>Copies a tensor's numbers to the host, after all operations before it.</summary>
    /// <typeparam name="T">float, int or byte, as the tensor's element type says.</typeparam>
    /// <param name="source">The tensor.</param>
    /// <param name="target">Receives as many numbers as the tensor has.</param>
    /// <exception cref="ArgumentException">The tensor holds another type or number of elements.</exception>
    public void Download<T>(Tensor source, Span<T> target)
        where T : unmanaged
    {
        CheckOperands([source], []);
        CheckHostSide<T>(source, target.Length);
        if (target.Length > 0) DownloadCore(source, target);
    }

    /// <summary>Sets every element to zero.</summary>
    /// <param name="x">Any tensor.</param>
    /// <exception cref="ArgumentException">There is no tensor.</exception>
    public void Zero(Tensor x)
    {
        CheckOperands([], [x]);
        Check.Present(x);
        if (x.Count > 0) ZeroCore(x);
    }

    /// <summary>Copies one tensor into another of the same shape and type.</summary>
    /// <param name="x">The source.</param>
    /// <param name="y">The target; may be x itself.</param>
    /// <exception cref="ArgumentException">A shape or type does not fit.</exception>
    public void Copy(Tensor x, Tensor y)
    {
        CheckOperands([x], [y], inPlace: [x]);
        Check.Present(x);
        Check.SameShape(x, y);
        if (x.Count > 0) CopyCore(x, y);
    }

    /// <summary>Waits until everything asked for so far has been done.</summary>
    public abstract void Synchronize();

    /// <summary>Ends the device's threads and frees its workspace, and the tensors of <see cref="From"/> and <see cref="Zeros(ReadOnlySpan{int})"/>.</summary>
    public void Dispose()
    {
        Finish();
        FreeOwned();
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>The device's part of <see cref="Upload"/>.</summary>
    private protected abstract void UploadCore<T>(ReadOnlySpan<T> source, Tensor target)
        where T : unmanaged;

    /// <summary>The device's part of <see cref="Download"/>.</summary>
    private protected abstract void DownloadCore<T>(Tensor source, Span<T> target)
        where T : unmanaged;

    /// <summary>The device's part of <see cref="Zero"/>.</summary>
    private protected abstract void ZeroCore(Tensor x);

    /// <summary>The device's part of <see cref="Copy"/>.</summary>
    private protected abstract void CopyCore(Tensor x, Tensor y);

    /// <summary>Ends what computes on other threads, before the tensors are freed that it reads.</summary>
    private protected virtual void Finish()
    {
    }

    /// <summary>Ends the device's threads and frees its workspace.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);

    private static void CheckHostSide<T>(Tensor tensor, int length, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        // Floats of the host are rounded on their way to activations in bfloat16.
        bool rounds = typeof(T) == typeof(float) && !tensor.IsNone && tensor.Type == ElementType.BFloat16;
        Check.Type(tensor, rounds ? ElementType.BFloat16 : ElementTypes.Of<T>(), name);
        if (tensor.Count != length) throw new ArgumentException($"The host side has {Counted.Of(length, "element")}; expected {tensor.Count} as in {name}, {tensor}.", name);
    }
}
