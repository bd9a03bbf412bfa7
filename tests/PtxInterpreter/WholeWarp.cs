using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>One instruction for all 32 lanes.</summary>
internal delegate void WarpOperation(Span<ulong> destination, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> c);

/// <summary>Loops of their own for the arithmetic of which kernels have most: without a call for every lane. What each lane gets is what the calls give.</summary>
internal static class WholeWarp
{
    private static readonly FrozenDictionary<string, WarpOperation> Operations = new Dictionary<string, WarpOperation>
    {
        ["mov.b32"] = Loop<Move32>(), ["mov.u32"] = Loop<Move32>(), ["mov.s32"] = Loop<Move32>(), ["mov.f32"] = Loop<Move32>(),
        ["mov.b64"] = Loop<Move64>(), ["mov.u64"] = Loop<Move64>(), ["mov.s64"] = Loop<Move64>(), ["mov.f64"] = Loop<Move64>(),
        ["add.s32"] = Loop<Add32>(), ["add.u32"] = Loop<Add32>(), ["add.s64"] = Loop<Add64>(), ["add.u64"] = Loop<Add64>(),
        ["sub.s32"] = Loop<Subtract32>(), ["sub.u32"] = Loop<Subtract32>(), ["sub.s64"] = Loop<Subtract64>(), ["sub.u64"] = Loop<Subtract64>(),
        ["mul.lo.s32"] = Loop<Multiply32>(), ["mul.lo.u32"] = Loop<Multiply32>(), ["mul.lo.s64"] = Loop<Multiply64>(), ["mul.lo.u64"] = Loop<Multiply64>(),
        ["mul.wide.u32"] = Loop<Multiply64>(), ["mad.lo.s32"] = Loop<MultiplyAdd32>(), ["mad.lo.u32"] = Loop<MultiplyAdd32>(),
        ["mad.lo.s64"] = Loop<MultiplyAdd64>(), ["mad.lo.u64"] = Loop<MultiplyAdd64>(),
        ["and.b32"] = Loop<And>(), ["and.b64"] = Loop<And>(), ["or.b32"] = Loop<Or>(), ["or.b64"] = Loop<Or>(), ["xor.b32"] = Loop<ExclusiveOr>(), ["xor.b64"] = Loop<ExclusiveOr>(),
        ["shl.b32"] = Loop<ShiftLeft32>(), ["shr.u32"] = Loop<ShiftRight32>(), ["shr.s32"] = Loop<ShiftRightSigned32>(),
        ["cvt.s64.s32"] = Loop<Widen>(), ["cvt.u64.u32"] = Loop<Move32>(),
        ["add.f32"] = Loop<AddFloat>(), ["sub.f32"] = Loop<SubtractFloat>(), ["mul.f32"] = Loop<MultiplyFloat>(), ["fma.rn.f32"] = Loop<MultiplyAddFloat>(),
        ["min.f32"] = Loop<MinimumFloat>(), ["max.f32"] = Loop<MaximumFloat>(),
        ["add.f64"] = Loop<AddDouble>(), ["sub.f64"] = Loop<SubtractDouble>(), ["mul.f64"] = Loop<MultiplyDouble>(),
    }.ToFrozenDictionary();

    /// <summary>What one lane does.</summary>
    private interface ILane
    {
        static abstract ulong Of(ulong a, ulong b, ulong c);
    }

    /// <summary>The instructions that have a loop.</summary>
    public static IEnumerable<string> Known => Operations.Keys;

    /// <summary>The loop of an instruction, or null where its lanes are called one by one.</summary>
    public static WarpOperation? Of(Opcode opcode) => Operations.GetValueOrDefault(opcode.Text);

    private static WarpOperation Loop<T>()
        where T : ILane => static (destination, a, b, c) =>
    {
        // Lanes are 32 of each, as the warp gives them: no place is asked for its bounds.
        ref ulong to = ref MemoryMarshal.GetReference(destination), first = ref MemoryMarshal.GetReference(a);
        ref ulong second = ref MemoryMarshal.GetReference(b), third = ref MemoryMarshal.GetReference(c);
        for (int lane = 0; lane < 32; lane++) Unsafe.Add(ref to, lane) = T.Of(Unsafe.Add(ref first, lane), Unsafe.Add(ref second, lane), Unsafe.Add(ref third, lane));
    };

    private static float Single(ulong bits) => FloatArithmetic.Single(bits);
    private static double Double(ulong bits) => FloatArithmetic.Double(bits);

    private readonly struct Move32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)a; }
    private readonly struct Move64 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a; }
    private readonly struct Add32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)(a + b); }
    private readonly struct Add64 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a + b; }
    private readonly struct Subtract32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)(a - b); }
    private readonly struct Subtract64 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a - b; }
    private readonly struct Multiply32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)(a * b); }
    private readonly struct Multiply64 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a * b; }
    private readonly struct MultiplyAdd32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)((a * b) + c); }
    private readonly struct MultiplyAdd64 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (a * b) + c; }
    private readonly struct And : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a & b; }
    private readonly struct Or : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a | b; }
    private readonly struct ExclusiveOr : ILane { public static ulong Of(ulong a, ulong b, ulong c) => a ^ b; }
    private readonly struct ShiftLeft32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => b >= 32 ? 0 : (uint)(a << (int)b); }
    private readonly struct ShiftRight32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => b >= 32 ? 0 : a >> (int)b; }
    private readonly struct ShiftRightSigned32 : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (uint)((int)a >> (int)Math.Min(b, 31)); }
    private readonly struct Widen : ILane { public static ulong Of(ulong a, ulong b, ulong c) => (ulong)(int)a; }
    private readonly struct AddFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Single(a) + Single(b)); }
    private readonly struct SubtractFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Single(a) - Single(b)); }
    private readonly struct MultiplyFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Single(a) * Single(b)); }
    private readonly struct MultiplyAddFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(MathF.FusedMultiplyAdd(Single(a), Single(b), Single(c))); }
    private readonly struct MinimumFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(float.MinNumber(Single(a), Single(b))); }
    private readonly struct MaximumFloat : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(float.MaxNumber(Single(a), Single(b))); }
    private readonly struct AddDouble : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Double(a) + Double(b)); }
    private readonly struct SubtractDouble : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Double(a) - Double(b)); }
    private readonly struct MultiplyDouble : ILane { public static ulong Of(ulong a, ulong b, ulong c) => FloatArithmetic.Bits(Double(a) * Double(b)); }
}
