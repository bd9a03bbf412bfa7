using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class CouponCommandTests
{
    [Theory]
    [InlineData("coupon", "--classes or --class-counts is needed", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --class-counts GOOD", "and not both", ExitCode.Usage)]
    [InlineData("coupon --classes 0", "--classes is 0; expected at least 1", ExitCode.Usage)]
    [InlineData("coupon --classes ten", "ten", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 0", "'0' is no whole number from 1", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 5..", "'' is no whole number from 1", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 64..32", "'64..32' ends below its start", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 1..64:0", "'0' is no whole number from 1", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 1..64:2:2", "'1..64:2:2' has two steps", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 1..2000000000:1", "makes more than 100000 rows", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --draws 99999999999", "'99999999999' is no whole number from 1 to 2147483647", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --format xml", "--format is xml; expected one of table, json, csv", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --without-replacement", "--population is needed", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --population 100", "--population is for draws with --without-replacement", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --without-replacement --population 101", "--population is 101; expected a multiple of --classes, 10", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --without-replacement --population 0", "--population is 0; expected a multiple", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --without-replacement --population 100 --draws 128", "--draws has 128; expected at most 100", ExitCode.Usage)]
    [InlineData("coupon --class-counts GOOD --without-replacement --population 99", "--population is 99; expected 40", ExitCode.Usage)]
    [InlineData("coupon --class-counts missing.txt", "missing.txt cannot be read", ExitCode.BadData)]
    [InlineData("coupon --class-counts BAD", "line 2: the count is 'many'", ExitCode.BadData)]
    [InlineData("coupon --class-counts BAD --plot PLOT", "line 2: the count is 'many'", ExitCode.BadData)]
    [InlineData("coupon --classes 10 --plot plot.png", "--plot is plot.png; expected a file that ends in .svg", ExitCode.Usage)]
    [InlineData("coupon --classes 10 --plot /dev/null/plot.svg", "--plot is /dev/null/plot.svg, which cannot be written", ExitCode.Usage)]
    public async Task BadInputIsNamedAndLeavesThePlot(string arguments, string expected, int code)
    {
        using TemporaryFolder folder = new();
        string good = folder.PathOf("good.txt"), bad = folder.PathOf("bad.txt"), plot = folder.PathOf("plot.svg");
        File.WriteAllText(good, "10\n30\n");
        File.WriteAllText(bad, "cat 5\ndog many\n");
        File.WriteAllText(plot, "the old plot");
        string[] words = [.. arguments.Split(' ').Select(word => word switch { "GOOD" => good, "BAD" => bad, "PLOT" => plot, _ => word })];
        (int exit, string output, string error) = await Run(words);
        Assert.Equal(code, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Equal("the old plot", File.ReadAllText(plot));
        Assert.Equal(["bad.txt", "good.txt", "plot.svg"], folder.Names());
    }

    [Fact]
    public async Task TheTableSaysWhatBatchesDo()
    {
        (int code, string output, string error) = await Run("coupon", "--classes", "100", "--draws", "128..512");
        Assert.True(code == ExitCode.Ok, error);
        foreach (string expected in new[] { "1.50362e-22", "-21.8229", "100 equally frequent classes, independent draws", "518.738", "upsilon >= 0.5 from n = ", "upsilon >= 0.99 from n = " })
            Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(error);
        (_, output, _) = await Run("coupon", "--classes", "10", "--draws", "64");
        Assert.DoesNotContain("log10", output, StringComparison.Ordinal);
        Assert.Contains("0.988238", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("32..1024", new[] { 32, 64, 128, 256, 512, 1024 })]
    [InlineData("32..1000", new[] { 32, 64, 128, 256, 512 })]
    [InlineData("32..100:32", new[] { 32, 64, 96 })]
    [InlineData("100, 32,64,32", new[] { 32, 64, 100 })]
    [InlineData("1..4,10", new[] { 1, 2, 4, 10 })]
    public async Task JsonHoldsARowForEachNumberOfDraws(string draws, int[] expected)
    {
        (int code, string output, _) = await Run("coupon", "--classes", "10", "--draws", draws, "--format", "json");
        Assert.Equal(ExitCode.Ok, code);
        JsonElement root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(expected, root.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("draws").GetInt32()));
        Assert.Equal(10, root.GetProperty("classes").GetInt32());
    }

    [Fact]
    public async Task CsvHasAllDigitsAndThePlotIsWritten()
    {
        using TemporaryFolder folder = new();
        string plot = folder.PathOf("plot.svg");
        (int code, string output, string error) =
            await Run("coupon", "--classes", "100", "--without-replacement", "--population", "10000", "--draws", "64,512", "--format", "csv", "--plot", plot);
        Assert.True(code == ExitCode.Ok, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal("draws,upsilon,log10_upsilon,miss_probability,negatives,tau,expected_log_collisions", lines[0]);
        Assert.StartsWith("64,0,,1,63,", lines[1], StringComparison.Ordinal);
        Assert.Equal(0.5967329, Upsilon(lines[2]), 5e-8);
        Assert.Equal("svg", XDocument.Load(plot).Root!.Name.LocalName);
        Assert.Equal(["plot.svg"], folder.Names());
    }

    [Fact]
    public async Task CountsOfAFileAreDrawnFromWithAndWithoutReplacement()
    {
        using TemporaryFolder folder = new();
        string counts = folder.PathOf("counts.csv");
        File.WriteAllText(counts, "class,count\na,1\nb,3\n");
        (_, string output, _) = await Run("coupon", "--class-counts", counts, "--draws", "2", "--format", "csv");
        Assert.Equal(0.375, Upsilon(output.Split('\n')[1]), 1e-15); // 2 · 1/4 · 3/4
        (_, output, _) = await Run("coupon", "--class-counts", counts, "--without-replacement", "--draws", "2", "--format", "csv");
        Assert.Equal(0.5, Upsilon(output.Split('\n')[1]), 1e-15); // 1·3 of the 6 pairs
        (int code, output, string error) = await Run("coupon", "--class-counts", counts, "--without-replacement");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("2 unequally frequent classes, draws without replacement from 4 samples", output, StringComparison.Ordinal);
        File.WriteAllText(counts, "0\n3\n");
        (code, output, _) = await Run("coupon", "--class-counts", counts);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("some class has no sample", output, StringComparison.Ordinal);
    }

    private static double Upsilon(string line) => double.Parse(line.Split(',')[1], CultureInfo.InvariantCulture);

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
