namespace NegSamples.PtxInterpreter;

/// <summary>Where a thread stands, and of how many.</summary>
internal static class SpecialRegisters
{
    private static readonly HashSet<string> Known =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z",
        "%laneid", "%warpid", "%nwarpid", "%smid", "%nsmid", "%gridid", "%clock", "%clock_hi", "%clock64", "%globaltimer",
        "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
        "%dynamic_smem_size", "%total_smem_size"
    ];

    public static bool IsKnown(string name) => Known.Contains(name);

    /// <summary>The value for one thread; clocks stand still, for a kernel's result must not hang on them.</summary>
    public static ulong Value(string name, ThreadBlock block, int thread)
    {
        int lane = thread % 32;
        Extent position = block.Threads.PositionOf(thread);
        return name switch
        {
            "%tid.x" => (ulong)position.X,
            "%tid.y" => (ulong)position.Y,
            "%tid.z" => (ulong)position.Z,
            "%ntid.x" => (ulong)block.Threads.X,
            "%ntid.y" => (ulong)block.Threads.Y,
            "%ntid.z" => (ulong)block.Threads.Z,
            "%ctaid.x" => (ulong)block.Position.X,
            "%ctaid.y" => (ulong)block.Position.Y,
            "%ctaid.z" => (ulong)block.Position.Z,
            "%nctaid.x" => (ulong)block.Grid.X,
            "%nctaid.y" => (ulong)block.Grid.Y,
            "%nctaid.z" => (ulong)block.Grid.Z,
            "%laneid" => (ulong)lane,
            "%warpid" => (ulong)(thread / 32),
            "%nwarpid" => (ulong)((block.Threads.Count + 31) / 32),
            "%nsmid" => 1,
            "%lanemask_eq" => 1ul << lane,
            "%lanemask_lt" => (1ul << lane) - 1,
            "%lanemask_le" => (2ul << lane) - 1,
            "%lanemask_gt" => ~((2ul << lane) - 1) & uint.MaxValue,
            "%lanemask_ge" => ~((1ul << lane) - 1) & uint.MaxValue,
            "%dynamic_smem_size" => (ulong)block.Memory.DynamicBytes,
            "%total_smem_size" => (ulong)block.Memory.TotalBytes,
            _ => 0
        };
    }
}
