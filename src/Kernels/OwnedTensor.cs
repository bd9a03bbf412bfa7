namespace NegSamples.Kernels;

/// <summary>A tensor with memory of its own, made by <see cref="Ops.From"/> or <see cref="Ops.Zeros(ReadOnlySpan{int})"/>; stands wherever a <see cref="Tensor"/> is asked for.</summary>
/// <remarks>
/// <see cref="Dispose"/> frees the memory. What nobody disposed stays until the device is disposed, which frees it too: the collector never frees memory that
/// an operation may still read.
/// </remarks>
/// <example>
/// <code>
/// using CpuOps ops = new();
/// using OwnedTensor a = ops.From([1f, 2, 3, 4], 2, 2), b = ops.From([5f, 6, 7, 8], 2, 2), c = ops.Zeros(2, 2);
/// ops.MatMul(a, b, c);
/// float[] product = c.ToArray(); // 19, 22, 43, 50
/// </code>
/// </example>
public sealed class OwnedTensor : IDisposable
{
    private readonly Arena arena;

    internal OwnedTensor(Arena arena, Tensor tensor) => (this.arena, Tensor) = (arena, tensor);

    /// <summary>The tensor; not to be used after <see cref="Dispose"/>.</summary>
    public Tensor Tensor { get; }

    /// <summary>The tensor itself, for the operations of <see cref="Ops"/>.</summary>
    /// <param name="owned">Its owner.</param>
    public static implicit operator Tensor(OwnedTensor owned)
    {
        ArgumentNullException.ThrowIfNull(owned);
        return owned.Tensor;
    }

    /// <summary>The numbers of a float tensor, row by row, after all operations before; those of bfloat16 activations are widened.</summary>
    /// <exception cref="ArgumentException">It holds integers or bytes: <see cref="Ops.Download"/> reads those.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public float[] ToArray()
    {
        float[] values = new float[Tensor.Count];
        CopyTo<float>(values);
        return values;
    }

    /// <summary>Copies the numbers to the host, after all operations before.</summary>
    /// <typeparam name="T">float, int or byte, as the element type says.</typeparam>
    /// <param name="target">Receives as many numbers as there are.</param>
    /// <exception cref="ArgumentException">The tensor holds another type or number of elements.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    public void CopyTo<T>(Span<T> target)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(arena.IsDisposed, this);
        arena.Ops.Download(Tensor, target);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        arena.Ops.Forget(this);
        Free();
    }

    /// <summary>Frees the memory of an owner that its device has forgotten already.</summary>
    internal void Free() => arena.Dispose();
}
