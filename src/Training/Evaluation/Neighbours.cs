namespace NegSamples.Training.Evaluation;

/// <summary>The k best of a stream of scores: a heap with the worst on top.</summary>
internal sealed class Neighbours(int capacity)
{
    private readonly (float Score, int Index)[] heap = new (float, int)[capacity];
    private int count;

    /// <summary>Offers the scores of consecutive indices. Indices must rise from call to call: a later index loses a tie.</summary>
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

    /// <summary>Adds up the votes of the neighbours by class and forgets them.</summary>
    public void TakeVotes(ReadOnlySpan<int> labels, double temperature, Span<double> votes)
    {
        // In the order of the scores, so that two classes whose neighbours have the same scores get the same sum, to the bit.
        Span<(float Score, int Index)> nearest = heap.AsSpan(0, count);
        nearest.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Index.CompareTo(b.Index));
        votes.Clear();

        // Weights relative to the nearest: exp(1 / T) alone is too large for a double from T = 0.0014 down.
        foreach ((float score, int index) in nearest) votes[labels[index]] += Math.Exp(((double)score - nearest[0].Score) / temperature);
        count = 0;
    }

    private static bool Worse((float Score, int Index) a, (float Score, int Index) b) => a.Score < b.Score || (a.Score == b.Score && a.Index > b.Index);

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
