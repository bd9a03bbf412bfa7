using System.Numerics;

namespace NegSamples.PtxInterpreter;

/// <summary>The lanes of one warp that came to a barrier together.</summary>
internal sealed record BarrierArrival(LockstepWarp Warp, uint Mask, uint Predicate, Instruction Instruction, int Pc);

/// <summary>A block: runs its warps in turn until each waits, and lets barriers fall.</summary>
internal sealed class ThreadBlock : IDisposable
{
    // A warp that spins on what another must write gives way after so many instructions.
    private const int InstructionsPerTurn = 10_000;

    private readonly LockstepWarp[] warps;
    private readonly SortedDictionary<int, BarrierState> barriers = [];
    private readonly byte[] arguments;
    private readonly PtxFunction kernel;
    private readonly Dictionary<int, List<(Instruction Instruction, int Pc, ulong Left, ulong Right)>> products = [];
    private int liveThreads;
    private int firstExited;

    public ThreadBlock(PtxMachine machine, PtxFunction kernel, Extent grid, Extent threads, int dynamicBytes, byte[] arguments, Sanitizer sanitizer, LaunchStatistics statistics)
    {
        (Machine, this.kernel, Grid, Threads, this.arguments, Sanitizer, Statistics) = (machine, kernel, grid, threads, arguments, sanitizer, statistics);
        Memory = new(machine.Module.Shared, dynamicBytes);
        warps = [.. Enumerable.Range(0, (threads.Count + 31) / 32).Select(index => new LockstepWarp(this, index))];
    }

    public PtxMachine Machine { get; }
    public Extent Grid { get; }
    public Extent Threads { get; }
    public Extent Position { get; private set; }
    public BlockMemory Memory { get; }

    /// <summary>By their addresses in shared memory.</summary>
    public Dictionary<int, MemoryBarrier> MemoryBarriers { get; } = [];
    public Sanitizer Sanitizer { get; }
    public LaunchStatistics Statistics { get; }

    private sealed class BarrierState(int warps)
    {
        public List<BarrierArrival> Arrivals { get; } = [];
        public int[] Clock { get; } = new int[warps];
        public int Arrived { get; set; }

        /// <summary>The threads the instruction names, or 0 for all of the block.</summary>
        public int Named { get; set; }
    }

    public ulong AddressOf(Symbol symbol) => symbol.Space switch
    {
        StateSpace.Shared => (ulong)Memory.AddressOf(symbol),
        StateSpace.Local or StateSpace.Param => symbol.Address,
        _ => Machine.AddressOf(symbol)
    };

    public void Charge(int instructions) => Machine.Charge(instructions);

    public void Run(Extent position)
    {
        Position = position;
        (liveThreads, firstExited) = (Threads.Count, -1);
        barriers.Clear();
        products.Clear();
        MemoryBarriers.Clear();
        Memory.Reset();
        foreach (LockstepWarp warp in warps) warp.Reset(kernel, arguments);
        while (liveThreads > 0)
        {
            bool ran = false;
            foreach (LockstepWarp warp in warps) ran |= warp.Run(InstructionsPerTurn);
            if (!ran && !warps.Any(warp => warp.ForceParked()) && !ForceAwake()) ForceBarrier();
        }

        foreach (TensorCopyOnItsWay copy in MemoryBarriers.Values.SelectMany(barrier => barrier.Copies))
            copy.Warp.Report(FindingKind.AsyncCopyRead, copy.Lane, copy.Pc, "nobody waited for the copy before the block ended");

        foreach ((int group, List<(Instruction Instruction, int Pc, ulong, ulong)> issued) in products)
            if (warps.Skip(4 * group).Take(4).Any(warp => warp.IssuedProducts < issued.Count))
                Sanitizer.Report(FindingKind.WarpDivergence, this, 128 * group, issued[^1].Instruction, "not all warps of the warpgroup run it");
    }

    public void Dispose()
    {
        foreach (LockstepWarp warp in warps) warp.Dispose();
        Memory.Dispose();
    }

    public LockstepWarp Warp(int index) => warps[index];

    /// <summary>The warps of a group must issue the same products; each does so in its own time here.</summary>
    public void NoteProduct(LockstepWarp warp, int number, Instruction instruction, int pc, ulong left, ulong right)
    {
        if (!products.TryGetValue(warp.Index / 4, out List<(Instruction, int, ulong, ulong)>? issued)) products[warp.Index / 4] = issued = [];
        if (number == issued.Count) issued.Add((instruction, pc, left, right));
        else if (issued[number] != (instruction, pc, left, right))
            warp.Report(FindingKind.WarpDivergence, 0, pc, "the warps of a warpgroup run different products");
    }

