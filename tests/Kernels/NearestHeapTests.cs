using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class NearestHeapTests
{
    /// <summary>Scores of few values, so that most are ties; offered in pieces, some shorter than k.</summary>
    [Theory]
    [InlineData(1, 50)]
    [InlineData(6, 6)]
    [InlineData(8, 200)]
    [InlineData(64, 1000)]
    public void KeepsTheBestAndTheEarlierOfEquals(int k, int count)
    {
        Random random = new(count);
        float[] scores = [.. Enumerable.Range(0, count).Select(_ => random.Next(12) / 12f)], found = new float[k];
        int[] indices = new int[k];
        NearestHeap heap = new(k);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            heap.Offer([7], 0);
            heap.Clear();
            for (int first = 0; first < count; first += 5) heap.Offer(scores.AsSpan(first, Math.Min(5, count - first)), first);
            heap.Take(indices, found);
            int[] expected = [.. Enumerable.Range(0, count).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(k)];
            Assert.Equal(expected, indices);
            Assert.Equal(expected.Select(i => scores[i]), found);
        }
    }
}
