using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Batches of several blocks: even and odd numbers of them, ragged last ones, and rows whose sums cannot share an exponential.</summary>
public class SymmetricBlocksTests
{
    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    /// <summary>How the rows lie on the sphere.</summary>
    public enum Rows
    {
        /// <summary>Anywhere.</summary>
        Random,

        /// <summary>A third in a narrow cone, a third anywhere, a third in a cone on the other side: greatest dot products from −0.2 to 1 in one tile.</summary>
        Cones,

        /// <summary>Not of unit length: dot products up to 9.</summary>
        Long,
    }

    /// <summary>2 to 9 blocks of 64, 128 and 256 rows; one dimension's panel and a ragged one.</summary>
    public static TheoryData<int, int, float, ViewPairs, Rows> Cases
    {
        get
        {
            TheoryData<int, int, float, ViewPairs, Rows> cases = [];
            foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
            foreach ((int rows, int depth) in new[] { (66, 3), (200, 40), (386, 33), (902, 5) })
            foreach (float temperature in new[] { 1e-3f, 0.05f, 0.5f })
            foreach (Rows layout in Enum.GetValues<Rows>())
            {
                // Logits of 9000 have so few digits that the luck of a sum's order decides whose error is less.
                if (layout != Rows.Long || temperature > 0.01f) cases.Add(rows, depth, temperature, source, layout);
            }

            cases.Add(1030, 17, 0.05f, ViewPairs.BothViews, Rows.Cones);
            cases.Add(2056, 2, 0.07f, ViewPairs.BothViews, Rows.Random);
            cases.Add(2056, 3, 0.05f, ViewPairs.BothViews, Rows.Cones);
            cases.Add(1030, 3, 0.05f, ViewPairs.Across, Rows.Cones);
            cases.Add(1042, 33, 0.07f, ViewPairs.Across, Rows.Random);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTwiceTheNaiveFloatFormula(int rows, int depth, float temperature, ViewPairs source, Rows layout)
    {
        ViewLoss settings = new(source, temperature);
        using Rig rig = new(8L * rows * (depth + 4));
        Tensor z = Fill(rig, rows, depth, layout);
        ContrastiveReference truth = settings.Truth(rows, z.Floats);
        (Tensor loss, _, Tensor dz) = Run(rig, z, settings);
        double largest = truth.LogSumExp.Max(Math.Abs);
        Assert.InRange(Rig.MaxError(loss.Floats, truth.Loss), 0, (2 * Rig.MaxError(truth.NaiveLoss, truth.Loss)) + (UnitRounding * largest));
        double allowed = (2 * Rig.MaxError(truth.NaiveRows, truth.Rows)) + (UnitRounding * truth.Rows.Max(Math.Abs));
        Assert.InRange(Rig.MaxError(dz.Floats, truth.Rows), 0, allowed);
    }

    [Theory]
    [InlineData(902, 0.05f, 0)]
    [InlineData(902, 0.5f, 0)]
    [InlineData(902, 0.05f, 300)]
    [InlineData(386, 1e-3f, 0)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(int rows, float temperature, int negatives)
    {
        foreach (ViewPairs source in Enum.GetValues<ViewPairs>())
        {
            float[]? first = null;
            for (int threads = 1; threads <= 5; threads++)
            {
                using Rig rig = new(8L * rows * (40 + 4), threads);
                Tensor z = Fill(rig, rows, 40, Rows.Cones);
                (Tensor loss, Tensor lse, Tensor dz) = Run(rig, z, new ViewLoss(source, temperature, negatives, Seed: 3));
                float[] results = [.. loss.Floats, .. lse.Floats, .. dz.Floats];
                first ??= results;
                Assert.Equal(first, results);
            }
        }
    }

    /// <summary>Of the losses of others only those that meet the row are lost, whatever tile it shares with them.</summary>
    [Fact]
    public void ANaNIsNotLostAndDoesNotSpoilWhatIsFarAway()
    {
        using Rig rig = new(8L * 600 * 24);
        Tensor z = Fill(rig, 600, 20, Rows.Random);
        z.Row(411)[7] = float.NaN;
        (Tensor loss, _, Tensor dz) = Run(rig, z, new ViewLoss(ViewPairs.BothViews, 0.1f));
        foreach (float value in loss.Floats) Assert.True(float.IsNaN(value));
        foreach (float value in dz.Floats) Assert.True(float.IsNaN(value));
    }

    private static Tensor Fill(Rig rig, int rows, int depth, Rows layout)
    {
        Tensor z = rig.Random(rows, depth);
        Lay(z, layout);
        return z;
    }

    /// <summary>Random numbers become rows that lie so.</summary>
    internal static void Lay(Tensor z, Rows layout)
    {
        int rows = z[0], depth = z[1];
        for (int i = 0; i < rows; i++)
        {
            Span<float> row = z.Row(i);

            // The two views of a sample lie in the same third, so that each cone has both.
            if (layout == Rows.Cones && i % (rows / 2) % 3 != 1)
            {
                foreach (ref float value in row) value *= 0.2f / MathF.Sqrt(depth);
                row[0] += i % (rows / 2) % 3 - 1;
            }

            double squares = 0;
            foreach (float value in row) squares += (double)value * value;
            double length = layout == Rows.Long ? 0.1 + (2.9 * i / rows) : 1;
            foreach (ref float value in row) value = (float)(length * value / Math.Sqrt(squares));
        }
    }

    private static (Tensor Loss, Tensor LogSumExp, Tensor Dz) Run(Rig rig, Tensor z, ViewLoss settings)
    {
        int queries = settings.Queries(z[0]);
        Tensor loss = rig.Take(queries), lse = rig.Take(queries), dz = rig.Take(z[0], z[1]);
        dz.Floats.Fill(float.NaN);
        settings.Run(rig.Ops, z, loss, lse, dz);
        return (loss, lse, dz);
    }
}
