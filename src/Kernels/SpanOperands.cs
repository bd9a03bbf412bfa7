using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The operands of a call that takes spans: on a CPU tensors over the spans themselves, which are read and written in their place; on another device
/// copies of them.</summary>
/// <remarks>The spans are pinned by the caller for as long as this lives.</remarks>
internal unsafe ref struct SpanOperands : IDisposable
{
    private readonly DeviceLease lease;
    private readonly List<Arena> arenas = [];
    private readonly List<(Tensor Tensor, nint Host)> results = [];

    /// <summary>Waits for the device.</summary>
    public SpanOperands(Ops? ops) => lease = new DeviceLease(ops);

    /// <summary>The device.</summary>
    public readonly Ops Ops => lease.Ops;

    /// <summary>Whether a tensor is the span itself.</summary>
    public readonly bool ReadsInPlace => Ops is CpuOps;

    /// <summary>Numbers that are only read; no tensor where there are none.</summary>
    public readonly Tensor Read<T>(T* numbers, int rows, int columns = 0, [CallerArgumentExpression(nameof(numbers))] string name = "")
        where T : unmanaged
    {
        Tensor tensor = Place(numbers, rows, columns, name);
        if (!tensor.IsNone && !ReadsInPlace) Ops.Upload(new ReadOnlySpan<T>(numbers, (int)tensor.Count), tensor);
        return tensor;
    }

    /// <summary>Numbers that are only written; no tensor where there are none.</summary>
    public readonly Tensor Write(float* numbers, int rows, int columns = 0, [CallerArgumentExpression(nameof(numbers))] string name = "")
    {
        Tensor tensor = Place(numbers, rows, columns, name);
        if (!tensor.IsNone && !ReadsInPlace) results.Add((tensor, (nint)numbers));
        return tensor;
    }

    /// <summary>Memory of the library's, from which a call takes what it needs beside its spans.</summary>
    public readonly Arena Take(string name, long bytes)
    {
        Arena arena = Ops.CreateArena(name, bytes);
        arenas.Add(arena);
        return arena;
    }

    /// <summary>Brings what was written to the spans.</summary>
    public readonly void Complete()
    {
        foreach ((Tensor tensor, nint host) in results) Ops.Download(tensor, new Span<float>((void*)host, (int)tensor.Count));
    }

    /// <summary>Frees what was taken and lets others have the device.</summary>
    public readonly void Dispose()
    {
        foreach (Arena arena in arenas) arena.Dispose();
        lease.Dispose();
    }

    private readonly Tensor Place<T>(T* numbers, int rows, int columns, string name)
        where T : unmanaged
    {
        if (numbers == null) return default;
        ElementType type = ElementTypes.Of<T>();
        ReadOnlySpan<int> shape = columns == 0 ? [rows] : [rows, columns];
        long bytes = (long)rows * Math.Max(1, columns) * sizeof(T);
        if (!ReadsInPlace) return Take(name, Arena.BytesFor(type, bytes / sizeof(T))).Take(type, shape);
        Arena arena = Arena.OnHost(Ops, name, (nint)numbers, bytes);
        arenas.Add(arena);
        return new Tensor(arena, 0, type, shape);
    }
}
