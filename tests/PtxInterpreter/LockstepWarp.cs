using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.PtxInterpreter;

/// <summary>
/// 32 threads that step together. Lanes at one instruction run it as one; of a diverged warp those run that stand first in the order of the
/// control flow, so the others wait where they can all meet again, as they do on a device.
/// </summary>
internal sealed partial class LockstepWarp : IDisposable
{
    private readonly ThreadBlock block;
    private readonly PtxMachine machine;
    private readonly PtxModule module;
    private readonly Instruction[] code;
    private readonly LaunchStatistics statistics;
    private readonly ulong[] registers;
    private readonly int[] lanePc = new int[32];
    private readonly List<(uint Mask, int Tick)> exchanges = [];

    // Up to when each lane knows what the others of its warp did, from barriers in shared memory.
    private readonly int[] knownOfOwn = new int[32];

    // Of each lane, from the first call on.
    private List<(int Pc, Instruction Instruction)>[] calls = [];

    private IReadOnlyList<Symbol> kernelParameters = [];

    // Every lane is in one of these until it exits.
    private uint ready, parked, atBarrier;

    public LockstepWarp(ThreadBlock block, int index)
    {
        (this.block, Index, machine, module) = (block, index, block.Machine, block.Machine.Module);
        (code, statistics) = (module.Code, block.Statistics);
        registers = ArrayPool<ulong>.Shared.Rent(module.Slots.Count * 32);
        local = new byte[module.LocalBytes * 32];
        parameters = new byte[module.ParameterBytes * 32];
        Clock = new int[(block.Threads.Count + 31) / 32];
    }

    public int Index { get; }
    public int FirstThread => Index * 32;
    public uint Live { get; private set; }

    /// <summary>For each warp of the block up to when its accesses are ordered before this warp's next; its own entry is its clock.</summary>
    public int[] Clock { get; }

    public int Tick => Clock[Index];

    public void Reset(PtxFunction kernel, ReadOnlySpan<byte> arguments)
    {
        int threads = Math.Min(32, block.Threads.Count - FirstThread);
        Live = ready = threads == 32 ? uint.MaxValue : (1u << threads) - 1;
        (parked, atBarrier) = (0, 0);
        kernelParameters = kernel.Parameters;
        Array.Fill(lanePc, kernel.Start);
        Array.Clear(Clock);
        Clock[Index] = 1;
        exchanges.Clear();
        Array.Clear(knownOfOwn);
        foreach (List<(int, Instruction)> stack in calls) stack.Clear();
        ResetCopies();
        ResetWarpgroup();
        Array.Clear(registers, 0, module.Slots.Count * 32);
        foreach ((ulong value, int slot) in module.Slots.Constants) Lanes(slot).Fill(value);
        foreach (((Symbol symbol, long offset), int slot) in module.Slots.Addresses) Lanes(slot).Fill(block.AddressOf(symbol) + (ulong)offset);
        foreach ((string name, int slot) in module.Slots.Special)
            for (int lane = 0; lane < threads; lane++) Lanes(slot)[lane] = SpecialRegisters.Value(name, block, FirstThread + lane);
        for (int lane = 0; lane < threads; lane++) arguments.CopyTo(parameters.AsSpan(lane * module.ParameterBytes));
    }

    /// <summary>Gives the registers to the warps of later launches: there are many, and new ones are cleared.</summary>
    public void Dispose() => ArrayPool<ulong>.Shared.Return(registers);

    /// <summary>Runs until every lane waits or has exited, or for a number of instructions; says whether anything ran.</summary>
    public bool Run(int instructions)
    {
        bool ran = false;
        int left = instructions;
        while (left > 0)
        {
            if (ready == 0 && !ReleaseComplete()) break;
            left -= RunGroup(left);
            ran = true;
        }

        block.Charge(instructions - left);
        return ran;
    }

    public void Report(FindingKind kind, int lane, int pc, string message, int otherPc = -1)
    {
        int otherLine = otherPc < 0 ? 0 : code[otherPc].Line;
        string text = otherPc < 0 || otherPc == pc ? message : $"{message}; line {otherLine}: {code[otherPc].Text.Trim()}";
        block.Sanitizer.Report(kind, block, FirstThread + lane, code[pc], text, otherLine);
    }

