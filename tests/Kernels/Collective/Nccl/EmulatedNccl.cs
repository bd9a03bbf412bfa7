using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>
/// NVIDIA's NCCL, emulated between the emulated GPUs of this process. A rank is a thread with a GPU of its own. A call is a piece of work in the stream it is
/// given, done when all ranks have come to the same call; counts, types, places, groups and the order are held against what NCCL asks for.
/// </summary>
internal static unsafe class EmulatedNccl
{
    private const int InvalidArgument = 4, InvalidUsage = 5, RemoteError = 6;
    private static readonly Lock Alone = new();
    private static readonly Dictionary<nint, Member> Members = [];
    private static readonly List<Meeting> Meetings = [];
    private static readonly List<string> AllFaults = [], AllCalls = [];
    private static readonly nint Words = Marshal.StringToCoTaskMemUTF8("as asked for"), Last = Marshal.StringToCoTaskMemUTF8("a peer is gone\n");
    private static int version;
    private static string? failing;

    [ThreadStatic]
    private static Group? group;

    /// <summary>What NCCL would have refused, or have waited for in vain.</summary>
    public static IReadOnlyList<string> Faults
    {
        get
        {
            lock (Alone) return [.. AllFaults];
        }
    }

    /// <summary>The functions that were called, of all ranks.</summary>
    public static IReadOnlyList<string> Calls
    {
        get
        {
            lock (Alone) return [.. AllCalls];
        }
    }

