namespace NegSamples.Kernels;

/// <summary>What moves bytes between the GPUs of all ranks, in the order of the device's other work.</summary>
internal interface IDeviceCopies
{
    /// <summary>Who moves them, in words.</summary>
    string Name { get; }

    /// <summary>Gathers in place: <paramref name="all"/> holds this rank's part at its place and receives the others'.</summary>
    /// <param name="all">[P·bytes] of the GPU.</param>
    /// <param name="bytes">Bytes of a part.</param>
    void AllGather(nint all, long bytes);

    /// <summary>Part p of <paramref name="send"/> goes to rank p, which has it at this rank's place.</summary>
    /// <param name="send">[P·bytes] of the GPU.</param>
    /// <param name="receive">[P·bytes], which does not overlap it.</param>
    /// <param name="bytes">Bytes of a part.</param>
    void Exchange(nint send, nint receive, long bytes);
}
