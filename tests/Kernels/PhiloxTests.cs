using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class PhiloxTests
{
    /// <summary>The known answers that the authors of Philox publish for philox4x32_10: zeros, ones, and digits of pi.</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void BlocksAreTheKnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void ABlockIsItsFourDraws()
    {
        Philox random = new(3, RandomPurpose.Negatives, 4, 5, 6);
        uint[] draws = new uint[4];
        random.Block(9, draws);
        for (uint i = 0; i < 4; i++) Assert.Equal(random.Bits(36 + i), draws[i]);
    }

    /// <summary>From blocks in the middle, and where the counter begins anew.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(12345)]
    [InlineData(uint.MaxValue - 3)]
    public void ManyDrawsAreThoseOfTheirBlocks(uint block)
    {
        Philox random = new(0xFEDC_BA98_7654_3210, RandomPurpose.Negatives, epoch: 0x8000_0001, sample: uint.MaxValue, view: 0xABCDEF);
        uint[] draws = new uint[Philox.DrawsAtOnce], expected = new uint[Philox.DrawsAtOnce];
        random.Draws(block, draws);
        for (uint i = 0; i < expected.Length / 4; i++) random.Block(block + i, expected.AsSpan(4 * (int)i, 4));
        Assert.Equal(expected, draws);
    }

    /// <summary>Also where a block of many draws is not used up, and beyond the middle of the counter.</summary>
    [Theory]
    [InlineData(0u, 1)]
    [InlineData(6u, 47)]
    [InlineData(1u << 31, 33)]
    public void ManyNormalNumbersAreThoseOfEach(uint first, int count)
    {
        Philox random = new(7, RandomPurpose.Initialization, sample: 3);
        float[] values = new float[count];
        random.Normals(first, 0.3f, values);
        Assert.Equal([.. Enumerable.Range(0, count).Select(i => (float)(0.3f * random.Normal(first + (uint)i)))], values);
    }

    [Fact]
    public void EveryPartOfTheKeyChangesTheStream()
    {
        Philox[] streams =
        [
            new(1, RandomPurpose.View), new(2, RandomPurpose.View), new(1 + (1ul << 32), RandomPurpose.View), new(1, RandomPurpose.Shuffle),
            new(1, RandomPurpose.View, epoch: 1), new(1, RandomPurpose.View, sample: 1), new(1, RandomPurpose.View, view: 1),
        ];
        Assert.Equal(streams.Length * 100, streams.SelectMany(stream => Enumerable.Range(0, 100).Select(i => stream.Bits((uint)i))).Distinct().Count());
    }

    [Fact]
    public void IntegersBelowABoundAreUniform()
    {
        const int bound = 10, draws = 100_000;
        int[] counts = new int[bound];
        Philox random = new(11, RandomPurpose.Evaluation);
        for (uint i = 0; i < draws; i++) counts[random.Below(i, bound)]++;
        double statistic = counts.Sum(count => Math.Pow(count - (draws / bound), 2) / (draws / bound));
        Assert.InRange(statistic, 1.7, 27.9); // chi-square, 9 degrees of freedom: 0.001 on the right, 0.005 on the left
    }

    [Fact]
    public void UniformNumbersFillTheirIntervalAndNeighboursAreIndependent()
    {
        const int draws = 100_000;
        Philox random = new(12, RandomPurpose.View);
        double sum = 0, squares = 0, products = 0;
        for (uint i = 0; i < draws; i++)
        {
            float u = random.Uniform(i), shifted = random.Uniform(i, -2, 3);
            Assert.InRange(u, 0, MathF.BitDecrement(1));
            Assert.InRange(shifted, -2, MathF.BitDecrement(3));
            sum += u;
            squares += u * u;
            products += u * random.Uniform(i + 1);
        }

        // Four standard errors of each mean: sqrt(variance / draws).
        Assert.InRange((sum / draws) - 0.5, -4 * Math.Sqrt(1 / 12.0 / draws), 4 * Math.Sqrt(1 / 12.0 / draws));
        Assert.InRange((squares / draws) - (1 / 3.0), -4 * Math.Sqrt(4 / 45.0 / draws), 4 * Math.Sqrt(4 / 45.0 / draws));
        Assert.InRange((products / draws) - 0.25, -4 * Math.Sqrt(13 / 144.0 / draws), 4 * Math.Sqrt(13 / 144.0 / draws));
    }

    [Fact]
    public void NormalNumbersHaveTheirFirstFourMoments()
    {
        const int draws = 100_000;
        Philox random = new(13, RandomPurpose.Initialization);
        double first = 0, second = 0, third = 0, fourth = 0;
        for (uint i = 0; i < draws; i++)
        {
            double x = random.Normal(i);
            (first, second, third, fourth) = (first + x, second + (x * x), third + (x * x * x), fourth + (x * x * x * x));
        }

        // The variances of x, x², x³ and x⁴ are 1, 2, 15 and 96.
        double error = 4 / Math.Sqrt(draws);
        Assert.InRange(first / draws, -error, error);
        Assert.InRange((second / draws) - 1, -error * Math.Sqrt(2), error * Math.Sqrt(2));
        Assert.InRange(third / draws, -error * Math.Sqrt(15), error * Math.Sqrt(15));
        Assert.InRange((fourth / draws) - 3, -error * Math.Sqrt(96), error * Math.Sqrt(96));
    }

    [Fact]
    public void AShuffleIsAPermutationAndEveryPlaceIsEquallyLikely()
    {
        const int length = 6, shuffles = 12_000;
        int[,] counts = new int[length, length];
        int[] order = new int[length];
        for (uint i = 0; i < shuffles; i++)
        {
            new Philox(14, RandomPurpose.Shuffle, epoch: i).Shuffle(order);
            Assert.Equal(Enumerable.Range(0, length), order.Order());
            for (int place = 0; place < length; place++) counts[place, order[place]]++;
        }

        double statistic = 0, expected = shuffles / (double)length;
        foreach (int count in counts) statistic += Math.Pow(count - expected, 2) / expected;
        Assert.InRange(statistic, 8, 52.6); // chi-square, 25 degrees of freedom: 0.001 on the right
    }
}
