using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The engine MPI over a library that is not there: constants, pieces, errors. What real libraries do is in <see cref="MpirunTests"/>.</summary>
public unsafe class MpiCollectiveTests
{
    private static readonly Launcher Started = new("Open MPI's mpirun", "OMPI_COMM_WORLD_SIZE", Size: 3, Rank: 1, LocalRank: 1, MpiFamily.OpenMpi);

    public static TheoryData<string> Families => new(Enum.GetNames<MpiFamily>());

    [Theory, MemberData(nameof(Families))]
    public void EveryFamilyIsGivenItsConstants(string name)
    {
        MpiFamily family = Enum.Parse<MpiFamily>(name);
        MpiLibrary library = FakeMpi.Load(Of(family));
        Assert.Equal(family, library.Abi.Family);
        using (MpiCollective mpi = new(library, Started) { LargestPiece = 100 })
        {
            Assert.Equal((1, 3, 1, 2, 0, 2), (mpi.Rank, mpi.Size, mpi.LocalRank, mpi.LocalSize, mpi.Machine, mpi.Machines));
            double[] all = new double[3];
            mpi.AllGather([5], all);
            Assert.Equal(5, all[1]);
            float[] x = [1, 2, 3, 4], parts = new float[3 * 40];
            mpi.SumInAnyOrder(x);
            fixed (float* start = x) mpi.Sum(start, 4);
            fixed (float* start = parts) mpi.Sum(start, parts.Length);
            mpi.Abort(5);
        }

        Assert.Empty(FakeMpi.Faults);
        Assert.Equal(["MPI_Init_thread", "MPI_Comm_set_errhandler"], FakeMpi.Calls.Take(2));
        Assert.Equal("MPI_Finalize", FakeMpi.Calls[^1]);
        string[] used = ["MPI_Abort", "MPI_Allgather", "MPI_Allreduce", "MPI_Alltoall", "MPI_Bcast", "MPI_Comm_free", "MPI_Comm_split_type", "MPI_Sendrecv"];
        Assert.All(used, function => Assert.Contains(function, FakeMpi.Calls));
    }

    [Theory]
    [InlineData(nameof(MpiFamily.OpenMpi), "Open MPI 4.1.4, 3 ranks on 2 hosts")]
    [InlineData(nameof(MpiFamily.Mpich), "MPICH 4.0.2, 3 ranks on 2 hosts")]
    [InlineData(nameof(MpiFamily.Standard), "Some MPI of 2027, 3 ranks on 2 hosts")]
    public void TheDescriptionNamesEngineAndHosts(string family, string words)
    {
        using MpiCollective mpi = new(FakeMpi.Load(Of(Enum.Parse<MpiFamily>(family))), Started);
        Assert.Equal(words, mpi.Description);
    }

    [Theory]
    [InlineData("Intel(R) MPI Library 2021.5 for Linux* OS", "Intel(R) MPI Library 2021.5")]
    [InlineData("MVAPICH2 Version      :\t2.3.7", "MVAPICH2 2.3.7")]
    [InlineData("Open MPI v5.0.3, package: Open MPI", "Open MPI 5.0.3")]
    [InlineData("", "MPI")]
    public void LibrariesAreCalledByNameAndVersion(string version, string name) => Assert.Equal(name, MpiLibrary.NameOf(version));

