using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NegSamples.Tests;

/// <summary>The programs of samples/, as the solution has built them, run and say what they are for.</summary>
public partial class SamplesTests
{
    [Fact]
    public void ALossOfOnesOwnPassesItsGradientCheckAndIsInfoNceWithoutAMargin()
    {
        string said = Run("OwnLoss");
        double[] losses = [.. Loss().Matches(said).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.Equal(5, losses.Length);
        Assert.Equal(losses[4], losses[0], 1e-5);
        Assert.True(losses[0] < losses[1] && losses[1] < losses[2] && losses[2] < losses[3], said); // a margin makes it harder
    }

    [Fact]
    public void TheSpeedOfTwoKernelsIsGivenAsAShareOfThePeak()
    {
        string said = Run("KernelSpeed");
        Assert.Equal(2, Share().Count(said));
        Assert.All(Share().Matches(said), share => Assert.InRange(int.Parse(share.Groups[1].Value, CultureInfo.InvariantCulture), 1, 150));
    }

    /// <summary>
    /// The cells one behind the other are a program. Packages are named by a line that only a notebook reads, and what it displays, a notebook shows.
    /// </summary>
    [Fact]
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

    private static string Run(string sample)
    {
        string root = SourceTree.OrSkip();

        // bin/CONFIGURATION/FRAMEWORK, as of these tests.
        string built = Path.GetRelativePath(Path.Combine(root, "tests"), AppContext.BaseDirectory);
        string program = Path.Combine(root, "samples", sample, built, $"NegSamples.Samples.{sample}.dll");
        Assert.SkipUnless(File.Exists(program), $"{program} is not built; the solution builds it, the tests alone do not.");
        return ChildProcess.Run("dotnet", root, program);
    }

    [GeneratedRegex(@"loss ([\d.]+)")]
    private static partial Regex Loss();

    [GeneratedRegex(@"GFLOP/s, (\d+) % of the peak")]
    private static partial Regex Share();
}
