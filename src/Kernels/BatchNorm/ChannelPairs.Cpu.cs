using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>Two numbers of each channel side by side, [channels, 2], in double.</summary>
/// <param name="numbers">The first.</param>
internal readonly unsafe struct ChannelPairs(double* numbers)
{
    /// <summary>Channels that a chunk of work makes: floats of theirs are a cache line.</summary>
    public const int PerChunk = 16;

    /// <summary>Both numbers of a channel.</summary>
    public (double First, double Second) this[int channel]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (numbers[2 * channel], numbers[(2 * channel) + 1]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set => (numbers[2 * channel], numbers[(2 * channel) + 1]) = value;
    }

    /// <summary>Puts down those of as many channels as a vector has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public void Put(int channel, Vector<double> first, Vector<double> second)
    {
        for (int lane = 0; lane < Vector<double>.Count; lane++, channel++)
            (numbers[2 * channel], numbers[(2 * channel) + 1]) = (first[lane], second[lane]);
    }
}
