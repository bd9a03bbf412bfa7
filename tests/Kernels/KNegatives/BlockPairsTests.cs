using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class BlockPairsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EveryPairComesOnceAndNoBlockTwiceInARound(bool symmetric)
    {
        for (int count = 1; count <= 12; count++)
        {
            BlockPairs pairs = new(count, symmetric);
            HashSet<(int, int)> all = [];
            for (int round = 0; round < pairs.Rounds; round++)
            {
                HashSet<int> firsts = [], seconds = symmetric ? firsts : [];
                for (int index = 0; index < pairs.PerRound; index++)
                {
                    if (!pairs.TryGet(round, index, out int first, out int second)) continue;
                    Assert.InRange(first, 0, symmetric ? second : count - 1);
                    Assert.InRange(second, 0, count - 1);
                    Assert.True(all.Add((first, second)));
                    Assert.True(firsts.Add(first));
                    Assert.True((symmetric && first == second) || seconds.Add(second));
                }
            }

            Assert.Equal(symmetric ? count * (count + 1) / 2 : count * count, all.Count);
        }
    }
}
