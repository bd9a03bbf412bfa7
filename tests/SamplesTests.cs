using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>The programs of samples/, which are built before these tests, run and say what they are for.</summary>
public partial class SamplesTests
{
    /// <summary>The trait of a test that runs a sample; its value is the name of the sample.</summary>
    internal const string Sample = "sample";

    [Fact]
    public void EverySampleHasATest()
    {
        string samples = Path.Combine(SourceTree.OrSkip(), "samples");
        string[] there = [.. Directory.EnumerateFiles(samples, "*.csproj", SearchOption.AllDirectories).Select(project => Path.GetFileName(Path.GetDirectoryName(project)!)),
            .. Directory.EnumerateFiles(samples, "*.ipynb").Select(notebook => Path.GetFileName(notebook))];
        string[] tested = [.. typeof(SamplesTests).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributes<TraitAttribute>()).Where(trait => trait.Name == Sample).Select(trait => trait.Value).Distinct()];
        Assert.True(there.Length >= 3);
        Assert.Equal(there.Order(StringComparer.Ordinal), tested.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EverySampleIsOnThePageOfSamples()
    {
        string root = SourceTree.OrSkip(), page = File.ReadAllText(Path.Combine(root, "docs", "samples.md"));
        Assert.All(Directory.EnumerateFileSystemEntries(Path.Combine(root, "samples")).Select(Path.GetFileName).Where(name => name != "Directory.Build.props"), name =>
            Assert.Contains($"[{name}](../samples/{name})", page, StringComparison.Ordinal));
    }

    [Fact, Trait(Sample, "OwnLoss")]
    public void ALossOfOnesOwnPassesItsGradientCheckAndIsInfoNceWithoutAMargin()
    {
        string said = Run("OwnLoss");
        double[] losses = [.. Loss().Matches(said).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(5, losses.Length);
        Assert.Equal(losses[4], losses[0], 1e-5);
        Assert.True(losses[0] < losses[1] && losses[1] < losses[2] && losses[2] < losses[3], said); // a margin makes it harder
    }

    [Fact, Trait(Sample, "KernelSpeed")]
    public void TheSpeedOfTwoKernelsIsGivenAsAShareOfThePeak()
    {
        string said = Run("KernelSpeed");
        Assert.Equal(2, Share().Count(said));
        Assert.All(Share().Matches(said), share => Assert.InRange(int.Parse(share.Groups[1].Value, CultureInfo.InvariantCulture), 1, 150));
    }

    /// <summary>An encoder of shapes tells them apart, the probabilities are those of inclusion and exclusion, and no bound lies below what it bounds.</summary>
    [Fact, Trait(Sample, "OnnxStudy")]
    public void TheStudyOfAnOnnxModelAgreesWithTheTheory()
    {
        const int Classes = 10;
        string said = Run("OnnxStudy");
        double[] right = [.. Right().Matches(said).Select(match => Number(match.Groups[1].Value))];
        Assert.Equal(4, right.Length);
        Assert.Equal(100.0 / Classes, right[3]);
        Assert.All(right[..3], share => Assert.InRange(share, 2 * right[3], 100));

        string[][] rows = [.. said[said.IndexOf("coupon", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Length > 0)
            .Select(line => line.Replace(" %", "", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal([7, 15, 31, 63, 127], rows.Select(row => int.Parse(row[0], CultureInfo.InvariantCulture)));
        foreach (string[] row in rows)
        {
            // The classes that are missing among K + 1 draws: Σ_j (−1)^j binom(C, j) (1 − j/C)^(K+1).
            double covered = 0, ways = 1;
            for (int missing = 0; missing <= Classes; ways *= -(double)(Classes - missing) / ++missing)
                covered += ways * Math.Pow(1 - ((double)missing / Classes), Number(row[0]) + 1);
            Assert.Equal(100 * covered, Number(row[1]), 0.005 + 1e-9);
            double supervised = Number(row[4]);
            Assert.All(row[5..].Where(bound => bound != "-"), bound => Assert.InRange(Number(bound), supervised, double.MaxValue));
        }

        Assert.Contains(rows, row => row[5] != "-");
    }

    /// <summary>libtorch is large and no part of the solution; TorchSharp, which the source is written against, is small.</summary>
    [Fact, Trait(Sample, "TorchLoss")]
    public void TheTorchLossCompiles()
    {
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(SourceTree.OrSkip(), "samples", "TorchLoss"), "*.cs").Select(File.ReadAllText)];
        Assert.Equal(2, files.Length);
        Assert.Null(CSharpExample.CompilerFault("TorchLoss", files, TorchSharpLibrary.OrSkip()));
    }

    /// <summary>Where `dotnet build -c Release samples/TorchLoss` was run. PEERS_ROOT is that of bench/run.sh.</summary>
    [Fact, Trait(Sample, "TorchLoss")]
    public void TheTorchLossFallsAndIsThatOfLibtorch()
    {
        string program = SampleProgram.Place("TorchLoss");
        Assert.SkipUnless(File.Exists(program), "samples/TorchLoss is not built: it brings libtorch, which the solution does without.");
        string[] command = [.. (Environment.GetEnvironmentVariable("PEERS_ROOT") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries), "dotnet", program];
        (int code, string said) = ChildProcess.RunToAnyEnd(command[0], SourceTree.OrSkip(), command[1..]);
        Assert.SkipWhen(code != 0 && said.Contains("LibTorchSharp", StringComparison.Ordinal), "libtorch does not load here.");
        Assert.True(code == 0, said);
        double[] losses = [.. Loss().Matches(said).Select(match => Number(match.Groups[1].Value))];
        Assert.InRange(losses[^1], 0, losses[0] - 0.3);
        MatchCollection differences = Differences().Matches(said);
        Assert.Equal(3, differences.Count);
        Assert.All(differences.SelectMany(match => new[] { match.Groups[1].Value, match.Groups[2].Value }), difference => Assert.InRange(Number(difference), 0, 1e-5));
    }

    /// <summary>
    /// The cells one behind the other are a program. Packages are named by a line that only a notebook reads, and what it displays, a notebook shows.
    /// </summary>
    [Fact, Trait(Sample, "Notebook.ipynb")]
    public void TheNotebookRunsFromItsFirstCellToItsLast()
    {
        using JsonDocument notebook = JsonDocument.Parse(File.ReadAllText(Path.Combine(SourceTree.OrSkip(), "samples", "Notebook.ipynb")));
        string[] cells = [.. notebook.RootElement.GetProperty("cells").EnumerateArray().Where(cell => cell.GetProperty("cell_type").GetString() == "code")
            .Select(cell => string.Concat(cell.GetProperty("source").EnumerateArray().Select(line => line.GetString())
                .Where(line => !line!.StartsWith("#r ", StringComparison.Ordinal))))];
        Assert.True(cells.Length >= 3);
        const string Display = """
            static class Display
            {
                public static void DisplayAs(this string text, string type)
                {
                    if (type != "text/html" || !text.Contains("<svg")) throw new InvalidOperationException("no figure");
                }
            }

            """;
        Assert.Null(CSharpExample.Fault(string.Join('\n', [.. cells, Display])));
    }

    private static string Run(string sample, params string[] arguments) =>
        ChildProcess.Run("dotnet", SourceTree.OrSkip(), [SampleProgram.PathOf(sample), .. arguments]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"loss ([\d.]+)")]
    private static partial Regex Loss();

    [GeneratedRegex(@"GFLOP/s, (\d+) % of the peak")]
    private static partial Regex Share();

    [GeneratedRegex(@"losses differ by (\S+), gradients by (\S+) of")]
    private static partial Regex Differences();

    [GeneratedRegex(@"^[a-z ]+ ([\d.]+) %$", RegexOptions.Multiline)]
    private static partial Regex Right();
}
