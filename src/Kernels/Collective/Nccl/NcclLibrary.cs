using System.Globalization;
using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>The functions of NVIDIA's NCCL that this engine calls, looked up once. No development package is needed.</summary>
/// <remarks>
/// Every pointer has the type of the C function of nccl.h; a communicator and a stream are an <c>nint</c>, the result is 0 where all went well. NCCL moves
/// bytes and adds nothing up: no order of its sums is promised.
/// </remarks>
internal sealed unsafe class NcclLibrary
{
    /// <summary>The variable that names the library to load, or "none".</summary>
    public const string Variable = "NEGSAMPLES_NCCL";

    /// <summary>ncclUint8.</summary>
    public const int Bytes = 1;

    /// <summary>ncclInProgress: no error.</summary>
    public const int InProgress = 7;

    public readonly delegate* unmanaged<int*, int> GetVersion;
    public readonly delegate* unmanaged<int, byte*> GetErrorString;
    public readonly delegate* unmanaged<nint, byte*> GetLastError;
    public readonly delegate* unmanaged<NcclId*, int> GetUniqueId;
    public readonly delegate* unmanaged<nint*, int, NcclId, int, int> CommInitRank;
    public readonly delegate* unmanaged<nint, int> CommAbort;
    public readonly delegate* unmanaged<nint, int*, int> CommGetAsyncError;
    public readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> AllGather;
    public readonly delegate* unmanaged<nint, nuint, int, int, nint, nint, int> Send;
    public readonly delegate* unmanaged<nint, nuint, int, int, nint, nint, int> Receive;
    public readonly delegate* unmanaged<int> GroupStart;
    public readonly delegate* unmanaged<int> GroupEnd;

    /// <summary>Looks the functions up.</summary>
    /// <param name="export">The address of a function by its name in the library, 0 where it has none.</param>
    /// <exception cref="NcclException">It lacks a function, or does not tell its version.</exception>
    public NcclLibrary(Func<string, nint> export)
    {
        GetVersion = (delegate* unmanaged<int*, int>)Function("ncclGetVersion");
        GetErrorString = (delegate* unmanaged<int, byte*>)Function("ncclGetErrorString");
        GetLastError = (delegate* unmanaged<nint, byte*>)Function("ncclGetLastError");
        GetUniqueId = (delegate* unmanaged<NcclId*, int>)Function("ncclGetUniqueId");
        CommInitRank = (delegate* unmanaged<nint*, int, NcclId, int, int>)Function("ncclCommInitRank");
        CommAbort = (delegate* unmanaged<nint, int>)Function("ncclCommAbort");
        CommGetAsyncError = (delegate* unmanaged<nint, int*, int>)Function("ncclCommGetAsyncError");
        AllGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Function("ncclAllGather");
        Send = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Function("ncclSend");
        Receive = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Function("ncclRecv");
        GroupStart = (delegate* unmanaged<int>)Function("ncclGroupStart");
        GroupEnd = (delegate* unmanaged<int>)Function("ncclGroupEnd");
        int version;
        int error = GetVersion(&version);
        if (error != 0) throw new NcclException($"NCCL does not tell its version: {Describe(error, 0)}");
        Version = version;

        nint Function(string name) => export(name) is not 0 and nint address ? address
            : throw new NcclException($"NCCL is too old: it has no {name}; expected 2.13 or later");
    }

    /// <summary>The version as NCCL numbers it; two that differ do not talk to each other.</summary>
    public int Version { get; }

    /// <summary>The library in words, "NCCL 2.21.5".</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"NCCL {Version / 10000}.{Version % 10000 / 100}.{Version % 100}");

    /// <summary>The library of this machine, or a reason why there is none that can be used.</summary>
    /// <exception cref="NcclException"><see cref="Variable"/> names one that cannot be loaded.</exception>
    public static (NcclLibrary? Library, string Reason) Find() => Find(Environment.GetEnvironmentVariable(Variable));

    /// <summary>A library, or a reason why there is none that can be used.</summary>
    /// <param name="named">The library to load, "none" for none; null or empty: NVIDIA's, by its usual name.</param>
    /// <exception cref="NcclException">The one that is named cannot be loaded.</exception>
    public static (NcclLibrary? Library, string Reason) Find(string? named)
    {
        if (named == "none") return (null, $"{Variable} is none");
        bool isNamed = !string.IsNullOrEmpty(named);
        string file = isNamed ? named! : "libnccl.so.2";
        if (!NativeLibrary.TryLoad(file, out nint handle))
        {
            return isNamed ? throw new NcclException($"{Variable} is {named}, which cannot be loaded; expected the path of NVIDIA's libnccl.so.2, or none.")
                : (null, $"NVIDIA's library {file} is not on this machine ({Variable} may name it)");
        }

        try
        {
            return (new NcclLibrary(name => NativeLibrary.TryGetExport(handle, name, out nint address) ? address : 0), "");
        }
        catch (NcclException exception)
        {
            return isNamed ? throw new NcclException($"{Variable} is {named}: {exception.Message}.", exception) : (null, exception.Message);
        }
    }

    /// <summary>An error in the library's own words.</summary>
    /// <param name="error">Its number.</param>
    /// <param name="communicator">Where it arose; 0 for none.</param>
    public string Describe(int error, nint communicator)
    {
        string words = Marshal.PtrToStringUTF8((nint)GetErrorString(error)) ?? "error", more = Marshal.PtrToStringUTF8((nint)GetLastError(communicator)) ?? "";
        return string.Create(CultureInfo.InvariantCulture, $"{words} ({error}{(more.Trim().Length == 0 ? "" : ", " + more.Trim().ReplaceLineEndings(" "))})");
    }
}
