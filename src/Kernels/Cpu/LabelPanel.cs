using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The loops over a panel of dot products that compare each key's label with those of its 32 queries.</summary>
internal static unsafe class LabelPanel
{
    /// <summary>Masks the dot products of equal labels.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="keyLabels">The keys' labels.</param>
    /// <param name="labels">The queries' 32 labels.</param>
    /// <param name="counts">Grow by how many of each query were masked.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mask(float* dots, long stride, int keys, int* keyLabels, int* labels, int* counts)
    {
        for (int i = 0; i < LogitPanel.Queries; i += Vector<int>.Count)
        {
            Vector<int> own = Read<int>(labels + i), count = Read<int>(counts + i);
            for (int j = 0; j < keys; j++)
            {
                float* dot = dots + i + (j * stride);
                Vector<int> equal = Vector.Equals(new Vector<int>(keyLabels[j]), own);
                Unsafe.WriteUnaligned(dot, Vector.ConditionalSelect(equal, new Vector<float>(LogitRow.Masked), Read<float>(dot)));
                count -= equal;
            }

            Unsafe.WriteUnaligned(counts + i, count);
        }
    }

    /// <summary>Each query's sum and number of the dot products of equal labels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(float* dots, long stride, int keys, int* keyLabels, int* labels, float* sums, int* counts)
    {
        for (int i = 0; i < LogitPanel.Queries; i += Vector<int>.Count)
        {
            Vector<int> own = Read<int>(labels + i), count = Vector<int>.Zero;
            Vector<float> sum = Vector<float>.Zero;
            for (int j = 0; j < keys; j++)
            {
                Vector<int> equal = Vector.Equals(new Vector<int>(keyLabels[j]), own);
                sum += Vector.ConditionalSelect(equal, Read<float>(dots + i + (j * stride)), Vector<float>.Zero);
                count -= equal;
            }

            Unsafe.WriteUnaligned(sums + i, sum);
            Unsafe.WriteUnaligned(counts + i, count);
        }
    }

    /// <summary>Adds each query's value to its weights of keys with its label.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* weights, long stride, int keys, int* keyLabels, int* labels, float* values)
    {
        for (int i = 0; i < LogitPanel.Queries; i += Vector<int>.Count)
        {
            Vector<int> own = Read<int>(labels + i);
            Vector<float> value = Read<float>(values + i);
            for (int j = 0; j < keys; j++)
            {
                float* weight = weights + i + (j * stride);
                Vector<float> equal = Vector.AsVectorSingle(Vector.Equals(new Vector<int>(keyLabels[j]), own));
                Unsafe.WriteUnaligned(weight, Read<float>(weight) + (value & equal));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Read<T>(void* source)
        where T : unmanaged => Unsafe.ReadUnaligned<Vector<T>>(source);
}