    public void Arrive(int number, int named, BarrierArrival arrival)
    {
        if (!barriers.TryGetValue(number, out BarrierState? barrier)) barriers[number] = barrier = new(warps.Length);
        barrier.Named = named;
        barrier.Arrived += BitOperations.PopCount(arrival.Mask);
        barrier.Arrivals.Add(arrival);
        for (int warp = 0; warp < warps.Length; warp++) barrier.Clock[warp] = Math.Max(barrier.Clock[warp], arrival.Warp.Clock[warp]);
        FallIfComplete(number, barrier);
    }

    public void Exited(LockstepWarp warp, uint mask)
    {
        liveThreads -= BitOperations.PopCount(mask);
        if (firstExited < 0) firstExited = warp.FirstThread + BitOperations.TrailingZeroCount(mask);
        foreach ((int number, BarrierState barrier) in barriers.ToArray()) FallIfComplete(number, barrier);
    }

    private void FallIfComplete(int number, BarrierState barrier)
    {
        if (barrier.Arrivals.Count == 0 || barrier.Arrived < (barrier.Named > 0 ? barrier.Named : liveThreads)) return;
        if (barrier.Named == 0 && liveThreads < Threads.Count)
        {
            BarrierArrival arrival = barrier.Arrivals[0];
            Sanitizer.Report(FindingKind.BarrierDivergence, this, firstExited, arrival.Instruction,
                $"{Threads.Count - liveThreads} threads exited and never come to the barrier at which others wait");
        }

        Fall(number, barrier);
    }

    private void Fall(int number, BarrierState barrier)
    {
        barriers.Remove(number);
        ulong Result(Instruction instruction) => instruction.Variant switch
        {
            "popc" => (ulong)barrier.Arrivals.Sum(arrival => BitOperations.PopCount(arrival.Predicate)),
            "and" => barrier.Arrivals.All(arrival => arrival.Predicate == arrival.Mask) ? 1ul : 0,
            "or" => barrier.Arrivals.Any(arrival => arrival.Predicate != 0) ? 1ul : 0,
            _ => 0
        };
        foreach (BarrierArrival arrival in barrier.Arrivals)
            if (arrival.Instruction.Variant != "arrive") arrival.Warp.Release(arrival, barrier.Clock, Result(arrival.Instruction));
        foreach (IGrouping<LockstepWarp, BarrierArrival> ofWarp in barrier.Arrivals.Where(arrival => arrival.Instruction.Variant != "arrive").GroupBy(arrival => arrival.Warp))
        {
            ofWarp.Key.NoteBarrier(ofWarp.Aggregate(0u, (mask, arrival) => mask | arrival.Mask));
            BarrierArrival first = ofWarp.First();
            BarrierArrival? other = ofWarp.FirstOrDefault(arrival => arrival.Pc != first.Pc && arrival.Instruction.Flag);
            if (other is not null)
                other.Warp.Report(FindingKind.BarrierDivergence, BitOperations.TrailingZeroCount(other.Mask), other.Pc,
                    "lanes of one warp wait at different barrier instructions", first.Pc);
        }
    }

    /// <summary>Nothing can move: the lanes that wait for the end of a phase in shared memory go on without it; says whether there were any.</summary>
    private bool ForceAwake()
    {
        if (MemoryBarriers.Values.FirstOrDefault(barrier => barrier.Waiting.Count > 0) is not { } barrier) return false;
        foreach ((LockstepWarp warp, int lane) in barrier.Waiting) warp.ForceAwake(lane);
        barrier.Waiting.Clear();
        return true;
    }

    /// <summary>Nothing can move: some threads wait at a barrier that others never reach, for they wait elsewhere.</summary>
    private void ForceBarrier()
    {
        (int number, BarrierState barrier) = barriers.First(pair => pair.Value.Arrivals.Count > 0);
        int expected = barrier.Named > 0 ? barrier.Named : liveThreads;
        BarrierArrival arrival = barrier.Arrivals[0];
        arrival.Warp.Report(FindingKind.BarrierDivergence, BitOperations.TrailingZeroCount(arrival.Mask), arrival.Pc,
            $"{barrier.Arrived} of {expected} threads wait at barrier {number}, and no other can come");
        Fall(number, barrier);
    }
}
