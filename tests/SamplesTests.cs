using System.Diagnostics;
using System.Globalization;
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

    private static string Run(string sample)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "NegSamples.sln"))) root = root.Parent;
        Assert.SkipUnless(root is not null, "The source tree is not here.");

        // bin/CONFIGURATION/FRAMEWORK, as of these tests.
        string built = Path.GetRelativePath(Path.Combine(root.FullName, "tests"), AppContext.BaseDirectory);
        string program = Path.Combine(root.FullName, "samples", sample, built, $"NegSamples.Samples.{sample}.dll");
        Assert.SkipUnless(File.Exists(program), $"{program} is not built; the solution builds it, the tests alone do not.");
        using Process run = Process.Start(new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = run.StandardError.ReadToEndAsync();
        string said = run.StandardOutput.ReadToEnd();
        run.WaitForExit();
        Assert.True(run.ExitCode == 0, $"{sample} ended with {run.ExitCode}: {said}{errors.GetAwaiter().GetResult()}");
        return said;
    }

    [GeneratedRegex(@"loss ([\d.]+)")]
    private static partial Regex Loss();

    [GeneratedRegex(@"GFLOP/s, (\d+) % of the peak")]
    private static partial Regex Share();
}
