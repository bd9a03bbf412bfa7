using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>
/// The type that activations are stored in. All arithmetic is float32: a number is widened where it is read, exactly, and rounded once where it is stored.
/// </summary>
internal unsafe interface IActivation<TSelf>
    where TSelf : unmanaged, IActivation<TSelf>
{
    /// <summary>The first number of a tensor; null for no tensor.</summary>
    static abstract TSelf* Of(Tensor tensor);

    /// <summary>16 numbers.</summary>
    static abstract Vector512<float> LoadSixteen(TSelf* from);

    /// <summary>Stores 16, each rounded to the nearest, ties to even.</summary>
    static abstract void StoreSixteen(Vector512<float> values, TSelf* to);

    /// <summary>As many numbers as a vector has.</summary>
    static abstract Vector<float> Load(TSelf* from);

    /// <summary>Stores as many, each rounded to the nearest, ties to even.</summary>
    static abstract void Store(Vector<float> values, TSelf* to);

    /// <summary>One number.</summary>
    static abstract float Read(TSelf number);

    /// <summary>The nearest number of this type.</summary>
    static abstract TSelf Nearest(float value);
}

/// <summary>A float32, as it is.</summary>
internal readonly unsafe struct Float32Activation : IActivation<Float32Activation>
{
    private readonly float value;

    private Float32Activation(float value) => this.value = value;

    public static Float32Activation* Of(Tensor tensor) => tensor.IsNone ? null : (Float32Activation*)tensor.FloatPointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSixteen(Float32Activation* from) => Vector512.Load((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSixteen(Vector512<float> values, Float32Activation* to) => values.Store((float*)to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(Float32Activation* from) => Unsafe.ReadUnaligned<Vector<float>>(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> values, Float32Activation* to) => Unsafe.WriteUnaligned(to, values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(Float32Activation number) => number.value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Activation Nearest(float value) => new(value);
}

/// <summary>A bfloat16, the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Activation : IActivation<BFloat16Activation>
{
    private readonly ushort bits;

    private BFloat16Activation(ushort bits) => this.bits = bits;

    public static BFloat16Activation* Of(Tensor tensor) => tensor.IsNone ? null : (BFloat16Activation*)tensor.BFloat16Pointer;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadSixteen(BFloat16Activation* from) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)from).ToVector512Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSixteen(Vector512<float> values, BFloat16Activation* to)
    {
        Vector512<uint> upper = BFloat16Rows.RoundedBits(values) >> 16;
        if (Avx512F.IsSupported) Avx512F.ConvertToVector256UInt16(upper).Store((ushort*)to);
        else Vector256.Narrow(upper.GetLower(), upper.GetUpper()).Store((ushort*)to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(BFloat16Activation* from)
    {
        // A vector is half as many bytes here, which Vector<T> has no name for.
        ushort* numbers = (ushort*)from;
        if (Vector<float>.Count == 16) return Vector.AsVectorSingle(Vector512.WidenLower(Vector256.Load(numbers).ToVector512Unsafe()).AsVector() << 16);
        if (Vector<float>.Count == 8) return Vector.AsVectorSingle(Vector256.WidenLower(Vector128.Load(numbers).ToVector256Unsafe()).AsVector() << 16);
        return Vector.AsVectorSingle(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)numbers).AsUInt16()).AsVector() << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> values, BFloat16Activation* to)
    {
        Vector<uint> upper = BFloat16Rows.RoundedBits(values) >> 16;
        ushort* numbers = (ushort*)to;
        if (Vector<float>.Count == 16)
        {
            Vector512<uint> all = upper.AsVector512();
            Vector256.Narrow(all.GetLower(), all.GetUpper()).Store(numbers);
        }
        else if (Vector<float>.Count == 8)
        {
            Vector256<uint> all = upper.AsVector256();
            if (Avx512F.VL.IsSupported) Avx512F.VL.ConvertToVector128UInt16(all).Store(numbers);
            else Vector128.Narrow(all.GetLower(), all.GetUpper()).Store(numbers);
        }
        else
        {
            Vector128<uint> all = upper.AsVector128();
            *(ulong*)numbers = Vector128.Narrow(all, all).AsUInt64().ToScalar();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(BFloat16Activation number) => BFloat16.ToFloat(number.bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16Activation Nearest(float value) => new(BFloat16.FromFloat(value));
}
