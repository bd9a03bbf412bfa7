using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The k best of a stream of scores: a heap with the worst on top.</summary>
internal sealed class NearestHeap(int capacity)
{
    private readonly (float Score, int Index)[] heap = new (float, int)[capacity];
    private int count;

    /// <summary>Forgets what was offered.</summary>
    public void Clear() => count = 0;

    /// <summary>Offers the scores of consecutive indices. Indices must rise from call to call: a later index loses a tie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Offer(ReadOnlySpan<float> scores, int firstIndex)
    {
        int j = 0;
        for (; j < scores.Length && count < capacity; j++)
        {
            heap[count++] = (scores[j], firstIndex + j);
            if (count == capacity)
            {
                for (int parent = (capacity / 2) - 1; parent >= 0; parent--) SiftDown(parent);
            }
        }

        for (; j < scores.Length; j++)
        {
            if (!(scores[j] > heap[0].Score)) continue;
            heap[0] = (scores[j], firstIndex + j);
            SiftDown(0);
        }
    }

    /// <summary>Gives the best, the best first, and forgets them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(Span<int> indices, Span<float> scores)
    {
        Span<(float Score, int Index)> nearest = heap.AsSpan(0, count);
        nearest.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Index.CompareTo(b.Index));
        for (int i = 0; i < nearest.Length; i++) (scores[i], indices[i]) = nearest[i];
        count = 0;
    }

    private static bool Worse((float Score, int Index) a, (float Score, int Index) b) => a.Score < b.Score || (a.Score == b.Score && a.Index > b.Index);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SiftDown(int parent)
    {
        (float, int) moved = heap[parent];
        while (true)
        {
            int child = (2 * parent) + 1;
            if (child >= count) break;
            if (child + 1 < count && Worse(heap[child + 1], heap[child])) child++;
            if (!Worse(heap[child], moved)) break;
            heap[parent] = heap[child];
            parent = child;
        }

        heap[parent] = moved;
    }
}
