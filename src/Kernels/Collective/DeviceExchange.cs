namespace NegSamples.Kernels;

/// <summary>
/// What ranks exchange between the memories of their GPUs: the three methods of <see cref="Kernels.Collective"/>, with its order of sums and so its bits.
/// </summary>
/// <remarks>Everything happens in the order of the device's other work.</remarks>
/// <param name="collective">The ranks.</param>
internal abstract class DeviceExchange(Collective collective) : IDisposable
{
    /// <summary>The ranks.</summary>
    public Collective Collective => collective;

    /// <summary>How, in words.</summary>
    public abstract string Description { get; }

    /// <summary>Gathers in place: <paramref name="all"/> holds this rank's part at its place and receives the others'.</summary>
    /// <param name="all">[P·bytes].</param>
    /// <param name="bytes">Bytes of a part, above 0.</param>
    public abstract void AllGather(nint all, long bytes);

    /// <summary>own becomes this rank's part of the sum of all ranks' all, float32.</summary>
    /// <param name="all">[P·part]; may be overwritten.</param>
    /// <param name="own">[part], apart from it.</param>
    /// <param name="part">Numbers of a part, above 0.</param>
    public abstract void ReduceScatter(nint all, nint own, long part);

    /// <summary>x becomes the sum of all ranks' x, float32.</summary>
    /// <param name="x">[count].</param>
    /// <param name="count">How many numbers, above 0.</param>
    public abstract void Sum(nint x, long count);

    /// <summary>Ends the exchange.</summary>
    public abstract void Dispose();
}
