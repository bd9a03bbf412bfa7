using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The loops of a loss of pairs over a panel of dot products as <see cref="LogitPanel"/> has it: a logit is <c>x = dot·scale + bias</c>.</summary>
/// <remarks>A masked entry is so far below 0 that its exponential is 0, and it adds nothing.</remarks>
internal static unsafe class LogisticPanel
{
    // So many terms make a sum of their own: what rounding loses grows with a sum's length.
    private const int KeysPerSum = 32;

    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>Each query's Σ ln(1 + e^x) and Σ σ(x), and where asked for factor·σ(x) in the place of the dot product.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="logit">Scale, bias and factor.</param>
    /// <param name="sums">Receives 32 sums of logarithms.</param>
    /// <param name="slopes">Receives 32 sums of σ(x).</param>
    /// <param name="replace">Whether the weights take the places of the dot products.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sums(float* dots, long stride, int keys, in PairLogit logit, float* sums, float* slopes, bool replace)
    {
        if (Wide)
        {
            for (int i = 0; i < LogitPanel.Queries; i += Vector512<float>.Count) WideSums(dots + i, stride, keys, logit, sums + i, slopes + i, replace);
            return;
        }

        for (int i = 0; i < LogitPanel.Queries; i += Vector<float>.Count)
        {
            Vector<float> scale = new(logit.Scale), bias = new(logit.Bias), sum = Vector<float>.Zero, slope = sum, part = sum, slopePart = sum;
            for (int j = 0; j < keys; j++)
            {
                float* dot = dots + i + (j * stride);
                Vector<float> value = Logistic.Of(Vector.MultiplyAddEstimate(Read(dot), scale, bias), out Vector<float> logarithm);
                if (replace) Unsafe.WriteUnaligned(dot, value * logit.Factor);
                part += logarithm;
                slopePart += value;
                if (j % KeysPerSum < KeysPerSum - 1) continue;
                (sum, slope) = (sum + part, slope + slopePart);
                part = slopePart = Vector<float>.Zero;
            }

            Unsafe.WriteUnaligned(sums + i, sum + part);
            Unsafe.WriteUnaligned(slopes + i, slope + slopePart);
        }
    }

    /// <summary>weight = factor·σ(x), each query's factor its own; dots and weights may be the same.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="weights">Receives the weights, [keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="logit">Scale and bias.</param>
    /// <param name="factors">32 factors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(float* dots, float* weights, long stride, int keys, in PairLogit logit, float* factors)
    {
        if (Wide)
        {
            Vector512<float> wideScale = Vector512.Create(logit.Scale), wideBias = Vector512.Create(logit.Bias);
            for (int i = 0; i < LogitPanel.Queries; i += Vector512<float>.Count)
            {
                Vector512<float> factor = Vector512.Load(factors + i);
                for (long at = i; at < keys * stride; at += stride)
                    (factor * Logistic.Of(Vector512.MultiplyAddEstimate(Vector512.Load(dots + at), wideScale, wideBias))).Store(weights + at);
            }

            return;
        }

        Vector<float> scale = new(logit.Scale), bias = new(logit.Bias);
        for (int i = 0; i < LogitPanel.Queries; i += Vector<float>.Count)
        {
            Vector<float> factor = Read(factors + i);
            for (long at = i; at < keys * stride; at += stride)
                Unsafe.WriteUnaligned(weights + at, factor * Logistic.Of(Vector.MultiplyAddEstimate(Read(dots + at), scale, bias)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WideSums(float* dots, long stride, int keys, in PairLogit logit, float* sums, float* slopes, bool replace)
    {
        Vector512<float> scale = Vector512.Create(logit.Scale), bias = Vector512.Create(logit.Bias), sum = Vector512<float>.Zero, slope = sum;
        float factor = logit.Factor;
        while (keys > 0)
        {
            Vector512<float> part = Vector512<float>.Zero, slopePart = part;
            float* end = dots + (Math.Min(keys, KeysPerSum) * stride);
            for (; dots < end; dots += stride)
            {
                Vector512<float> value = Logistic.Of(Vector512.MultiplyAddEstimate(Vector512.Load(dots), scale, bias), out Vector512<float> logarithm);
                if (replace) (value * factor).Store(dots);
                part += logarithm;
                slopePart += value;
            }

            sum += part;
            slope += slopePart;
            keys -= KeysPerSum;
        }

        sum.Store(sums);
        slope.Store(slopes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}

/// <summary>What makes a logit of a dot product, and a weight of its σ.</summary>
internal struct PairLogit
{
    public float Scale, Bias, Factor;
}
