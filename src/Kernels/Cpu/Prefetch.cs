using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>
/// Asks for memory before it is needed, so that a computation and the way from memory take place at once. It never faults, whatever the address.
/// </summary>
internal static unsafe class Prefetch
{
    private const int Line = 16; // floats of a cache line

    /// <summary>Asks for some floats from an address on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSecondLevel(float* source, int floats)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < floats; i += Line) Sse.Prefetch1(source + i);
    }

    /// <summary>The same, for what is wanted at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToFirstLevel(float* source, int floats)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < floats; i += Line) Sse.Prefetch0(source + i);
    }
}
