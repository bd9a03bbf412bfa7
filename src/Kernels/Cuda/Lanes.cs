using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>The numbers of one pack in registers; lanes beyond the pack's width hold zeros that the assembler removes.</summary>
/// <remarks>Written out lane by lane, because loops are not unrolled and an array would lie in local memory.</remarks>
internal struct Lanes(float l0, float l1, float l2, float l3, float l4, float l5, float l6, float l7)
{
    public float L0 = l0, L1 = l1, L2 = l2, L3 = l3, L4 = l4, L5 = l5, L6 = l6, L7 = l7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator +(Lanes a, Lanes b) =>
        new(a.L0 + b.L0, a.L1 + b.L1, a.L2 + b.L2, a.L3 + b.L3, a.L4 + b.L4, a.L5 + b.L5, a.L6 + b.L6, a.L7 + b.L7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator -(Lanes a, Lanes b) =>
        new(a.L0 - b.L0, a.L1 - b.L1, a.L2 - b.L2, a.L3 - b.L3, a.L4 - b.L4, a.L5 - b.L5, a.L6 - b.L6, a.L7 - b.L7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator *(Lanes a, Lanes b) =>
        new(a.L0 * b.L0, a.L1 * b.L1, a.L2 * b.L2, a.L3 * b.L3, a.L4 * b.L4, a.L5 * b.L5, a.L6 * b.L6, a.L7 * b.L7);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes operator *(Lanes a, float factor) =>
        new(a.L0 * factor, a.L1 * factor, a.L2 * factor, a.L3 * factor, a.L4 * factor, a.L5 * factor, a.L6 * factor, a.L7 * factor);

    /// <summary>The sum of all lanes, as a tree.</summary>
    public readonly float Sum
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((L0 + L1) + (L2 + L3)) + ((L4 + L5) + (L6 + L7));
    }

    /// <summary>Negative lanes as 0; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Lanes Rectified() =>
        new(L0 < 0 ? 0 : L0, L1 < 0 ? 0 : L1, L2 < 0 ? 0 : L2, L3 < 0 ? 0 : L3, L4 < 0 ? 0 : L4, L5 < 0 ? 0 : L5, L6 < 0 ? 0 : L6, L7 < 0 ? 0 : L7);

    /// <summary>The lanes where another number is above 0, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Lanes Where(Lanes y) => new(
        y.L0 > 0 ? L0 : 0, y.L1 > 0 ? L1 : 0, y.L2 > 0 ? L2 : 0, y.L3 > 0 ? L3 : 0, y.L4 > 0 ? L4 : 0, y.L5 > 0 ? L5 : 0, y.L6 > 0 ? L6 : 0, y.L7 > 0 ? L7 : 0);

    /// <summary>Reads as many float32 numbers as a pack has, from the place of the pack with this index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Load(ArrayView<float> source, long pack, int width)
    {
        if (width == 1) return Float32x1.ToLanes(source.Cast<Float32x1>()[pack]);
        if (width == 4) return Float32x4.ToLanes(source.Cast<Float32x4>()[pack]);
        Float32x4 low = source.Cast<Float32x4>()[2 * pack], high = source.Cast<Float32x4>()[(2 * pack) + 1];
        return new(low.L0, low.L1, low.L2, low.L3, high.L0, high.L1, high.L2, high.L3);
    }

    /// <summary>Writes as many float32 numbers as a pack has, to the place of the pack with this index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<float> target, long pack, int width)
    {
        if (width == 1)
        {
            target[pack] = L0;
            return;
        }

        ArrayView<Float32x4> packs = target.Cast<Float32x4>();
        if (width == 4)
        {
            packs[pack] = new() { L0 = L0, L1 = L1, L2 = L2, L3 = L3 };
            return;
        }

        packs[2 * pack] = new() { L0 = L0, L1 = L1, L2 = L2, L3 = L3 };
        packs[(2 * pack) + 1] = new() { L0 = L4, L1 = L5, L2 = L6, L3 = L7 };
    }

    /// <summary>Reads the lanes from shared memory, where each lane has a run of its own, so that neighbouring threads use neighbouring banks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes Take(ArrayView<float> shared, int at, int run, int width)
    {
        Lanes lanes = default;
        lanes.L0 = shared[at];
        if (width == 1) return lanes;
        lanes.L1 = shared[at + run];
        lanes.L2 = shared[at + (2 * run)];
        lanes.L3 = shared[at + (3 * run)];
        if (width == 4) return lanes;
        lanes.L4 = shared[at + (4 * run)];
        lanes.L5 = shared[at + (5 * run)];
        lanes.L6 = shared[at + (6 * run)];
        lanes.L7 = shared[at + (7 * run)];
        return lanes;
    }

    /// <summary>Writes the lanes to shared memory as <see cref="Take"/> reads them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Put(ArrayView<float> shared, int at, int run, int width)
    {
        shared[at] = L0;
        if (width == 1) return;
        shared[at + run] = L1;
        shared[at + (2 * run)] = L2;
        shared[at + (3 * run)] = L3;
        if (width == 4) return;
        shared[at + (4 * run)] = L4;
        shared[at + (5 * run)] = L5;
        shared[at + (6 * run)] = L6;
        shared[at + (7 * run)] = L7;
    }
}
