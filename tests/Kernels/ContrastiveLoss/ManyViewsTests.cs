using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Batches of several views of each sample, offset by offset, through every loss of the family that takes one positive at a time.</summary>
public class ManyViewsTests
{
    /// <summary>Few samples; odd numbers of them, depths around a vector, and more rows than a panel has.</summary>
    private static readonly (int Samples, int Views, int Depth)[] Shapes = [(2, 3, 5), (3, 2, 7), (5, 3, 9), (17, 4, 33), (11, 3, 130)];

    public static TheoryData<int, float> Cases
    {
        get
        {
            TheoryData<int, float> cases = [];
            for (int member = 0; member < RowLossTests.Family.Length; member++)
            foreach (float temperature in new[] { 0.1f, 0.5f })
                if (RowLossTests.Family[member] is not SupervisedContrastive) cases.Add(member, temperature);
            return cases;
        }
    }

    /// <summary>With all negatives, and with one, 16 and all but one drawn by the documented algorithm: gathered where they are few, behind a mask where they are many.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void EveryOffsetErrsNoMoreThanFloatsMust(int member, float temperature)
    {
        RowLoss loss = RowLossTests.Family[member];
        foreach ((int samples, int views, int depth) in Shapes)
        {
            int rows = views * samples, available = views * (samples - 1);
            foreach (int negatives in new[] { 0, 1, 16, available - 1 }.Where(k => k <= available).Distinct())
            for (int offset = 1; offset < views; offset++)
            {
                using Rig rig = new(160L * rows * (depth + 8));
                ManyViews many = new(rig.Arena, samples, views);
                NegativeSample sample = new(negatives, 0x1234_5678_9ABCul, 5);
                ContrastiveBatch batch = many.AtOffset(LossFamilyTests.Units(rig, rows, depth), offset) with { Sample = sample };
                LossFamilyTests.Check(rig, batch, new ContrastiveSettings(temperature, loss), Pairing.AtOffset(samples, views, offset).Drawn(sample));
            }
        }
    }

    /// <summary>The sets of two views are those of <see cref="TwoViews"/>, by labels instead of an ignored key.</summary>
    [Fact]
    public void TwoOfThemAreBothViews()
    {
        const int samples = 19, rows = 2 * samples, depth = 33;
        using Rig rig = new(60L * rows * depth);
        Tensor z = LossFamilyTests.Units(rig, rows, depth), expected = rig.Take(rows), found = rig.Take(rows), lse = rig.Take(rows), dz = rig.Take(rows, depth), dzFound = rig.Take(rows, depth);
        rig.Ops.ContrastiveLoss(new TwoViews(rig.Arena, samples).BothViews(z), new(0.1f), expected, lse, ContrastiveGradients.OfRows(dz));
        rig.Ops.ContrastiveLoss(new ManyViews(rig.Arena, samples, 2).AtOffset(z, 1), new(0.1f), found, lse, ContrastiveGradients.OfRows(dzFound));
        Assert.InRange(Rig.MaxError(found.Floats, Rig.Doubles(expected)), 0, 1e-5);
        Assert.InRange(Rig.MaxError(dzFound.Floats, Rig.Doubles(dz)), 0, 1e-5 * Rig.Doubles(dz).Max(Math.Abs));
    }

    /// <summary>The views of one sample are no negatives of each other.</summary>
    [Fact]
    public void OneSampleHasNoNegatives()
    {
        foreach (RowLoss member in RowLossTests.Family.Where(loss => loss is not SupervisedContrastive))
        {
            using Rig rig = new(2000);
            Tensor z = LossFamilyTests.Units(rig, 3, 7), loss = rig.Take(3), lse = rig.Take(3), dz = rig.Take(3, 7);
            rig.Ops.ContrastiveLoss(new ManyViews(rig.Arena, 1, 3).AtOffset(z, 2), new(0.1f, member), loss, lse, ContrastiveGradients.OfRows(dz));
            foreach (Tensor tensor in new[] { loss, dz }) Assert.All(tensor.Floats.ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        const int samples = 43, views = 3, rows = views * samples, depth = 17;
        foreach (int negatives in new[] { 0, 2, 70 })
        {
            float[]? first = null;
            foreach (int threads in new[] { 1, 2, 7 })
            {
                using Rig rig = new(40L * rows * depth, threads);
                Tensor z = LossFamilyTests.Units(rig, rows, depth), loss = rig.Take(rows), lse = rig.Take(rows), dz = rig.Take(rows, depth);
                ContrastiveBatch batch = new ManyViews(rig.Arena, samples, views).AtOffset(z, 2) with { Sample = new(negatives, 3, 4) };
                rig.Ops.ContrastiveLoss(batch, new(0.1f), loss, lse, ContrastiveGradients.OfRows(dz));
                float[] all = [.. loss.Floats, .. lse.Floats, .. dz.Floats];
                first ??= all;
                Assert.Equal(first, all);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void AnOffsetThatIsNoneIsRefused(int offset)
    {
        using Rig rig = new(2000);
        ManyViews views = new(rig.Arena, 5, 3);
        Assert.Contains("expected 1 to 2", Assert.Throws<ArgumentOutOfRangeException>(() => views.AtOffset(rig.Take(15, 3), offset)).Message, StringComparison.Ordinal);
    }
}
