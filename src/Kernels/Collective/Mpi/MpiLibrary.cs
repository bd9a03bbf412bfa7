using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace NegSamples.Kernels;

/// <summary>The functions of an MPI library that this engine calls, looked up once. No development package is needed.</summary>
/// <remarks>
/// Every pointer has the type of the C function, with a handle as an <c>nint</c>. A handle that the library writes goes into a zeroed one: an int fills its low half.
/// </remarks>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>The variable that names the library to load.</summary>
    public const string Variable = "NEGSAMPLES_MPI";

    /// <summary>Its value for a process that is to be alone whoever started it.</summary>
    internal const string None = "none";

    public readonly delegate* unmanaged<byte*, int*, int> GetLibraryVersion;
    public readonly delegate* unmanaged<int*, byte***, int, int*, int> InitThread;
    public readonly delegate* unmanaged<int> Finish;
    public readonly delegate* unmanaged<nint, int, int> Abort;
    public readonly delegate* unmanaged<nint, nint, int> SetErrorHandler;
    public readonly delegate* unmanaged<int, byte*, int*, int> ErrorString;
    public readonly delegate* unmanaged<nint, int*, int> CommRank;
    public readonly delegate* unmanaged<nint, int*, int> CommSize;
    public readonly delegate* unmanaged<nint, int, int, nint, nint*, int> CommSplitType;
    public readonly delegate* unmanaged<nint*, int> CommFree;
    public readonly delegate* unmanaged<nint, int, nint, int, nint, int> Broadcast;
    public readonly delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int> AllGather;
    public readonly delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int> AllToAll;
    public readonly delegate* unmanaged<nint, int, nint, int, int, nint, int, nint, int, int, nint, nint, int> SendReceive;
    public readonly delegate* unmanaged<nint, nint, int, nint, nint, nint, int> AllReduce;

    private static readonly string[] OpenMpiFiles = ["libmpi.so.40", "libmpi.so.20", "libmpi.40.dylib", "libmpi.dylib"];

    // Debian names MPICH's own library, others take the name that the family agreed upon.
    private static readonly string[] MpichFiles = ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12", "libmpi.12.dylib", "msmpi.dll"];
    private static readonly string[] StandardFiles = ["libmpi_abi.so.1", "libmpi_abi.so.0"];

    /// <summary>Looks the functions up.</summary>
    /// <param name="file">The library's file, or how it was asked for.</param>
    /// <param name="export">The address of what the library exports, 0 where it does not.</param>
    /// <exception cref="MpiException">It lacks a function.</exception>
    public MpiLibrary(string file, Func<string, nint> export)
    {
        File = file;
        GetLibraryVersion = (delegate* unmanaged<byte*, int*, int>)Function("MPI_Get_library_version");
        InitThread = (delegate* unmanaged<int*, byte***, int, int*, int>)Function("MPI_Init_thread");
        Finish = (delegate* unmanaged<int>)Function("MPI_Finalize");
        Abort = (delegate* unmanaged<nint, int, int>)Function("MPI_Abort");
        SetErrorHandler = (delegate* unmanaged<nint, nint, int>)Function("MPI_Comm_set_errhandler");
        ErrorString = (delegate* unmanaged<int, byte*, int*, int>)Function("MPI_Error_string");
        CommRank = (delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_rank");
        CommSize = (delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_size");
        CommSplitType = (delegate* unmanaged<nint, int, int, nint, nint*, int>)Function("MPI_Comm_split_type");
        CommFree = (delegate* unmanaged<nint*, int>)Function("MPI_Comm_free");
        Broadcast = (delegate* unmanaged<nint, int, nint, int, nint, int>)Function("MPI_Bcast");
        AllGather = (delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int>)Function("MPI_Allgather");
        AllToAll = (delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int>)Function("MPI_Alltoall");
        SendReceive = (delegate* unmanaged<nint, int, nint, int, int, nint, int, nint, int, int, nint, nint, int>)Function("MPI_Sendrecv");
        AllReduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Allreduce");
        Abi = MpiAbi.Of(file, export);
        Name = ReadName();

        nint Function(string name) =>
            export(name) is not 0 and nint address ? address : throw new MpiException($"{file} is no MPI library that can be used: it has no {name}.");
    }

    /// <summary>The library's file, or how it was asked for.</summary>
    public string File { get; }

    /// <summary>The library in words, "Open MPI 4.1.4".</summary>
    public string Name { get; }

    /// <summary>Its constants.</summary>
    public MpiAbi Abi { get; }

    /// <summary>Loads the launcher's library, or the one that <see cref="Variable"/> names.</summary>
    /// <param name="launcher">Who started this process.</param>
    /// <exception cref="MpiException">There is none.</exception>
    public static MpiLibrary Load(Launcher launcher) => Load(launcher, Environment.GetEnvironmentVariable(Variable));

    /// <summary>Loads the launcher's library, or a named one.</summary>
    /// <param name="launcher">Who started this process.</param>
    /// <param name="named">The library to load; null or empty: that of the launcher's family first, then the others.</param>
    /// <exception cref="MpiException">There is none.</exception>
    public static MpiLibrary Load(Launcher launcher, string? named)
    {
        KeepFaultsCatchable();
        string[] files = string.IsNullOrEmpty(named) ? Files(launcher.Family) : [named];
        foreach (string file in files)
        {
            if (NativeLibrary.TryLoad(file, out nint handle))
                return new MpiLibrary(file, name => NativeLibrary.TryGetExport(handle, name, out nint address) ? address : 0);
        }

        string started = string.Create(CultureInfo.InvariantCulture, $"{launcher.Name} started {Counted.Of(launcher.Size, "rank")} ({launcher.Variable})");
        throw new MpiException(string.IsNullOrEmpty(named)
            ? $"{started}, but no MPI library can be loaded (tried {string.Join(", ", files)}); install the launcher's, or set {Variable} to its path."
            : $"{started}, but {Variable} is {named}, which cannot be loaded; expected the path of the launcher's MPI library.");
    }

    /// <summary>An error in the library's own words.</summary>
    public string Describe(int error)
    {
        byte* text = stackalloc byte[8192]; // beyond MPI_MAX_ERROR_STRING of every library
        int length = 0;
        string number = error.ToString(CultureInfo.InvariantCulture);
        if (ErrorString(error, text, &length) != 0 || length <= 0) return "error " + number;
        return $"{Encoding.UTF8.GetString(text, length).Trim().ReplaceLineEndings(" ")} ({number})";
    }

    /// <summary>The engine and its version of what a library calls itself.</summary>
    internal static string NameOf(string version)
    {
        Match known = Known().Match(version);
        if (known.Success) return $"{known.Groups[1].Value} {known.Groups[2].Value}";
        string line = version.Split('\n')[0].Trim();
        return line.Length is > 0 and <= 80 ? line : "MPI";
    }

    // The libraries beneath MPI catch SIGSEGV to print a trace, and a null dereference in C# then ends the process instead of being an exception. They read their
    // settings from the native environment as they are loaded, which Environment.SetEnvironmentVariable does not write.
    private static void KeepFaultsCatchable()
    {
        if (OperatingSystem.IsWindows()) return;
        _ = SetVariable("UCX_ERROR_SIGNALS", "", 1);
        _ = SetVariable("IPATH_NO_BACKTRACE", "1", 1);
        _ = SetVariable("HFI_NO_BACKTRACE", "1", 1);
    }

    private static string[] Files(MpiFamily? family) => family switch
    {
        MpiFamily.OpenMpi => [.. OpenMpiFiles, .. StandardFiles, .. MpichFiles],
        MpiFamily.Mpich => [.. MpichFiles, .. StandardFiles, .. OpenMpiFiles],
        _ => [.. StandardFiles, .. OpenMpiFiles, .. MpichFiles],
    };

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [GeneratedRegex(@"(Open MPI|MPICH|MVAPICH2?|Intel\(R\) MPI Library)(?: Version)?\s*:?\s*v?(\d[\w.]*)")]
    private static partial Regex Known();

    private string ReadName()
    {
        byte* text = stackalloc byte[8192]; // MPI_MAX_LIBRARY_VERSION_STRING of MPICH, the longest
        int length = 0;
        return GetLibraryVersion(text, &length) == 0 ? NameOf(Encoding.UTF8.GetString(text, Math.Clamp(length, 0, 8192))) : "MPI";
    }
}
