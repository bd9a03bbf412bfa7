using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>The GPUs of all ranks, which send bytes to each other in the order of the work that they are given.</summary>
/// <remarks>
/// It is left to the end of the process, and serves whoever opens the same GPU again. To destroy it is to wait for all ranks, which one that fails must not do;
/// to abort it takes buffers from under a rank that may still read them, and is for a communicator that is broken anyway.
/// </remarks>
internal sealed unsafe class NcclCommunicator : IDeviceCopies
{
    private static readonly ConditionalWeakTable<Collective, NcclCommunicator> Made = [];

    private readonly NcclLibrary library;
    private readonly int rank, size;
    private GpuDevice device;
    private nint communicator;

    private NcclCommunicator(NcclLibrary library, Collective ranks, GpuDevice device)
    {
        (this.library, this.device, rank, size) = (library, device, ranks.Rank, ranks.Size);
        device.Bind();
        NcclId[] ids = new NcclId[size];
        nint made = 0;
        fixed (NcclId* all = ids)
        {
            if (rank == 0) Check(library.GetUniqueId(all), "ncclGetUniqueId");
            ranks.AllGather(all, NcclId.Length); // of which all but the first are empty
            Check(library.CommInitRank(&made, size, all[0], rank), "ncclCommInitRank");
        }

        communicator = made;
        device.WhileWaiting = Watch;
    }

    /// <summary>
    /// Brings the GPUs together, where they are not yet. All ranks do it at once, and each has opened the same GPU as the last time or none has.
    /// </summary>
    /// <param name="library">The library, of one version on all ranks.</param>
    /// <param name="ranks">The ranks.</param>
    /// <param name="device">This rank's GPU, which no other rank has.</param>
    /// <exception cref="NcclException">NCCL refuses.</exception>
    public static NcclCommunicator Of(NcclLibrary library, Collective ranks, GpuDevice device)
    {
        if (Made.TryGetValue(ranks, out NcclCommunicator? made) && made.communicator != 0 && made.device.Identity == device.Identity)
        {
            made.device = device;
            device.WhileWaiting = made.Watch;
            return made;
        }

        NcclCommunicator communicator = new(library, ranks, device);
        Made.AddOrUpdate(ranks, communicator);
        return communicator;
    }

    /// <summary>The library in words.</summary>
    public string Name => library.Name;

    /// <summary>Gathers in place: <paramref name="all"/> holds this rank's part at its place and receives the others'.</summary>
    /// <param name="all">[P·bytes] of the GPU.</param>
    /// <param name="bytes">Bytes of a part.</param>
    public void AllGather(nint all, long bytes)
    {
        device.Bind();
        Check(library.AllGather(all + (nint)(rank * bytes), all, (nuint)bytes, NcclLibrary.Bytes, communicator, device.Stream), "ncclAllGather");
    }

    /// <summary>Part p of <paramref name="send"/> goes to rank p, which has it at this rank's place.</summary>
    /// <param name="send">[P·bytes] of the GPU.</param>
    /// <param name="receive">[P·bytes], which does not overlap it.</param>
    /// <param name="bytes">Bytes of a part.</param>
    public void Exchange(nint send, nint receive, long bytes)
    {
        nint own = (nint)(rank * bytes);
        device.CopyOnDevice(send + own, receive + own, bytes);
        Check(library.GroupStart(), "ncclGroupStart"); // Within a group no order of sends and receipts is wrong.
        for (int round = 1; round < size; round++)
        {
            int to = (rank + round) % size, from = (rank - round + size) % size;
            Check(library.Send(send + (nint)(to * bytes), (nuint)bytes, NcclLibrary.Bytes, to, communicator, device.Stream), "ncclSend");
            Check(library.Receive(receive + (nint)(from * bytes), (nuint)bytes, NcclLibrary.Bytes, from, communicator, device.Stream), "ncclRecv");
        }

        Check(library.GroupEnd(), "ncclGroupEnd");
    }

    /// <summary>Calls the GPU off where it waits for a rank that is lost.</summary>
    private void Watch()
    {
        if (communicator == 0) return;
        int state = 0;
        int error = library.CommGetAsyncError(communicator, &state);
        if (error == 0) error = state;
        if (error is 0 or NcclLibrary.InProgress) return;
        string words = library.Describe(error, communicator);
        _ = library.CommAbort(communicator);
        communicator = 0;
        throw new NcclException($"{Name}: the exchange with the other ranks has failed: {words}. The run's last checkpoint is whole.");
    }

    private void Check(int error, string function)
    {
        if (error is 0 or NcclLibrary.InProgress) return;
        string words = library.Describe(error, communicator);
        throw new NcclException($"{Name}: {function} failed: {words}. With {NcclLibrary.Variable}=none the GPUs exchange by way of host memory.");
    }
}
