namespace NegSamples.Kernels;

/// <summary>The constants of MPI that this engine passes, which each family of libraries numbers in its own way.</summary>
/// <remarks>
/// A handle is an address in Open MPI and in the standard interface, a 32-bit integer in the MPICH family. As an argument a 64-bit machine passes both in the same
/// register, so one set of signatures serves all.
/// Sources: mpi.h of Open MPI 4.1, of MPICH 4.0, and of MPI 5.0 (mpi-forum/mpi-abi-stubs).
/// </remarks>
/// <param name="Family">Whose constants they are.</param>
/// <param name="World">MPI_COMM_WORLD.</param>
/// <param name="Bytes">MPI_BYTE.</param>
/// <param name="Floats">MPI_FLOAT.</param>
/// <param name="Sum">MPI_SUM.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN.</param>
/// <param name="NoInfo">MPI_INFO_NULL.</param>
/// <param name="InPlace">MPI_IN_PLACE.</param>
/// <param name="IgnoreStatus">MPI_STATUS_IGNORE.</param>
/// <param name="Serialized">MPI_THREAD_SERIALIZED: any thread may call, one at a time.</param>
/// <param name="SharedMemory">MPI_COMM_TYPE_SHARED.</param>
internal sealed record MpiAbi(
    MpiFamily Family, nint World, nint Bytes, nint Floats, nint Sum, nint ErrorsReturn, nint NoInfo, nint InPlace, nint IgnoreStatus, int Serialized, int SharedMemory)
{
    private const string OpenMpiWorld = "ompi_mpi_comm_world";

    /// <summary>The constants of a library.</summary>
    /// <param name="file">The library's file: a look-up also finds what its dependencies export, and a standard library may be built upon Open MPI.</param>
    /// <param name="export">The address of what the library exports, 0 where it does not.</param>
    public static MpiAbi Of(string file, Func<string, nint> export)
    {
        if (file.Contains("_abi", StringComparison.Ordinal) && export("MPI_Abi_get_version") != 0)
        {
            return new(
                MpiFamily.Standard, World: 0x101, Bytes: 0x247, Floats: 0x210, Sum: 0x21, ErrorsReturn: 0x143, NoInfo: 0x130,
                InPlace: 1, IgnoreStatus: 0, Serialized: 2048, SharedMemory: 221);
        }

        if (export(OpenMpiWorld) != 0)
        {
            return new(
                MpiFamily.OpenMpi, export(OpenMpiWorld), export("ompi_mpi_byte"), export("ompi_mpi_float"), export("ompi_mpi_op_sum"),
                export("ompi_mpi_errors_return"), export("ompi_mpi_info_null"), InPlace: 1, IgnoreStatus: 0, Serialized: 2, SharedMemory: 0);
        }

        return new(
            MpiFamily.Mpich, World: 0x44000000, Bytes: 0x4c00010d, Floats: 0x4c00040a, Sum: 0x58000003, ErrorsReturn: 0x54000001, NoInfo: 0x1c000000,
            InPlace: -1, IgnoreStatus: 1, Serialized: 2, SharedMemory: 1);
    }
}
