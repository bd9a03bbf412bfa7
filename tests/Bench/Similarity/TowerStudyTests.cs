using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Bench.Similarity;

/// <summary>Losses of two towers on features in files, against their formulas in double.</summary>
public class TowerStudyTests
{
    private const int Rows = 37, Depth = 12;
    private const long Plenty = 1L << 40;

    [Theory]
    [InlineData(TowerLoss.InfoNce, 0.1f, null, false)]
    [InlineData(TowerLoss.InfoNce, 0.5f, null, true)]
    [InlineData(TowerLoss.Sigmoid, 0.1f, null, true)]
    [InlineData(TowerLoss.Sigmoid, 0.3f, -2.5f, false)]
    public void EveryNumberIsThatOfTheFormula(TowerLoss loss, float temperature, float? bias, bool normalised)
    {
        using TemporaryFolder folder = new();
        TowerSettings settings = Written(folder) with { Loss = loss, Temperature = temperature, Bias = bias, IsNormalised = normalised };
        TowerReport report = TowerStudy.Run(settings, () => new CpuOps(2), Plenty, folder.Root, _ => { });
        double[][] q = Numbers(settings.Queries, normalised), k = Numbers(settings.Keys, normalised);
        double b = bias ?? -1 / (double)temperature;
        Near(Loss(q, k, temperature, b, loss), report.Mean);
        if (loss == TowerLoss.InfoNce) Near(report.Mean, (report.QueriesToKeys!.Value + report.KeysToQueries!.Value) / 2);
        else Assert.Null(report.QueriesToKeys);

        // The files of gradients against differences of the formula, along their own direction: the slope is the squared length.
        foreach ((string file, double[][] rows, double length) in new[] { ("dq.npy", q, report.QueryGradientNorm), ("dk.npy", k, report.KeyGradientNorm) })
        {
            (float[] values, int[] shape) = Npy.ReadFloats(folder.PathOf(file));
            Assert.Equal([Rows, Depth], shape);
            Near(length, Math.Sqrt(values.Sum(value => (double)value * value)));
            double Along(double by)
            {
                double[][] moved = [.. rows.Select((row, i) => row.Select((value, d) => value + (by * values[(i * Depth) + d])).ToArray())];
                return file == "dq.npy" ? Loss(moved, k, temperature, b, loss) : Loss(q, moved, temperature, b, loss);
            }

            Near(length * length, Slope(Along));
        }

        Near(Slope(by => Loss(q, k, temperature + by, b, loss)), report.ByTemperature);
        Near(-report.ByTemperature * temperature * temperature, report.ByScale);
        if (loss == TowerLoss.Sigmoid) Near(Slope(by => Loss(q, k, temperature, b + by, loss)), report.ByBias!.Value);
        else Assert.Null(report.ByBias);
        Assert.Equal(Recall(q, k), report.OfQueries);
        Assert.Equal(Recall(k, q), report.OfKeys);
        Assert.Equal(normalised ? "they are scaled to unit length." : "they are taken as they are (`normalised` scales them).", report.Notes[0].Split("; ")[^1]);

        static double Slope(Func<double, double> along) => (along(1e-5) - along(-1e-5)) / 2e-5;

        static void Near(double expected, double found) => Assert.InRange(found - expected, -2e-5 * Math.Abs(expected), 2e-5 * Math.Abs(expected));
    }

    /// <summary>More rows than a tile of dot products, and a collapsed tower: its ties are misses.</summary>
    [Fact]
    public void RetrievalCountsOverTilesAndATieIsAMiss()
    {
        const int rows = 700;
        using TemporaryFolder folder = new();
        TowerSettings settings = Written(folder, rows);
        TowerReport report = TowerStudy.Run(settings, () => new CpuOps(2), Plenty, null, _ => { });
        double[][] q = Numbers(settings.Queries, false), k = Numbers(settings.Keys, false);
        Assert.Equal((Recall(q, k), Recall(k, q)), (report.OfQueries, report.OfKeys));
        Npy.Write(settings.Keys, Enumerable.Repeat(0.5f, rows * Depth).ToArray(), rows, Depth);
        Assert.Equal(new TowerRecall(0, 0), TowerStudy.Run(settings, () => new CpuOps(2), Plenty, null, _ => { }).OfQueries);
    }