    /// <summary>Whether an access of a thread at a time of its warp's clock comes before what a lane does now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsOrdered(int thread, int tick, int lane)
    {
        int warp = (int)((uint)thread / 32), earlier = thread & 31;
        if (warp != Index) return Clock[warp] >= tick;
        return earlier == lane || tick <= knownOfOwn[lane] || HaveMet(earlier, tick, lane);
    }

    /// <summary>Whether two lanes of this warp exchanged anything after a time.</summary>
    private bool HaveMet(int earlier, int tick, int lane)
    {
        uint both = 1u << earlier | 1u << lane;
        foreach ((uint mask, int at) in exchanges)
            if (at > tick && (mask & both) == both) return true;
        return false;
    }

    /// <summary>Lanes met: what each did before is ordered before what the others do now.</summary>
    private void NoteExchange(uint mask)
    {
        Clock[Index]++;
        for (int i = 0; i < exchanges.Count; i++)
        {
            if (exchanges[i].Mask != mask) continue;
            exchanges[i] = (mask, Tick);
            return;
        }

        exchanges.Add((mask, Tick));
    }

    private Span<ulong> Lanes(int slot) => registers.AsSpan(slot * 32, 32);

    private int RunGroup(int limit)
    {
        uint active = SelectGroup(out int fence);
        int pc = lanePc[First(active)], executed = 0;
        while (executed < limit)
        {
            Instruction instruction = code[pc];
            uint mask = instruction.Guard < 0 ? active : active & GuardMask(instruction);
            statistics.Executed(pc, mask);
            executed++;
            if (instruction.Kind < OperationKind.LoadMatrix)
            {
                if (mask != 0) Execute(instruction, pc, mask);
                pc++;
            }
            else if (mask == 0) pc++;
            else if (instruction.Kind == OperationKind.Branch && mask == active) pc = instruction.Target;
            else if (instruction.Kind >= OperationKind.Barrier)
            {
                ExecuteControl(instruction, pc, mask, active);
                return executed;
            }
            else if (RunCollective(instruction, pc, mask, active)) pc++;
            else return executed;

            if (module.Order[pc] >= fence) break;
        }

        SetPc(active, pc);
        return executed;
    }

    private uint GuardMask(Instruction instruction)
    {
        Span<ulong> predicate = Lanes(instruction.Guard);
        uint mask = 0;
        for (int lane = 0; lane < 32; lane += 8) mask |= (uint)(Vector512.Create<ulong>(predicate.Slice(lane, 8)) << 63).ExtractMostSignificantBits() << lane;
        return instruction.GuardNegated ? ~mask : mask;
    }

    /// <summary>The ready lanes that stand first, and the place in the order where they must stop for the next ones.</summary>
    private uint SelectGroup(out int fence)
    {
        int first = First(ready);
        uint group = 0, others = 0;
        bool inCall = false;
        for (uint rest = ready; rest != 0; rest &= rest - 1)
        {
            int lane = First(rest);
            inCall |= DepthOf(lane) > 0;
            int comparison = lane == first ? 0 : Compare(lane, first);
            if (comparison < 0) (first, group, others) = (lane, 0, others | group);
            if (comparison <= 0) group |= 1u << lane;
            else others |= 1u << lane;
        }

        fence = int.MaxValue;
        for (uint rest = others; rest != 0; rest &= rest - 1) fence = Math.Min(fence, module.Order[lanePc[First(rest)]]);
        if (inCall && others != 0) fence = -1; // The orders of two functions say nothing of each other: look again after each instruction.
        return group;
    }

    /// <summary>Compares two lanes from the outermost function inwards.</summary>
    private int Compare(int left, int right)
    {
        for (int depth = 0; ; depth++)
        {
            int a = PlaceAt(left, depth), b = PlaceAt(right, depth);
            if (a != b) return a.CompareTo(b);
            bool leftEnds = depth == DepthOf(left), rightEnds = depth == DepthOf(right);
            if (leftEnds || rightEnds) return rightEnds.CompareTo(leftEnds); // The lane before the call enters it first.
        }
    }

    private int PlaceAt(int lane, int depth) => module.Order[depth < DepthOf(lane) ? calls[lane][depth].Pc : lanePc[lane]];

    private int DepthOf(int lane) => calls.Length == 0 ? 0 : calls[lane].Count;

    private void SetPc(uint mask, int pc)
    {
        for (uint rest = mask; rest != 0; rest &= rest - 1) lanePc[First(rest)] = pc;
    }

    private static int First(uint mask) => BitOperations.TrailingZeroCount(mask);
}
