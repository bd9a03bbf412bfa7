using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The loops over one row of a tile that compare the keys' labels with the row's.</summary>
internal static unsafe class LabelRow
{
    /// <summary>Masks the dot products whose key has the label.</summary>
    /// <returns>How many.</returns>
    public static int Mask(float* dots, int* labels, int label, int columns)
    {
        int j = 0;
        Vector<int> count = Vector<int>.Zero, wanted = new(label);
        for (; j <= columns - Vector<int>.Count; j += Vector<int>.Count)
        {
            Vector<int> equal = Vector.Equals(Unsafe.ReadUnaligned<Vector<int>>(labels + j), wanted);
            Vector<float> masked = Vector.ConditionalSelect(equal, new Vector<float>(LogitRow.Masked), Unsafe.ReadUnaligned<Vector<float>>(dots + j));
            Unsafe.WriteUnaligned(dots + j, masked);
            count -= equal;
        }

        int total = Vector.Sum(count);
        for (; j < columns; j++)
        {
            if (labels[j] != label) continue;
            dots[j] = LogitRow.Masked;
            total++;
        }

        return total;
    }

    /// <summary>The sum and the number of the dot products whose key has the label.</summary>
    public static (float Sum, int Count) Sum(float* dots, int* labels, int label, int columns)
    {
        int j = 0;
        Vector<int> count = Vector<int>.Zero, wanted = new(label);
        Vector<float> sums = Vector<float>.Zero;
        for (; j <= columns - Vector<int>.Count; j += Vector<int>.Count)
        {
            Vector<int> equal = Vector.Equals(Unsafe.ReadUnaligned<Vector<int>>(labels + j), wanted);
            sums += Vector.ConditionalSelect(equal, Unsafe.ReadUnaligned<Vector<float>>(dots + j), Vector<float>.Zero);
            count -= equal;
        }

        int total = Vector.Sum(count);
        float sum = Vector.Sum(sums);
        for (; j < columns; j++)
        {
            if (labels[j] != label) continue;
            sum += dots[j];
            total++;
        }

        return (sum, total);
    }

    /// <summary>Adds a number to the weights whose key has the label.</summary>
    public static void Add(float* weights, int* labels, int label, int columns, float value)
    {
        int j = 0;
        Vector<int> wanted = new(label);
        Vector<float> added = new(value);
        for (; j <= columns - Vector<int>.Count; j += Vector<int>.Count)
        {
            Vector<float> equal = Vector.AsVectorSingle(Vector.Equals(Unsafe.ReadUnaligned<Vector<int>>(labels + j), wanted));
            Unsafe.WriteUnaligned(weights + j, Unsafe.ReadUnaligned<Vector<float>>(weights + j) + (added & equal));
        }

        for (; j < columns; j++) weights[j] += labels[j] == label ? value : 0;
    }
}
