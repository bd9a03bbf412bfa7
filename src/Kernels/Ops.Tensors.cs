namespace NegSamples.Kernels;

public abstract partial class Ops
{
    // What has not been disposed, held fast: the collector must not free what an operation reads by its address.
    private readonly HashSet<OwnedTensor> owned = [];

    /// <summary>Makes a tensor of host numbers, in memory of its own.</summary>
    /// <typeparam name="T">float, int or byte.</typeparam>
    /// <param name="values">Its numbers, row by row.</param>
    /// <param name="shape">1 to 4 axes, each at least 1; none for one axis of all numbers.</param>
    /// <returns>The owner; to be disposed.</returns>
    /// <exception cref="ArgumentException">The shape has another number of elements, or T is another type.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room.</exception>
    public OwnedTensor From<T>(ReadOnlySpan<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        ReadOnlySpan<int> axes = shape.IsEmpty ? [values.Length] : shape;
        long count = 1;
        foreach (int axis in axes) count *= axis;
        if (count != values.Length)
            throw new ArgumentException($"values has {Counted.Of(values.Length, "element")}; expected {count}, as shape [{string.Join(", ", axes.ToArray())}] says.", nameof(values));
        OwnedTensor made = Zeros(ElementTypes.Of<T>(), axes);
        Upload(values, made.Tensor);
        return made;
    }

    /// <summary>Makes a float32 tensor of zeros, in memory of its own.</summary>
    /// <param name="shape">1 to 4 axes, each at least 1.</param>
    /// <returns>The owner; to be disposed.</returns>
    /// <exception cref="ArgumentException">An axis is below 1, or there are more than four.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room.</exception>
    public OwnedTensor Zeros(params ReadOnlySpan<int> shape) => Zeros(ElementType.Float32, shape);

    /// <summary>Makes a tensor of zeros of any type, in memory of its own.</summary>
    /// <param name="type">The element type; <see cref="ActivationType"/> for feature maps.</param>
    /// <param name="shape">1 to 4 axes, each at least 1.</param>
    /// <returns>The owner; to be disposed.</returns>
    /// <exception cref="ArgumentException">An axis is below 1, or there are none or more than four.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room.</exception>
    public OwnedTensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape)
        {
            if (axis < 1) throw new ArgumentException($"shape is [{string.Join(", ", shape.ToArray())}]; every axis must be at least 1.", nameof(shape));
            count = checked(count * axis);
        }

        Arena arena = CreateArena("a tensor", Arena.BytesFor(type, count));
        try
        {
            OwnedTensor made = new(arena, arena.Take(type, shape));
            lock (owned) owned.Add(made);
            return made;
        }
        catch
        {
            arena.Dispose();
            throw;
        }
    }

    /// <summary>Drops an owner that frees its memory itself.</summary>
    internal void Forget(OwnedTensor tensor)
    {
        lock (owned) owned.Remove(tensor);
    }

    private void FreeOwned()
    {
        lock (owned)
        {
            foreach (OwnedTensor tensor in owned) tensor.Free();
            owned.Clear();
        }
    }
}
