using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>
/// An MPI library whose every function holds what it is given against the constants of one family. This process is rank 1 of 3, of which 0 and 1 share a machine;
/// the other ranks send what a formula says, see <see cref="Sent"/>.
/// </summary>
internal static unsafe class FakeMpi
{
    private const nint Local = 0x5EED;
    private static Constants of = Constants.Mpich;
    private static string? failing;

    /// <summary>What the engine has passed that it should not have.</summary>
    public static List<string> Faults { get; } = [];

    /// <summary>The functions that were called.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>How many ranks the library sees.</summary>
    public static int Size { get; private set; }

    /// <summary>A library of a family.</summary>
    /// <param name="constants">Its constants.</param>
    /// <param name="size">How many ranks it sees.</param>
    /// <param name="fails">A function that returns an error.</param>
    /// <param name="lacks">A function that it does not have.</param>
    public static MpiLibrary Load(Constants constants, int size = 3, string? fails = null, string? lacks = null)
    {
        (of, Size, failing) = (constants, size, fails);
        Faults.Clear();
        Calls.Clear();
        return new MpiLibrary(constants.File, name =>
        {
            if (constants.Symbols.TryGetValue(name, out nint symbol)) return symbol;
            MethodInfo? method = name == lacks ? null : typeof(FakeMpi).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static);
            if (method is null || (name == "MPI_Abi_get_version" && constants != Constants.Standard)) return 0;
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
            return method.MethodHandle.GetFunctionPointer();
        });
    }

    /// <summary>Byte i of the part that a rank sends.</summary>
    public static byte Sent(int rank, long i) => (byte)((31 * rank) + (7 * i) + 3);

    [UnmanagedCallersOnly]
    private static int MPI_Abi_get_version(int* major, int* minor) => 0;

    [UnmanagedCallersOnly]
    private static int MPI_Get_library_version(byte* text, int* length) => Write(of.Version, text, length);

    [UnmanagedCallersOnly]
    private static int MPI_Error_string(int error, byte* text, int* length) => Write($"MPI_ERR_OTHER: the fake is out of luck with {error}", text, length);

    [UnmanagedCallersOnly]
    private static int MPI_Init_thread(int* count, byte*** arguments, int wanted, int* provided)
    {
        *provided = wanted;
        return Done("MPI_Init_thread", wanted == of.Serialized && count == null && arguments == null);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Finalize() => Done("MPI_Finalize", true);

    [UnmanagedCallersOnly]
    private static int MPI_Abort(nint communicator, int code) => Done("MPI_Abort", communicator == of.World && code == 5);

    [UnmanagedCallersOnly]
    private static int MPI_Comm_set_errhandler(nint communicator, nint handler) =>
        Done("MPI_Comm_set_errhandler", communicator == of.World && handler == of.ErrorsReturn);

    [UnmanagedCallersOnly]
    private static int MPI_Comm_rank(nint communicator, int* rank)
    {
        *rank = Size == 1 ? 0 : 1;
        return Done("MPI_Comm_rank", communicator == of.World || communicator == Handle(Local));
    }

    [UnmanagedCallersOnly]
    private static int MPI_Comm_size(nint communicator, int* size)
    {
        *size = communicator == of.World ? Size : 2;
        return Done("MPI_Comm_size", communicator == of.World || communicator == Handle(Local));
    }

    [UnmanagedCallersOnly]
    private static int MPI_Comm_split_type(nint communicator, int type, int key, nint info, nint* made)
    {
        // A family of integers writes the low half only.
        if (of == Constants.Mpich) *(int*)made = (int)Local;
        else *made = Handle(Local);
        return Done("MPI_Comm_split_type", communicator == of.World && type == of.SharedMemory && key == 1 && info == of.NoInfo);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Comm_free(nint* communicator) => Done("MPI_Comm_free", *communicator == Handle(Local));

    [UnmanagedCallersOnly]
    private static int MPI_Bcast(nint buffer, int count, nint type, int root, nint communicator)
    {
        if (communicator == Handle(Local))
        {
            *(int*)buffer = 0; // the lowest rank of the machine
            return Done("MPI_Bcast", count == 4 && type == of.Bytes && root == 0);
        }

        if (root != 1) Fill((byte*)buffer, root, count);
        return Done("MPI_Bcast", count > 0 && type == of.Bytes && communicator == of.World);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Allgather(nint send, int sent, nint sentType, nint receive, int count, nint type, nint communicator)
    {
        Fill((byte*)receive, 0, count);
        Fill((byte*)receive + (2L * count), 2, count);

        // The first is the count of machines: ranks 0 and 2 are the lowest of theirs.
        if (!Calls.Contains("MPI_Allgather")) (((double*)receive)[0], ((double*)receive)[2]) = (1, 1);
        return Done("MPI_Allgather", send == of.InPlace && count > 0 && type == of.Bytes && communicator == of.World);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Alltoall(nint send, int sent, nint sentType, nint receive, int count, nint type, nint communicator)
    {
        Fill((byte*)receive, 0, count);
        Buffer.MemoryCopy((byte*)send + count, (byte*)receive + count, count, count);
        Fill((byte*)receive + (2L * count), 2, count);
        return Done("MPI_Alltoall", sent == count && sentType == of.Bytes && type == of.Bytes && communicator == of.World);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Sendrecv(
        nint send, int sent, nint sentType, int to, int sendTag, nint receive, int count, nint type, int from, int receiveTag, nint communicator, nint status)
    {
        if (from == 1) Buffer.MemoryCopy((void*)send, (void*)receive, count, count);
        else Fill((byte*)receive, from, count);
        bool fits = (to + from) % 3 == 2 && sent == count && sendTag == receiveTag;
        return Done("MPI_Sendrecv", fits && sentType == of.Bytes && type == of.Bytes && communicator == of.World && status == of.IgnoreStatus);
    }

    [UnmanagedCallersOnly]
    private static int MPI_Allreduce(nint send, nint receive, int count, nint type, nint operation, nint communicator) =>
        Done("MPI_Allreduce", send == of.InPlace && count == 4 && type == of.Floats && operation == of.Sum && communicator == of.World);

    private static nint Handle(nint number) => of == Constants.Mpich ? number : Address((int)number);

    /// <summary>An address as of a library that lies beyond 32 bits.</summary>
    private static nint Address(long offset) => (nint)(0x7000_0000_0000 + offset);

    private static void Fill(byte* part, int rank, int count)
    {
        for (int i = 0; i < count; i++) part[i] = Sent(rank, i);
    }

    private static int Write(string words, byte* text, int* length)
    {
        *length = Encoding.UTF8.GetBytes(words, new Span<byte>(text, 256));
        return 0;
    }

    private static int Done(string function, bool asExpected)
    {
        Calls.Add(function);
        if (!asExpected) Faults.Add($"{function} of {of.File} got something else than its constants");
        return function == failing ? 17 : 0;
    }

    /// <summary>The constants of a family, typed here from its mpi.h and not taken from the engine's table.</summary>
    internal sealed record Constants(
        string File, string Version, nint World, nint Bytes, nint Floats, nint Sum, nint ErrorsReturn, nint NoInfo, nint InPlace, nint IgnoreStatus, int Serialized,
        int SharedMemory)
    {
        public static readonly Constants Mpich = new(
            "libmpich.so.12", "MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7\n", 0x44000000, 0x4c00010d, 0x4c00040a, 0x58000003, 0x54000001,
            0x1c000000, -1, 1, 2, 1);

        public static readonly Constants Standard = new(
            "libmpi_abi.so.0", "Some MPI of 2027\nwith more", 0x101, 0x247, 0x210, 0x21, 0x143, 0x130, 1, 0, 2048, 221)
        {
            Symbols = new() { ["ompi_mpi_comm_world"] = 0xBAD }, // of a library beneath it
        };

        public static readonly Constants OpenMpi = new(
            "libmpi.so.40", "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022", Address(0x1000), Address(0x2000),
            Address(0x3000), Address(0x4000), Address(0x5000), Address(0x6000), 1, 0, 2, 0)
        {
            Symbols = new()
            {
                ["ompi_mpi_comm_world"] = Address(0x1000), ["ompi_mpi_byte"] = Address(0x2000), ["ompi_mpi_float"] = Address(0x3000),
                ["ompi_mpi_op_sum"] = Address(0x4000), ["ompi_mpi_errors_return"] = Address(0x5000), ["ompi_mpi_info_null"] = Address(0x6000),
            },
        };

        public Dictionary<string, nint> Symbols { get; init; } = [];
    }
}
