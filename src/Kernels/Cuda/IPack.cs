using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>Neighbouring elements of an activation that one access moves: what a kernel reads and writes. It computes on <see cref="Lanes"/>.</summary>
/// <remarks>
/// A pack is read through a view and written by inline PTX, which converts and stores in one text: a 16-bit result would stay in local memory.
/// </remarks>
/// <typeparam name="TSelf">The stored type.</typeparam>
internal interface IPack<TSelf>
    where TSelf : unmanaged, IPack<TSelf>
{
    /// <summary>Elements: 1, 4 or 8.</summary>
    static abstract int Width { get; }

    /// <summary>Bytes of a pack.</summary>
    static abstract int Bytes { get; }

    static abstract Lanes ToLanes(TSelf pack);

    /// <summary>Writes the nearest stored numbers, ties to even, to this address in global memory.</summary>
    static abstract void Store(long address, Lanes lanes);
}

/// <summary>The address of packs that a kernel writes. It goes to a kernel as the address of a tensor.</summary>
internal struct PackTarget<TPack>
    where TPack : unmanaged, IPack<TPack>
{
    public long Address;

    /// <summary>Writes the pack with this index.</summary>
    public readonly Lanes this[long pack]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => TPack.Store(Address + (pack * TPack.Bytes), value);
    }
}

/// <summary>One float32, for shapes that wider packs do not fit.</summary>
internal struct Float32x1 : IPack<Float32x1>
{
    public float Value;

    public static int Width => 1;

    public static int Bytes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(Float32x1 pack) => new() { L0 = pack.Value };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(long address, Lanes lanes) => CudaAsm.Emit("st.global.f32 [%0], %1;", address, lanes.L0);
}

/// <summary>Four float32, 16 bytes.</summary>
internal struct Float32x4 : IPack<Float32x4>
{
    public float L0, L1, L2, L3;

    public static int Width => 4;

    public static int Bytes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(Float32x4 pack) => new(pack.L0, pack.L1, pack.L2, pack.L3, 0, 0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(long address, Lanes lanes) =>
        CudaAsm.Emit("st.global.v4.f32 [%0], {%1, %2, %3, %4};", address, lanes.L0, lanes.L1, lanes.L2, lanes.L3);
}

/// <summary>One bfloat16, for shapes that wider packs do not fit.</summary>
internal struct BFloat16x1 : IPack<BFloat16x1>
{
    public BFloat16Element Value;

    public static int Width => 1;

    public static int Bytes => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x1 pack) => new() { L0 = BFloat16Element.ToFloat(pack.Value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(long address, Lanes lanes) =>
        CudaAsm.Emit("{ .reg .b16 h; cvt.rn.bf16.f32 h, %1; st.global.b16 [%0], h; }", address, lanes.L0);
}

/// <summary>Four bfloat16, 8 bytes, where each goes with a float32 or an int32: four of those are 16 bytes.</summary>
internal struct BFloat16x4 : IPack<BFloat16x4>
{
    public uint P0, P1;

    public static int Width => 4;

    public static int Bytes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x4 pack) =>
        new(BFloat16Pair.Low(pack.P0), BFloat16Pair.High(pack.P0), BFloat16Pair.Low(pack.P1), BFloat16Pair.High(pack.P1), 0, 0, 0, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(long address, Lanes lanes) => CudaAsm.Emit(
        "{ .reg .b32 p<2>; cvt.rn.bf16x2.f32 p0, %2, %1; cvt.rn.bf16x2.f32 p1, %4, %3; st.global.v2.b32 [%0], {p0, p1}; }", address, lanes.L0, lanes.L1,
        lanes.L2, lanes.L3);
}

/// <summary>Eight bfloat16, 16 bytes.</summary>
internal struct BFloat16x8 : IPack<BFloat16x8>
{
    public uint P0, P1, P2, P3;

    public static int Width => 8;

    public static int Bytes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes ToLanes(BFloat16x8 pack) => new(
        BFloat16Pair.Low(pack.P0), BFloat16Pair.High(pack.P0), BFloat16Pair.Low(pack.P1), BFloat16Pair.High(pack.P1),
        BFloat16Pair.Low(pack.P2), BFloat16Pair.High(pack.P2), BFloat16Pair.Low(pack.P3), BFloat16Pair.High(pack.P3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(long address, Lanes lanes) => CudaAsm.Emit(
        "{ .reg .b32 p<4>; cvt.rn.bf16x2.f32 p0, %2, %1; cvt.rn.bf16x2.f32 p1, %4, %3; cvt.rn.bf16x2.f32 p2, %6, %5; cvt.rn.bf16x2.f32 p3, %8, %7; "
        + "st.global.v4.b32 [%0], {p0, p1, p2, p3}; }",
        address, lanes.L0, lanes.L1, lanes.L2, lanes.L3, lanes.L4, lanes.L5, lanes.L6, lanes.L7);
}

/// <summary>Two bfloat16 in one register; the first is the lower half.</summary>
internal static class BFloat16Pair
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Low(uint pair) => Interop.IntAsFloat(pair << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float High(uint pair) => Interop.IntAsFloat(pair & 0xFFFF_0000u);
}
