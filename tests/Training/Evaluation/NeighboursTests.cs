using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class NeighboursTests
{
    /// <summary>Scores of few values, so that most are ties; offered in pieces, some shorter than k.</summary>
    [Theory]
    [InlineData(1, 50)]
    [InlineData(7, 6)]
    [InlineData(8, 200)]
    [InlineData(64, 1000)]
    public void KeepsTheBestAndTheEarlierOfEquals(int k, int count)
    {
        Random random = new(count);
        float[] scores = [.. Enumerable.Range(0, count).Select(_ => random.Next(12) / 12f)];
        Neighbours neighbours = new(k);
        for (int repeat = 0; repeat < 2; repeat++)
        {
            for (int first = 0; first < count; first += 5) neighbours.Offer(scores.AsSpan(first, Math.Min(5, count - first)), first);

            // Every sample a class of its own: its vote shows that it was taken.
            double[] votes = new double[count];
            neighbours.TakeVotes([.. Enumerable.Range(0, count)], 0.5, votes);
            int[] expected = [.. Enumerable.Range(0, count).OrderByDescending(i => scores[i]).ThenBy(i => i).Take(k).Order()];
            Assert.Equal(expected, Enumerable.Range(0, count).Where(i => votes[i] > 0));
            Assert.All(expected, i => Assert.Equal(Math.Exp((scores[i] - scores.Max()) / 0.5), votes[i], 12));
        }
    }
}