    /// <summary>Parts of 10 bytes in pieces of 4, 4 and 2, and of a whole: the same bytes arrive.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(1 << 30)]
    public void PartsThatAreTooLongForACountGoInPieces(long largest)
    {
        using MpiCollective mpi = new(FakeMpi.Load(FakeMpi.Constants.OpenMpi), Started) { LargestPiece = largest };
        byte[] all = new byte[30];
        for (int i = 0; i < 10; i++) all[10 + i] = (byte)(200 + i);
        fixed (byte* start = all) mpi.AllGather(start, 10);
        for (int i = 0; i < 10; i++)
        {
            int inPiece = i % (int)Math.Min(largest, 10);
            Assert.Equal([FakeMpi.Sent(0, inPiece), (byte)(200 + i), FakeMpi.Sent(2, inPiece)], new[] { all[i], all[10 + i], all[20 + i] });
        }

        float[] x = [.. Enumerable.Range(0, 9).Select(i => (float)i)], sum = new float[3];
        fixed (float* start = x, own = sum) mpi.ReduceScatter(start, own, 3);
        float[][] arrived = [Received(0), [3, 4, 5], Received(2)];
        Assert.Equal(Enumerable.Range(0, 3).Select(i => arrived[0][i] + arrived[1][i] + arrived[2][i]), sum);
        Assert.Empty(FakeMpi.Faults);
        int pieces = (int)((10 + largest - 1) / largest);
        Assert.Equal(pieces == 1 ? 0 : 3 * pieces, FakeMpi.Calls.Count(call => call == "MPI_Bcast") - 1);

        float[] Received(int rank)
        {
            byte[] bytes = [.. Enumerable.Range(0, 12).Select(i => FakeMpi.Sent(rank, i % (int)Math.Min(largest, 12)))];
            return [.. Enumerable.Range(0, 3).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
        }
    }

    [Fact]
    public void AnErrorIsAnExceptionWithTheLibrarysWords()
    {
        using MpiCollective mpi = new(FakeMpi.Load(FakeMpi.Constants.Mpich, fails: "MPI_Alltoall"), Started);
        MpiException exception = Assert.Throws<MpiException>(() => Sum(mpi));
        Assert.Equal("MPICH 4.0.2: MPI_Alltoall failed: MPI_ERR_OTHER: the fake is out of luck with 17 (17).", exception.Message);
        Assert.IsAssignableFrom<DeviceException>(exception);
        MpiLibrary broken = FakeMpi.Load(FakeMpi.Constants.Mpich, fails: "MPI_Init_thread");
        Assert.Contains("MPI_Init_thread failed", Assert.Throws<MpiException>(() => new MpiCollective(broken, Started)).Message, StringComparison.Ordinal);

        static void Sum(Collective collective)
        {
            float[] x = new float[6];
            fixed (float* start = x) collective.Sum(start, 6);
        }
    }

    [Fact]
    public void ALibraryThatSeesFewerRanksThanTheLauncherIsRefused()
    {
        MpiException exception = Assert.Throws<MpiException>(() => new MpiCollective(FakeMpi.Load(FakeMpi.Constants.Mpich, size: 1), Started));
        Assert.StartsWith("Open MPI's mpirun started 3 ranks (OMPI_COMM_WORLD_SIZE), but MPICH 4.0.2 (libmpich.so.12) sees 1: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("set NEGSAMPLES_MPI to the path", exception.Message, StringComparison.Ordinal);
        Assert.Equal("MPI_Finalize", FakeMpi.Calls[^1]);
    }

    [Fact]
    public void WhatIsNoLibraryIsRefusedInOneMessage()
    {
        Assert.Equal(
            "Open MPI's mpirun started 3 ranks (OMPI_COMM_WORLD_SIZE), but NEGSAMPLES_MPI is /nowhere/libmpi.so.40, which cannot be loaded; "
                + "expected the path of the launcher's MPI library.",
            Assert.Throws<MpiException>(() => MpiLibrary.Load(Started, "/nowhere/libmpi.so.40")).Message);
        Assert.Equal(
            "libmpich.so.12 is no MPI library that can be used: it has no MPI_Sendrecv.",
            Assert.Throws<MpiException>(() => FakeMpi.Load(FakeMpi.Constants.Mpich, lacks: "MPI_Sendrecv")).Message);
    }

    private static FakeMpi.Constants Of(MpiFamily family) => family switch
    {
        MpiFamily.OpenMpi => FakeMpi.Constants.OpenMpi,
        MpiFamily.Mpich => FakeMpi.Constants.Mpich,
        _ => FakeMpi.Constants.Standard,
    };
}
