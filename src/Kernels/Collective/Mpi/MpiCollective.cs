using System.Globalization;

namespace NegSamples.Kernels;

/// <summary>The exchange between ranks by MPI, in host memory. All calls, the making and the disposal included, are of one thread at a time.</summary>
internal sealed unsafe class MpiCollective : Collective
{
    private readonly MpiLibrary library;
    private readonly MpiAbi abi;
    private bool ended;

    /// <summary>Starts MPI.</summary>
    /// <param name="library">The library.</param>
    /// <param name="launcher">Who started this process, and as which of how many ranks.</param>
    internal MpiCollective(MpiLibrary library, Launcher launcher)
    {
        (this.library, abi) = (library, library.Abi);
        int provided = 0, rank = 0, size = 0, localRank = 0, localSize = 0, machine = 0;

        // Until the handler is set, an error ends the process with the library's own message.
        Check(library.InitThread(null, null, abi.Serialized, &provided), "MPI_Init_thread");
        Check(library.SetErrorHandler(abi.World, abi.ErrorsReturn), "MPI_Comm_set_errhandler");
        Check(library.CommRank(abi.World, &rank), "MPI_Comm_rank");
        Check(library.CommSize(abi.World, &size), "MPI_Comm_size");
        (Rank, Size) = (rank, size);
        if (size < launcher.Size)
        {
            // P processes that do not know of each other would each do the whole run, in one folder.
            Dispose();
            throw new MpiException(string.Create(CultureInfo.InvariantCulture,
                $"{launcher.Name} started {Counted.Of(launcher.Size, "rank")} ({launcher.Variable}), but {library.Name} ({library.File}) sees {size}: it is not that launcher's "
                + $"library; start with its own launcher, or set {MpiLibrary.Variable} to the path of the launcher's library."));
        }

        nint local = 0;
        Check(library.CommSplitType(abi.World, abi.SharedMemory, rank, abi.NoInfo, &local), "MPI_Comm_split_type");
        Check(library.CommRank(local, &localRank), "MPI_Comm_rank");
        Check(library.CommSize(local, &localSize), "MPI_Comm_size");
        machine = rank;
        Check(library.Broadcast((nint)(&machine), sizeof(int), abi.Bytes, 0, local), "MPI_Bcast");
        Check(library.CommFree(&local), "MPI_Comm_free");
        (LocalRank, LocalSize, Machine) = (localRank, localSize, machine);
        Machines = (int)Sum(localRank == 0 ? 1 : 0);
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Size { get; }

    /// <inheritdoc/>
    public override int LocalRank { get; }

    /// <inheritdoc/>
    public override int LocalSize { get; }

    /// <inheritdoc/>
    public override int Machine { get; }

    /// <summary>The machines of all ranks.</summary>
    public int Machines { get; }

    /// <summary>The library's file and whose constants it takes.</summary>
    public string Library => $"{library.File}, interface of {abi.Family switch { MpiFamily.OpenMpi => "Open MPI", MpiFamily.Mpich => "MPICH", _ => "MPI 5.0" }}";

    /// <inheritdoc/>
    public override string Description =>
        string.Create(CultureInfo.InvariantCulture, $"{library.Name}, {Counted.Of(Size, "rank")} on {Counted.Of(Machines, "host")}");

    /// <summary>Bytes above which a part goes in pieces: MPI counts in 32-bit integers.</summary>
    internal long LargestPiece { get; set; } = 1L << 30;

    /// <summary>Loads the launcher's library and starts MPI. A process does it once.</summary>
    /// <param name="launcher">Who started this process.</param>
    /// <exception cref="MpiException">There is no library, it is not the launcher's, or it does not start.</exception>
    public static MpiCollective Open(Launcher launcher) => new(MpiLibrary.Load(launcher), launcher);

    /// <summary>x becomes the sum of all ranks' x in the order that the library chooses: other bits than <see cref="Ops.SumOverRanks"/>, to measure beside it.</summary>
    /// <param name="x">As many numbers on every rank.</param>
    public void SumInAnyOrder(Span<float> x)
    {
        fixed (float* start = x) Check(library.AllReduce(abi.InPlace, (nint)start, x.Length, abi.Floats, abi.Sum, abi.World), "MPI_Allreduce");
    }

    /// <inheritdoc/>
    public override void Abort(int exitCode) => _ = library.Abort(abi.World, exitCode);

    /// <inheritdoc/>
    protected override void Gather(byte* all, long bytes)
    {
        if (bytes <= LargestPiece)
        {
            Check(library.AllGather(abi.InPlace, 0, abi.Bytes, (nint)all, (int)bytes, abi.Bytes, abi.World), "MPI_Allgather");
            return;
        }

        for (int rank = 0; rank < Size; rank++)
        {
            for (long first = 0; first < bytes; first += LargestPiece)
            {
                int count = (int)Math.Min(LargestPiece, bytes - first);
                Check(library.Broadcast((nint)(all + (rank * bytes) + first), count, abi.Bytes, rank, abi.World), "MPI_Bcast");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Exchange(byte* send, byte* receive, long bytes)
    {
        if (bytes <= LargestPiece)
        {
            Check(library.AllToAll((nint)send, (int)bytes, abi.Bytes, (nint)receive, (int)bytes, abi.Bytes, abi.World), "MPI_Alltoall");
            return;
        }

        // In round k each rank sends to the one k places on and receives from the one k places back: never two to one.
        for (int round = 0; round < Size; round++)
        {
            int to = (Rank + round) % Size, from = (Rank - round + Size) % Size;
            for (long first = 0; first < bytes; first += LargestPiece)
            {
                int count = (int)Math.Min(LargestPiece, bytes - first);
                nint source = (nint)(send + (to * bytes) + first), target = (nint)(receive + (from * bytes) + first);
                Check(library.SendReceive(source, count, abi.Bytes, to, 0, target, count, abi.Bytes, from, 0, abi.World, abi.IgnoreStatus), "MPI_Sendrecv");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (ended) return;
        ended = true;
        Check(library.Finish(), "MPI_Finalize");
    }

    private void Check(int error, string function)
    {
        if (error != 0) throw new MpiException($"{library.Name}: {function} failed: {library.Describe(error)}.");
    }
}