    [Fact]
    public void BadFilesAreNamedWithTheFirstBadNumber()
    {
        using TemporaryFolder folder = new();
        TowerSettings settings = Written(folder);
        Assert.Contains("does not exist", Refusal(settings with { Keys = folder.PathOf("none.npy") }), StringComparison.Ordinal);
        string other = folder.PathOf("other.npy");
        Npy.Write(other, new float[36 * Depth], 36, Depth);
        Assert.Contains("(37, 12) and", Refusal(settings with { Keys = other }), StringComparison.Ordinal);
        Assert.Contains("(36, 12); expected the same: row i of the one matches row i of the other.", Refusal(settings with { Keys = other }), StringComparison.Ordinal);
        Npy.Write(other, new float[5], 5);
        Assert.Contains("other.npy has the shape (5); expected (N, D)", Refusal(settings with { Queries = other }), StringComparison.Ordinal);
        float[] spoilt = new float[Rows * Depth];
        (spoilt[30], spoilt[31], spoilt[100]) = (float.NaN, float.PositiveInfinity, float.NaN);
        Npy.Write(other, spoilt, Rows, Depth);
        Assert.Contains("other.npy has 3 numbers that are not finite, the first NaN in feature 6 of row 2; expected none.", Refusal(settings with { Keys = other }), StringComparison.Ordinal);
        Array.Fill(spoilt, 1e20f);
        Npy.Write(other, spoilt, Rows, Depth);
        Assert.Contains("other.npy has rows whose squared length is beyond float32", Refusal(settings with { Keys = other, Queries = other }), StringComparison.Ordinal);
        Assert.Contains("expected a finite number. At a `temperature` of 1E-30 it is beyond float32", Refusal(settings with { Temperature = 1e-30f }), StringComparison.Ordinal);
        Npy.Write(other, new float[Rows * Depth], Rows, Depth);
        Assert.Contains($"lengths from 0 to 0, {Rows} of them 0, which have no direction;", TowerStudy.Run(settings with { Keys = other }, () => new CpuOps(1), Plenty, null, _ => { }).Notes[1], StringComparison.Ordinal);
        foreach ((TowerSettings wrong, string words) in new[]
        {
            (settings with { Temperature = 0 }, "`temperature` is 0"), (settings with { Bias = -3 }, "`bias` has no meaning with `loss` info-nce"),
            (settings with { Loss = TowerLoss.Sigmoid, Bias = float.NaN }, "`bias` is NaN"),
        }) Assert.Contains(words, Assert.Throws<SettingsException>(() => TowerStudy.Run(wrong, Never, Plenty, null, _ => { })).Message, StringComparison.Ordinal);
        Assert.Contains("37 queries and keys of 12 numbers need", Assert.Throws<DeviceMemoryException>(() => TowerStudy.Run(settings, Never, 1000, null, _ => { })).Message, StringComparison.Ordinal);

        static string Refusal(TowerSettings wrong) => Assert.Throws<BadDataException>(() => TowerStudy.Run(wrong, () => new CpuOps(1), Plenty, null, _ => { })).Message;

        static Ops Never() => throw new InvalidOperationException("The device was opened.");
    }

    private static TowerSettings Written(TemporaryFolder folder, int rows = Rows)
    {
        Random random = new(5);
        float[] q = [.. Enumerable.Range(0, rows * Depth).Select(_ => (float)(random.NextDouble() - 0.5))], k = [.. q.Select(value => value + (float)(random.NextDouble() - 0.5))];
        TowerSettings settings = new() { Queries = folder.PathOf("queries.npy"), Keys = folder.PathOf("keys.npy"), Threads = 2 };
        Npy.Write(settings.Queries, q, rows, Depth);
        Npy.Write(settings.Keys, k, rows, Depth);
        return settings;
    }

    private static double[][] Numbers(string file, bool normalised)
    {
        double[][] rows = [.. Npy.ReadFloats(file).Values.Select(value => (double)value).Chunk(Depth)];
        return normalised ? [.. rows.Select(row => row.Select(value => value / Math.Sqrt(row.Sum(one => one * one))).ToArray())] : rows;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double Loss(double[][] q, double[][] k, double temperature, double bias, TowerLoss loss)
    {
        double[][] s = [.. q.Select(query => k.Select(key => Dot(query, key) / temperature).ToArray())];
        double Entropy(IEnumerable<double> row, double own) => Math.Log(row.Sum(x => Math.Exp(x - own)));
        return loss == TowerLoss.InfoNce
            ? (s.Select((row, i) => Entropy(row, row[i])).Average() + Enumerable.Range(0, q.Length).Average(j => Entropy(s.Select(row => row[j]), s[j][j]))) / 2
            : s.Select((row, i) => row.Select((x, j) => Math.Log(1 + Math.Exp((i == j ? -1 : 1) * (x + bias)))).Sum()).Average();
    }

    private static TowerRecall Recall(double[][] rows, double[][] others)
    {
        int[] rivals = [.. rows.Select((row, i) => others.Where((other, j) => j != i && Dot(row, other) >= Dot(row, others[i])).Count())];
        return new((double)rivals.Count(count => count < 1) / rivals.Length, (double)rivals.Count(count => count < 5) / rivals.Length);
    }
}