    /// <summary>A library without communicators.</summary>
    /// <param name="number">Its version.</param>
    /// <param name="fails">A function that returns an error.</param>
    /// <param name="lacks">A function that it does not have.</param>
    public static NcclLibrary Load(int number = 22105, string? fails = null, string? lacks = null)
    {
        lock (Alone)
        {
            (version, failing) = (number, fails);
            Members.Clear();
            Meetings.Clear();
            AllFaults.Clear();
            AllCalls.Clear();
        }

        return new NcclLibrary(name =>
        {
            MethodInfo? method = name == lacks ? null : typeof(EmulatedNccl).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static);
            if (method is null) return 0;
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
            return method.MethodHandle.GetFunctionPointer();
        });
    }

    /// <summary>A rank is gone: what waits for it waits for ever, and is told so where it asks.</summary>
    public static void Lose()
    {
        lock (Alone)
        {
            foreach (Meeting meeting in Meetings) meeting.IsLost = true;
        }
    }

    [UnmanagedCallersOnly]
    private static int ncclGetVersion(int* number)
    {
        *number = version;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static byte* ncclGetErrorString(int error) => (byte*)Words;

    [UnmanagedCallersOnly]
    private static byte* ncclGetLastError(nint communicator) => (byte*)(communicator == 0 ? 0 : Last);

    [UnmanagedCallersOnly]
    private static int ncclGetUniqueId(NcclId* id) => Call(nameof(ncclGetUniqueId), () =>
    {
        Meeting meeting = new();
        Random.Shared.NextBytes(meeting.Id);
        Meetings.Add(meeting);
        meeting.Id.CopyTo(new Span<byte>(id, NcclId.Length));
    });

    [UnmanagedCallersOnly]
    private static int ncclCommInitRank(nint* communicator, int size, NcclId id, int rank)
    {
        byte[] bytes = new Span<byte>(id.Internal, NcclId.Length).ToArray();
        Meeting? meeting = null;
        int place = EmulatedDriver.Place, error = Call(nameof(ncclCommInitRank), () =>
        {
            meeting = Meetings.Find(known => known.Id.AsSpan().SequenceEqual(bytes)) ?? throw new ArgumentException("an id that no rank has made");
            if (rank < 0 || rank >= size || (meeting.Size > 0 && meeting.Size != size)) throw new ArgumentException($"rank {rank} of {size}");
            if (!meeting.Ranks.Add(rank) || !meeting.Gpus.Add(place)) throw new ArgumentException($"rank {rank} or its GPU {place} is there twice");
            meeting.Size = size;
            nint handle = 0x5000 + Members.Count;
            Members.Add(handle, new Member(meeting, rank, place));
            *communicator = handle;
        });
        if (error != 0) return error;
        bool areAll = SpinWait.SpinUntil(() => meeting!.IsLost || meeting.Ranks.Count == size, TimeSpan.FromSeconds(30)); // As the library, it waits for all.
        return areAll ? 0 : RemoteError;
    }

    [UnmanagedCallersOnly]
    private static int ncclCommAbort(nint communicator) => Call(nameof(ncclCommAbort), () => Members[communicator].IsAborted = true);

    [UnmanagedCallersOnly]
    private static int ncclCommGetAsyncError(nint communicator, int* error)
    {
        lock (Alone) *error = Members[communicator].Meeting.IsLost ? RemoteError : 0;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ncclGroupStart() => Call(nameof(ncclGroupStart), () => (group ??= new()).Depth++);

    [UnmanagedCallersOnly]
    private static int ncclGroupEnd() => Call(nameof(ncclGroupEnd), () =>
    {
        if (group is null) throw new InvalidOperationException("a group ends that has not begun");
        if (--group.Depth > 0) return;
        Group ended = group;
        group = null;
        if (ended.Parts.Count > 0) Begin(ended.Member!, ended.Stream, ended.Parts);
    });

    [UnmanagedCallersOnly]
    private static int ncclSend(nint buffer, nuint count, int type, int peer, nint communicator, nint stream) =>
        Call(nameof(ncclSend), () => Add(communicator, stream, new(IsSend: true, buffer, Bytes(count, type), peer)));

    [UnmanagedCallersOnly]
    private static int ncclRecv(nint buffer, nuint count, int type, int peer, nint communicator, nint stream) =>
        Call(nameof(ncclRecv), () => Add(communicator, stream, new(IsSend: false, buffer, Bytes(count, type), peer)));

    [UnmanagedCallersOnly]
    private static int ncclAllGather(nint send, nint receive, nuint count, int type, nint communicator, nint stream) => Call(nameof(ncclAllGather), () =>
    {
        if (group is not null) throw new InvalidOperationException("a gather within a group is not emulated");
        Member member = Members[communicator];
        long bytes = Bytes(count, type);
        if (send != receive + (nint)(member.Rank * bytes)) throw new ArgumentException($"rank {member.Rank} does not gather in place");
        List<Part> parts = [];
        for (int peer = 0; peer < member.Meeting.Size; peer++)
        {
            if (peer == member.Rank) continue;
            parts.Add(new(IsSend: true, send, bytes, peer));
            parts.Add(new(IsSend: false, receive + (nint)(peer * bytes), bytes, peer));
        }

        Begin(member, stream, parts);
    });

    private static void Add(nint communicator, nint stream, Part part)
    {
        if (group is null) throw new InvalidOperationException("a send or a receipt outside of a group waits for the other's");
        Member member = Members[communicator];
        if (part.Peer < 0 || part.Peer >= member.Meeting.Size || part.Peer == member.Rank) throw new ArgumentException($"peer {part.Peer} of rank {member.Rank}");
        if (group.Member is not null && (group.Member, group.Stream) != (member, stream)) throw new InvalidOperationException("a group of two communicators or streams is not emulated");
        (group.Member, group.Stream) = (member, stream);
        group.Parts.Add(part);
    }

    /// <summary>Puts a call into its stream, as the communicator's next.</summary>
    private static void Begin(Member member, nint stream, List<Part> parts)
    {
        if (member.IsAborted) throw new InvalidOperationException("a call of a communicator that is aborted");
        if (member.Gpu != EmulatedDriver.Place) throw new InvalidOperationException($"rank {member.Rank} began on GPU {member.Gpu} and calls from GPU {EmulatedDriver.Place}");
        foreach (Part part in parts) EmulatedDriver.Memory(part.Buffer, part.Bytes); // throws where the GPU has no such memory
        int number = member.Asked++;
        bool isSent = false;
        bool isThere = EmulatedDriver.EnqueueShared(stream, () =>
        {
            lock (Alone)
            {
                if (member.IsAborted) return true;
                if (!isSent)
                {
                    if (member.Done++ != number) AllFaults.Add($"rank {member.Rank} does call {number} out of its order");
                    foreach (Part part in parts.Where(part => part.IsSend))
                        member.Meeting.Mail.Add((number, member.Rank, part.Peer), EmulatedDriver.Memory(part.Buffer, part.Bytes).ToArray());
                    isSent = true;
                }

                if (parts.Exists(part => !part.IsSend && !member.Meeting.Mail.ContainsKey((number, part.Peer, member.Rank)))) return false;
                foreach (Part part in parts.Where(part => !part.IsSend))
                {
                    member.Meeting.Mail.Remove((number, part.Peer, member.Rank), out byte[]? sent);
                    if (sent!.Length == part.Bytes) sent.CopyTo(EmulatedDriver.Memory(part.Buffer, part.Bytes));
                    else AllFaults.Add($"rank {part.Peer} sends {sent.Length} bytes and rank {member.Rank} awaits {part.Bytes} in call {number}");
                }

                return true;
            }
        });
        if (!isThere) throw new ArgumentException("a stream that the GPU does not have");
    }

    private static long Bytes(nuint count, int type)
    {
        if (count == 0) throw new ArgumentException("nothing to send");
        return (long)count * type switch
        {
            0 or 1 => 1,
            6 or 9 => 2,
            2 or 3 or 7 => 4,
            4 or 5 or 8 => 8,
            _ => throw new ArgumentException($"type {type}"),
        };
    }

    /// <summary>An exception may not leave through the caller's native frame: it becomes a fault and an error code.</summary>
    private static int Call(string function, Action work)
    {
        lock (Alone)
        {
            AllCalls.Add(function);
            if (function == failing) return RemoteError;
            try
            {
                work();
                return 0;
            }
            catch (Exception exception)
            {
                AllFaults.Add($"{function}: {exception.Message}");
                return exception is ArgumentException ? InvalidArgument : InvalidUsage;
            }
        }
    }

    private sealed record Part(bool IsSend, nint Buffer, long Bytes, int Peer);

    private sealed class Group
    {
        public int Depth;
        public Member? Member;
        public nint Stream;
        public readonly List<Part> Parts = [];
    }

    /// <summary>The ranks of one id.</summary>
    private sealed class Meeting
    {
        public readonly byte[] Id = new byte[NcclId.Length];
        public readonly HashSet<int> Ranks = [], Gpus = [];
        public readonly Dictionary<(int Call, int From, int To), byte[]> Mail = [];
        public int Size;
        public volatile bool IsLost;
    }

    private sealed class Member(Meeting meeting, int rank, int gpu)
    {
        public Meeting Meeting => meeting;
        public int Rank => rank;
        public int Gpu => gpu;
        public int Asked, Done;
        public bool IsAborted;
    }
}
