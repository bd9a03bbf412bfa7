using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The softmax loops over a panel of dot products: one key in each row, 32 queries side by side.</summary>
/// <remarks>
/// Maxima and sums belong to queries, so they run down the panel and no vector is ever summed up across its lanes. Entries that do not count hold
/// <see cref="LogitRow.Masked"/>.
/// </remarks>
internal static unsafe class LogitPanel
{
    /// <summary>Queries of a panel.</summary>
    public const int Queries = MicroKernel.TileColumns;

    // So many terms make a sum of their own: what rounding loses grows with a sum's length.
    private const int KeysPerSum = 32;

    private static readonly Vector<uint> LaneBits = PowersOfTwo();

    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>The largest dot product of each query, or <see cref="LogitRow.Masked"/>; NaN is passed over.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="maxima">Receives 32 maxima.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Maxima(float* dots, long stride, int keys, float* maxima)
    {
        float* end = dots + (keys * stride);
        if (Wide)
        {
            Vector512<float> low = Vector512.Create(LogitRow.Masked), high = low;
            for (; dots < end; dots += stride)
            {
                low = Vector512.MaxNative(Vector512.Load(dots), low);
                high = Vector512.MaxNative(Vector512.Load(dots + 16), high);
            }

            low.Store(maxima);
            high.Store(maxima + 16);
            return;
        }

        for (int i = 0; i < Queries; i += Vector<float>.Count)
        {
            Vector<float> runningMax = new(LogitRow.Masked);
            for (float* dot = dots + i; dot < end; dot += stride) runningMax = Vector.MaxNative(Read(dot), runningMax);
            Unsafe.WriteUnaligned(maxima + i, runningMax);
        }
    }

    /// <summary>Masks the dot products whose bit is not set.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="bits">A word for each key, a bit for each of its 32 queries.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mask(float* dots, long stride, int keys, uint* bits)
    {
        for (int j = 0; j < keys; j++, dots += stride)
        {
            if (Wide)
            {
                for (int i = 0; i < Queries; i += 16)
                    Vector512.ConditionalSelect(Chosen(bits + j, i), Vector512.Load(dots + i), Vector512.Create(LogitRow.Masked)).Store(dots + i);
                continue;
            }

            for (int i = 0; i < Queries; i += Vector<float>.Count)
                Unsafe.WriteUnaligned(dots + i, Vector.ConditionalSelect(Chosen(bits[j] >> i), Read(dots + i), new Vector<float>(LogitRow.Masked)));
        }
    }

    /// <summary>Each query's Σ 2^{(dot − offset)·scale}, and where asked for these exponentials in the place of their dot products.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="offsets">What each query's exponents are relative to.</param>
    /// <param name="scale">log₂ e over the temperature.</param>
    /// <param name="sums">Receives 32 sums.</param>
    /// <param name="replace">Whether the exponentials take the places of the dot products.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Exponentials(float* dots, long stride, int keys, float* offsets, float scale, float* sums, bool replace)
    {
        if (Wide)
        {
            Vector512<float> lowOffset = Vector512.Load(offsets), highOffset = Vector512.Load(offsets + 16);
            Vector512<float> low = Vector512<float>.Zero, high = low;
            while (keys > 0)
            {
                Vector512<float> lowPart = Vector512<float>.Zero, highPart = lowPart;
                float* end = dots + (Math.Min(keys, KeysPerSum) * stride);
                for (; dots < end; dots += stride)
                {
                    Vector512<float> first = Exponential.OfTwo((Vector512.Load(dots) - lowOffset) * scale);
                    Vector512<float> second = Exponential.OfTwo((Vector512.Load(dots + 16) - highOffset) * scale);
                    if (replace)
                    {
                        first.Store(dots);
                        second.Store(dots + 16);
                    }

                    lowPart += first;
                    highPart += second;
                }

                low += lowPart;
                high += highPart;
                keys -= KeysPerSum;
            }

            low.Store(sums);
            high.Store(sums + 16);
            return;
        }

        for (int i = 0; i < Queries; i += Vector<float>.Count)
        {
            Vector<float> offset = Read(offsets + i), sum = Vector<float>.Zero, part = sum;
            for (int j = 0; j < keys; j++)
            {
                float* dot = dots + i + (j * stride);
                Vector<float> value = Exponential.OfTwo((Read(dot) - offset) * scale);
                if (replace) Unsafe.WriteUnaligned(dot, value);
                part += value;
                if (j % KeysPerSum < KeysPerSum - 1) continue;
                sum += part;
                part = Vector<float>.Zero;
            }

            Unsafe.WriteUnaligned(sums + i, sum + part);
        }
    }

    /// <summary>weight = factor·2^{(dot − offset)·scale}, and a second such term where there is one; dots and weights may be the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(float* dots, float* weights, long stride, int keys, in PanelWeights weighing)
    {
        if (Wide && weighing.TiltedFactors == null)
        {
            Vector512<float> lowOffset = Vector512.Load(weighing.Offsets), highOffset = Vector512.Load(weighing.Offsets + 16);
            Vector512<float> lowFactor = Vector512.Load(weighing.Factors), highFactor = Vector512.Load(weighing.Factors + 16);
            float scale = weighing.Scale;
            for (int j = 0; j < keys; j++)
            {
                (lowFactor * Exponential.OfTwo((Vector512.Load(dots) - lowOffset) * scale)).Store(weights);
                (highFactor * Exponential.OfTwo((Vector512.Load(dots + 16) - highOffset) * scale)).Store(weights + 16);
                dots += stride;
                weights += stride;
            }

            return;
        }

        for (int i = 0; i < Queries; i += Vector<float>.Count)
        {
            Vector<float> offset = Read(weighing.Offsets + i), factor = Read(weighing.Factors + i),
                tilted = weighing.TiltedFactors == null ? default : Read(weighing.TiltedFactors + i);
            for (int j = 0; j < keys; j++)
            {
                Vector<float> below = Read(dots + i + (j * stride)) - offset, weight = factor * Exponential.OfTwo(below * weighing.Scale);
                if (weighing.TiltedFactors != null) weight += tilted * Exponential.OfTwo(below * weighing.TiltedScale);
                Unsafe.WriteUnaligned(weights + i + (j * stride), weight);
            }
        }
    }

    /// <summary>All ones in lane i where bit from + i of the word is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Chosen(uint* word, int from)
    {
        Vector512<uint> lanes = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(*word >> from) & lanes, lanes).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Chosen(uint word) => Vector.AsVectorSingle(Vector.Equals(new Vector<uint>(word) & LaneBits, LaneBits));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector<uint> PowersOfTwo()
    {
        Span<uint> powers = stackalloc uint[Vector<uint>.Count];
        for (int i = 0; i < powers.Length; i++) powers[i] = 1u << i;
        return new Vector<uint>(powers);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}

/// <summary>What <see cref="LogitPanel.Weights"/> makes of the dot products of 32 queries.</summary>
internal unsafe struct PanelWeights
{
    /// <summary>What each query's exponents are relative to, and the factors of its two terms; null where there is no second.</summary>
    public float* Offsets, Factors, TiltedFactors;

    /// <summary>Of both exponents: log₂ e over the temperature, times the term's power.</summary>
    public float Scale, TiltedScale;
}
