using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>What a stream of random numbers is for. Streams of different purposes never share a number.</summary>
internal enum RandomPurpose
{
    /// <summary>Initial weights; the sample index is the parameter's place in the model.</summary>
    Initialization = 1,

    /// <summary>The order of the samples in an epoch.</summary>
    Shuffle = 2,

    /// <summary>The random choices of one augmented view.</summary>
    View = 3,

    /// <summary>Which negatives an anchor sees.</summary>
    Negatives = 4,

    /// <summary>The pictures of the built-in data set.</summary>
    Drawing = 5,

    /// <summary>Evaluation: the order of samples of a linear classifier.</summary>
    Evaluation = 6,

    /// <summary>The random choices of one augmented view that is measured, not trained on.</summary>
    MeasuredView = 7,

    /// <summary>The order of the samples in one pass of a measurement.</summary>
    MeasuredOrder = 8,

    /// <summary>The first keys of a momentum queue; the sample index is the row.</summary>
    Queue = 9,

    /// <summary>Rows of unit length on which similarities are measured.</summary>
    MeasuredRows = 10,

    /// <summary>Which images are held out as a test split; the sample index is the class.</summary>
    HeldOut = 11,

    /// <summary>Which words of a text one view keeps, and what replaces the others.</summary>
    TextView = 12,

    /// <summary>The same of a view that is measured, not trained on.</summary>
    MeasuredTextView = 13,

    /// <summary>Which training images are held out to choose between runs; the sample index is the class.</summary>
    Validation = 14,

    /// <summary>The first centres of a clustering; the epoch is the attempt, the sample index the class.</summary>
    Clustering = 15,

    /// <summary>The random choices of one augmented view that a classifier is made from; of a text, which words it keeps and what replaces the others.</summary>
    ClassifierView = 16,
}

/// <summary>Counter-based random numbers: draw n of a stream is a pure function of (seed, purpose, epoch, sample, view, n).</summary>
/// <remarks>
/// Philox-4x32 with 10 rounds; Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. There is no
/// state, so the numbers do not depend on threads, order or resumption. One block gives four words; draw n is word n mod 4 of block n / 4.
/// </remarks>
/// <param name="seed">The run's seed: the 64-bit key.</param>
/// <param name="purpose">What the numbers are for.</param>
/// <param name="epoch">The epoch, or 0.</param>
/// <param name="sample">The sample's index, or another index within the purpose.</param>
/// <param name="view">Which view of the sample, below 2^24.</param>
internal readonly partial struct Philox(ulong seed, RandomPurpose purpose, uint epoch = 0, uint sample = 0, uint view = 0)
{
    /// <summary>Draw n as 32 random bits.</summary>
    /// <param name="draw">The number of the draw.</param>
    public uint Bits(uint draw)
    {
        (uint x0, uint x1, uint x2, uint x3) = Block(draw / 4, sample, epoch, ((uint)purpose << 24) | view, (uint)seed, (uint)(seed >> 32));
        return (draw & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
    }

    /// <summary>Draw n as a float in [0, 1), a multiple of 2^-24.</summary>
    /// <param name="draw">The number of the draw.</param>
    public float Uniform(uint draw) => UniformOf(Bits(draw));

    /// <summary>The float in [0, 1) of 32 random bits.</summary>
    /// <param name="bits">The bits.</param>
    internal static float UniformOf(uint bits) => (bits >> 8) * (1f / (1 << 24));

    /// <summary>Draw n as a float in [low, high).</summary>
    /// <param name="draw">The number of the draw.</param>
    /// <param name="low">The least value.</param>
    /// <param name="high">The bound above.</param>
    public float Uniform(uint draw, float low, float high) => MathF.Min(low + ((high - low) * Uniform(draw)), MathF.BitDecrement(high));

    /// <summary>Draw n as an integer in [0, bound), by multiplication; the bias is below bound / 2^32.</summary>
    /// <param name="draw">The number of the draw.</param>
    /// <param name="bound">The bound above, at least 1.</param>
    public uint Below(uint draw, uint bound) => (uint)(((ulong)Bits(draw) * bound) >> 32);

    /// <summary>A standard normal number from draws 2n and 2n + 1 by Box and Muller's formula, in double.</summary>
    /// <param name="draw">The number n of the normal draw.</param>
    public double Normal(uint draw)
    {
        // Both draws lie in the same block, which is made once.
        (uint x0, uint x1, uint x2, uint x3) = Block(draw / 2, sample, epoch, ((uint)purpose << 24) | view, (uint)seed, (uint)(seed >> 32));
        return (draw & 1) == 0 ? NormalOf(x0, x1) : NormalOf(x2, x3);
    }

    private static double NormalOf(uint first, uint second)
    {
        double radius = Math.Sqrt(-2 * Math.Log((first + 1.0) * (1.0 / 4294967296.0)));
        return radius * Math.Cos(second * (2 * Math.PI / 4294967296.0));
    }

    /// <summary>A random order of 0..items.Length-1 (Fisher and Yates).</summary>
    /// <param name="items">Receives the order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Shuffle(Span<int> items)
    {
        for (int i = 0; i < items.Length; i++) items[i] = i;
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)Below((uint)i, (uint)i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Draws 4·block to 4·block + 3 as random bits, for a quarter of the cost of asking one by one.</summary>
    internal void Block(uint block, Span<uint> draws) =>
        (draws[0], draws[1], draws[2], draws[3]) = Block(block, sample, epoch, ((uint)purpose << 24) | view, (uint)seed, (uint)(seed >> 32));

    /// <summary>One block of Philox-4x32-10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53ul * c0, p1 = 0xCD9E8D57ul * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }
}
