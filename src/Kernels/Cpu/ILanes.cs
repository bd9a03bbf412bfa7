using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>Floats that are computed with at once, so that a formula is written once for the widest vectors, the usual ones and the last few numbers.</summary>
/// <remarks>Every lane computes what one float alone would: the bits of a result do not depend on the width.</remarks>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    /// <summary>Reads stored numbers.</summary>
    static abstract TSelf Load<T>(T* from)
        where T : unmanaged, IActivation<T>;

    /// <summary>Reads floats.</summary>
    static abstract TSelf Load(float* from);

    /// <summary>The same float in all.</summary>
    static abstract TSelf Of(float value);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>0 where a number is below it; NaN stays.</summary>
    static abstract TSelf Rectified(TSelf values);

    /// <summary>The values where others are above 0, else 0.</summary>
    static abstract TSelf WhereAboveZero(TSelf others, TSelf values);

    /// <summary>The same integer in all, as bits that are not computed with.</summary>
    static abstract TSelf Of(int bits);

    /// <summary>Reads integers as bits.</summary>
    static abstract TSelf Load(int* from);

    /// <summary>The values where the bits of two are the same, else 0.</summary>
    static abstract TSelf WhereSame(TSelf left, TSelf right, TSelf values);

    /// <summary>
    /// The greater of best and candidate, and which it is. NaN wins too, and nothing wins against it, so that a broken activation is seen, not hidden; best
    /// wins where both are equal.
    /// </summary>
    static abstract (TSelf Best, TSelf Name) Greater(TSelf best, TSelf name, TSelf candidate, TSelf nameOfCandidate);

    /// <summary>Stores them, rounded once.</summary>
    void Store<T>(T* to)
        where T : unmanaged, IActivation<T>;

    /// <summary>Stores floats.</summary>
    void Store(float* to);

    /// <summary>Stores their bits.</summary>
    void Store(int* to);
}

/// <summary>16 floats.</summary>
internal readonly unsafe struct SixteenLanes(Vector512<float> values) : ILanes<SixteenLanes>
{
    private readonly Vector512<float> values = values;

    public static int Count => Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Load<T>(T* from)
        where T : unmanaged, IActivation<T> => new(T.LoadSixteen(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Load(float* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Of(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes operator +(SixteenLanes left, SixteenLanes right) => new(left.values + right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes operator -(SixteenLanes left, SixteenLanes right) => new(left.values - right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes operator *(SixteenLanes left, SixteenLanes right) => new(left.values * right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes operator /(SixteenLanes left, SixteenLanes right) => new(left.values / right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Rectified(SixteenLanes values) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(values.values, Vector512<float>.Zero), Vector512<float>.Zero, values.values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes WhereAboveZero(SixteenLanes others, SixteenLanes values) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(others.values, Vector512<float>.Zero), values.values, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Of(int bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes Load(int* from) => new(Vector512.Load(from).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenLanes WhereSame(SixteenLanes left, SixteenLanes right, SixteenLanes values) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(left.values.AsInt32(), right.values.AsInt32()).AsSingle(), values.values, Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (SixteenLanes Best, SixteenLanes Name) Greater(SixteenLanes best, SixteenLanes name, SixteenLanes candidate, SixteenLanes nameOfCandidate)
    {
        Vector512<float> stays = Vector512.LessThanOrEqual(candidate.values, best.values) | ~Vector512.Equals(best.values, best.values);
        return (
            new(Vector512.ConditionalSelect(stays, best.values, candidate.values)), new(Vector512.ConditionalSelect(stays, name.values, nameOfCandidate.values)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged, IActivation<T> => T.StoreSixteen(values, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* to) => values.AsInt32().Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => values.Store(to);
}

/// <summary>As many floats as <see cref="Vector{T}"/> has.</summary>
internal readonly unsafe struct VectorLanes(Vector<float> values) : ILanes<VectorLanes>
{
    private readonly Vector<float> values = values;

    public static int Count => Vector<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Load<T>(T* from)
        where T : unmanaged, IActivation<T> => new(T.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Load(float* from) => new(Unsafe.ReadUnaligned<Vector<float>>(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Of(float value) => new(new Vector<float>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator +(VectorLanes left, VectorLanes right) => new(left.values + right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator -(VectorLanes left, VectorLanes right) => new(left.values - right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator *(VectorLanes left, VectorLanes right) => new(left.values * right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator /(VectorLanes left, VectorLanes right) => new(left.values / right.values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Rectified(VectorLanes values) =>
        new(Vector.ConditionalSelect(Vector.LessThan(values.values, Vector<float>.Zero), Vector<float>.Zero, values.values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes WhereAboveZero(VectorLanes others, VectorLanes values) =>
        new(Vector.ConditionalSelect(Vector.GreaterThan(others.values, Vector<float>.Zero), values.values, Vector<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Of(int bits) => new(Vector.AsVectorSingle(new Vector<int>(bits)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Load(int* from) => new(Unsafe.ReadUnaligned<Vector<float>>(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes WhereSame(VectorLanes left, VectorLanes right, VectorLanes values) => new(Vector.BitwiseAnd(
        values.values, Vector.AsVectorSingle(Vector.Equals(Vector.AsVectorInt32(left.values), Vector.AsVectorInt32(right.values)))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (VectorLanes Best, VectorLanes Name) Greater(VectorLanes best, VectorLanes name, VectorLanes candidate, VectorLanes nameOfCandidate)
    {
        Vector<int> wins = Vector.AndNot(Vector.Equals(best.values, best.values), Vector.LessThanOrEqual(candidate.values, best.values));
        return (new(Vector.ConditionalSelect(wins, candidate.values, best.values)), new(Vector.ConditionalSelect(wins, nameOfCandidate.values, name.values)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged, IActivation<T> => T.Store(values, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* to) => Unsafe.WriteUnaligned(to, values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => Unsafe.WriteUnaligned(to, values);
}

/// <summary>One float: what is left over by vectors.</summary>
internal readonly unsafe struct OneLane(float value) : ILanes<OneLane>
{
    private readonly float value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Load<T>(T* from)
        where T : unmanaged, IActivation<T> => new(T.Read(*from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Load(float* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Of(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator +(OneLane left, OneLane right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator -(OneLane left, OneLane right) => new(left.value - right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator *(OneLane left, OneLane right) => new(left.value * right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane operator /(OneLane left, OneLane right) => new(left.value / right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Rectified(OneLane values) => values.value < 0 ? default : values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane WhereAboveZero(OneLane others, OneLane values) => others.value > 0 ? values : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Of(int bits) => new(BitConverter.Int32BitsToSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane Load(int* from) => new(BitConverter.Int32BitsToSingle(*from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneLane WhereSame(OneLane left, OneLane right, OneLane values) =>
        BitConverter.SingleToInt32Bits(left.value) == BitConverter.SingleToInt32Bits(right.value) ? values : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (OneLane Best, OneLane Name) Greater(OneLane best, OneLane name, OneLane candidate, OneLane nameOfCandidate) =>
        candidate.value <= best.value || float.IsNaN(best.value) ? (best, name) : (candidate, nameOfCandidate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* to)
        where T : unmanaged, IActivation<T> => *to = T.Nearest(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* to) => *to = BitConverter.SingleToInt32Bits(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => *to = value;
}
