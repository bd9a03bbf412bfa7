using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class BlockPairsTests
{
    [Fact]
    public void EveryPairComesOnceAndNoBlockTwiceInARound()
    {
        for (int count = 1; count <= 12; count++)
        {
            BlockPairs pairs = new(count);
            HashSet<(int, int)> all = [];
            for (int round = 0; round < pairs.Rounds; round++)
            {
                HashSet<int> blocks = [];
                for (int index = 0; index < pairs.PerRound; index++)
                {
                    if (!pairs.TryGet(round, index, out int first, out int second)) continue;
                    Assert.InRange(first, 0, second);
                    Assert.InRange(second, 0, count - 1);
                    Assert.True(all.Add((first, second)));
                    Assert.True(blocks.Add(first));
                    Assert.True(first == second || blocks.Add(second));
                }
            }

            Assert.Equal(count * (count + 1) / 2, all.Count);
        }
    }

    [Fact]
    public void AcrossEachBlockMeetsEachOfTheOthersOnce()
    {
        for (int count = 1; count <= 12; count++)
        {
            BlockPairs pairs = new(count, IsAcross: true);
            HashSet<(int, int)> all = [];
            for (int round = 0; round < pairs.Rounds; round++)
            {
                HashSet<int> rows = [], columns = [];
                for (int index = 0; index < pairs.PerRound; index++)
                {
                    Assert.True(pairs.TryGet(round, index, out int row, out int column));
                    Assert.InRange(row, 0, count - 1);
                    Assert.InRange(column, 0, count - 1);
                    Assert.True(rows.Add(row) && columns.Add(column) && all.Add((row, column)));
                }
            }

            Assert.Equal(count * count, all.Count);
        }
    }
}
