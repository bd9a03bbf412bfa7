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
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ToSecondLevel(float* source, int floats)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < floats; i += Line) Sse.Prefetch1(source + i);
    }

    /// <summary>The same, for what is wanted at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ToFirstLevel(float* source, int floats)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < floats; i += Line) Sse.Prefetch0(source + i);
    }

    /// <summary>The same for stored numbers, which are whole lines.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ToFirstLevel<T>(T* source, int numbers)
        where T : unmanaged, IActivation<T> => ToFirstLevel((float*)source, numbers * sizeof(T) / sizeof(float));

    /// <summary>Asks for a tile of 8 rows and 32 columns that a product is about to add to.</summary>
    /// <param name="tile">The first row's first float.</param>
    /// <param name="stride">Floats from row to row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile(float* tile, long stride)
    {
        for (int row = 0; row < MicroKernel.TileRows; row++, tile += stride) ToFirstLevel(tile, MicroKernel.TileColumns);
    }
}
