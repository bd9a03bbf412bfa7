using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>Neighbouring elements of an activation that one access moves: what a kernel reads and writes. It computes on <see cref="Lanes"/>.</summary>
/// <typeparam name="TSelf">The stored type.</typeparam>
internal interface IPack<TSelf>
    where TSelf : unmanaged, IPack<TSelf>
{
    /// <summary>Elements: 1, 4 or 8.</summary>
    static abstract int Width { get; }

    static abstract Lanes ToLanes(TSelf pack);

    /// <summary>The nearest stored numbers, ties to even.</summary>
    static abstract TSelf FromLanes(Lanes lanes);
}

/// <summary>One float32, for shapes that wider packs do not fit.</summary>
internal struct Float32x1 : IPack<Float32x1>
{
    public float Value;

    public static int Width => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(Float32x1 pack) => new() { L0 = pack.Value };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 FromLanes(Lanes lanes) => new() { Value = lanes.L0 };
}

/// <summary>Four float32, 16 bytes.</summary>
internal struct Float32x4 : IPack<Float32x4>
{
    public float L0, L1, L2, L3;

    public static int Width => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(Float32x4 pack) => new(pack.L0, pack.L1, pack.L2, pack.L3, 0, 0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 FromLanes(Lanes lanes) => new() { L0 = lanes.L0, L1 = lanes.L1, L2 = lanes.L2, L3 = lanes.L3 };
}

/// <summary>One bfloat16, for shapes that wider packs do not fit.</summary>
internal struct BFloat16x1 : IPack<BFloat16x1>
{
    public BFloat16Element Value;

    public static int Width => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x1 pack) => new() { L0 = BFloat16Element.ToFloat(pack.Value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16x1 FromLanes(Lanes lanes) => new() { Value = BFloat16Element.FromFloat(lanes.L0) };
}

/// <summary>Four bfloat16, 8 bytes, where each goes with a float32 or an int32: four of those are 16 bytes.</summary>
internal struct BFloat16x4 : IPack<BFloat16x4>
{
    public BFloat16Pair P0, P1;

    public static int Width => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x4 pack) => new(pack.P0.Low, pack.P0.High, pack.P1.Low, pack.P1.High, 0, 0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16x4 FromLanes(Lanes lanes) => new() { P0 = BFloat16Pair.Of(lanes.L0, lanes.L1), P1 = BFloat16Pair.Of(lanes.L2, lanes.L3) };
}

/// <summary>Eight bfloat16, 16 bytes.</summary>
internal struct BFloat16x8 : IPack<BFloat16x8>
{
    public BFloat16Pair P0, P1, P2, P3;

    public static int Width => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x8 pack) =>
        new(pack.P0.Low, pack.P0.High, pack.P1.Low, pack.P1.High, pack.P2.Low, pack.P2.High, pack.P3.Low, pack.P3.High);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16x8 FromLanes(Lanes lanes) => new()
    {
        P0 = BFloat16Pair.Of(lanes.L0, lanes.L1), P1 = BFloat16Pair.Of(lanes.L2, lanes.L3), P2 = BFloat16Pair.Of(lanes.L4, lanes.L5), P3 = BFloat16Pair.Of(lanes.L6, lanes.L7),
    };
}

/// <summary>Two bfloat16 in one register; the first is the lower half.</summary>
internal struct BFloat16Pair
{
    public uint Bits;

    public readonly float Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Interop.IntAsFloat(Bits << 16);
    }

    public readonly float High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Interop.IntAsFloat(Bits & 0xFFFF_0000u);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16Pair Of(float low, float high)
    {
        CudaAsm.Emit("cvt.rn.bf16x2.f32 %0, %1, %2;", out uint bits, high, low);
        return new() { Bits = bits };
    }
}
