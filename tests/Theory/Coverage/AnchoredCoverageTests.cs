using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Coverage;

public class AnchoredCoverageTests
{
    /// <summary>Every class, every sequence of negatives: counted.</summary>
    [Theory]
    [InlineData(new[] { 1, 1 }, 1)]
    [InlineData(new[] { 2, 1 }, 3)]
    [InlineData(new[] { 3, 2, 1 }, 4)]
    [InlineData(new[] { 3, 2, 1 }, 8)]
    [InlineData(new[] { 5, 5, 1 }, 6)]
    [InlineData(new[] { 4, 3, 2, 1 }, 7)]
    [InlineData(new[] { 4, 3, 2, 1 }, 2)]
    public void TheLeastOverTheClassesIsThatOfCounting(int[] sizes, int negatives)
    {
        double total = sizes.Sum(), least = double.PositiveInfinity, leastUnique = double.PositiveInfinity;
        for (int c = 0; c < sizes.Length; c++)
        {
            double covered = 0, unique = 0;
            for (long code = 0; code < Math.Pow(sizes.Length, negatives); code++)
            {
                int[] drawn = new int[negatives];
                long rest = code;
                double probability = 1;
                for (int k = 0; k < negatives; k++, rest /= sizes.Length)
                {
                    drawn[k] = (int)(rest % sizes.Length);
                    probability *= sizes[drawn[k]] / total;
                }

                if (drawn.Append(c).Distinct().Count() < sizes.Length) continue;
                covered += probability;
                if (!drawn.Contains(c)) unique += probability;
            }

            (least, leastUnique) = (Math.Min(least, covered), Math.Min(leastUnique, unique));
        }

        ClassDistribution classes = ClassDistribution.Proportional([.. sizes.Select(size => (double)size)]);
        Assert.Equal(least, Math.Exp(AnchoredCoverage.LeastLogProbability(classes, negatives)), 1e-12 * least);
        Assert.Equal(leastUnique, Math.Exp(AnchoredCoverage.LeastLogUniqueProbability(classes, negatives, negatives)), 1e-12 * leastUnique);
    }

    [Theory]
    [InlineData(31, 0.005242416863, 2.786414e-8)]
    [InlineData(63, 0.075864514436, 1.124491e-13)]
    public void TheLongTailHasTheseConstants(int negatives, double least, double leastUnique)
    {
        ClassDistribution classes = ClassDistribution.Proportional([100, 64, 41, 27, 17, 11, 7, 4, 3, 2]);
        Assert.Equal(least, Math.Exp(AnchoredCoverage.LeastLogProbability(classes, negatives)), 1e-12);
        Assert.Equal(1, Math.Exp(AnchoredCoverage.LeastLogUniqueProbability(classes, negatives, negatives)) / leastUnique, 1e-6);
    }

    [Fact]
    public void AClassThatCannotBeDrawnIsNeverCovered()
    {
        ClassDistribution classes = ClassDistribution.Proportional([2, 0, 1]);
        Assert.Equal(double.NegativeInfinity, AnchoredCoverage.LeastLogProbability(classes, 50));
        Assert.Equal(double.NegativeInfinity, AnchoredCoverage.LeastLogUniqueProbability(classes, 50, 50));
        Assert.Equal(double.NegativeInfinity, AnchoredCoverage.LeastLogProbability(ClassDistribution.Proportional([3, 2, 1]), 1));
    }
}
