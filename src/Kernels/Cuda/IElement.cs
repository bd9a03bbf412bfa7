using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>How an element of an activation is held in memory; kernels compute in float32 whatever it is.</summary>
/// <typeparam name="TSelf">The stored type.</typeparam>
internal interface IElement<TSelf>
    where TSelf : unmanaged, IElement<TSelf>
{
    static abstract float ToFloat(TSelf value);

    /// <summary>The nearest stored number, ties to even.</summary>
    static abstract TSelf FromFloat(float value);
}

/// <summary>A float32 element.</summary>
internal struct Float32Element : IElement<Float32Element>
{
    public float Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(Float32Element element) => element.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32Element FromFloat(float value) => new() { Value = value };
}

/// <summary>A bfloat16 element: the upper half of a float32.</summary>
internal struct BFloat16Element : IElement<BFloat16Element>
{
    public ushort Bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(BFloat16Element element) => Interop.IntAsFloat((uint)element.Bits << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16Element FromFloat(float value)
    {
        uint bits = Interop.FloatAsInt(value), rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
        return new() { Bits = (ushort)(float.IsNaN(value) ? 0x7FFFu : rounded) };
    }
}
