using System.Diagnostics;
using NegSamples.Cli.Help;

namespace NegSamples.Tests.Cli.Help;

public class ManPageTests
{
    [Fact]
    public async Task TheManualHasEveryVerbAndFlag()
    {
        string page = (await Commands.Run("man")).Output;
        Assert.StartsWith(".TH NEGSAMPLES 1 ", page, StringComparison.Ordinal);
        foreach (VerbHelp verb in VerbHelp.All(Commands.Root()).Where(verb => !verb.IsHidden))
        {
            Assert.Contains($"\n.SS negsamples {verb.Name} ", page, StringComparison.Ordinal);
            Assert.All(verb.Flags, flag => Assert.Contains(flag.Names[0].Replace("-", "\\-", StringComparison.Ordinal), page, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task TheManualIsShownWithoutAWarning()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/groff"), "needs groff");
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, (await Commands.Run("man")).Output, TestContext.Current.CancellationToken);
        using Process groff = Process.Start(new ProcessStartInfo("/usr/bin/groff", ["-man", "-Tutf8", "-P-cbou", "-ww", "-rLL=78n", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = groff.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string shown = await groff.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await groff.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Delete(file);
        Assert.Equal("", string.Join('\n', (await error).Split('\n').Where(line => !line.Contains("can't break line", StringComparison.Ordinal) && !line.Contains("cannot break line", StringComparison.Ordinal))).Trim());
        Assert.Contains("--negatives K", shown.Replace('\u2212', '-').Replace('\u00a0', ' '), StringComparison.Ordinal);
    }
}
