namespace NegSamples.Kernels.Cuda;

/// <summary>Workspace of the kernels: named places that grow to the largest size asked for and are used again.</summary>
/// <remarks>All launches are in one order, so the next operation may overwrite a place as soon as it is launched.</remarks>
internal sealed class DeviceScratch(KernelDevice device) : IDisposable
{
    private readonly Dictionary<string, (nint Address, long Bytes)> places = [];

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

    /// <summary>A place of at least this size; its contents are what was left there.</summary>
    /// <param name="name">What it is for; two places in use at a time need two names.</param>
    /// <param name="count">Elements.</param>
    /// <param name="elementBytes">Bytes of an element.</param>
    public DeviceSpan Take(string name, long count, int elementBytes = sizeof(float))
    {
        long bytes = count * elementBytes;
        if (!places.TryGetValue(name, out (nint Address, long Bytes) place) || place.Bytes < bytes)
        {
            if (place.Address != 0)
            {
                device.Synchronize(); // A kernel may still use the old one.
                device.Free(place.Address);
                Bytes -= place.Bytes;
            }

            place = (device.AllocateWorkspace(name, bytes), bytes);
            places[name] = place;
            Bytes += bytes;
        }

        return new(place.Address, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((nint address, _) in places.Values) device.Free(address);
        places.Clear();
        Bytes = 0;
    }
}
