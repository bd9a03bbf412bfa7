using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Report;
using NegSamples.Study.Sweep;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Study.Sweep;

namespace NegSamples.Tests.Report;

public class BaselineTests
{
    [Fact]
    public void SeedsOfABaselineStandTogetherInTableFindingAndCsv()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string[] folders = [sweep.WriteBaseline("a", 7, 0.80, 0.78), sweep.WriteBaseline("b", 11, 0.84, 0.82)];
        SweepData data = SweepData.Load(sweep.Folder, folders);
        string text = SweepReport.Write(data, ReportFormat.Markdown, name => $"[{name}]");

        // 80 and 84: mean 82, deviation √(2² + 2²) = 2.83; the sweep's best linear classifier before the head has 71.3 at 32.
        Assert.Contains("Baseline: cross-entropy of a linear classifier, batch 64, 12 updates, 2 seeds", text, StringComparison.Ordinal);
        Assert.Contains("| Its own classifier | 82.0 ± 2.8 (untrained 10.0) |", text, StringComparison.Ordinal);
        Assert.Contains("| Linear classifier before the head | 80.0 ± 2.8 (untrained 30.0) |", text, StringComparison.Ordinal);
        Assert.Contains("the sweep's best, at K + 1 = 32, is 8.7 points below that", text, StringComparison.Ordinal);
        Assert.Contains($"negsamples train [seed] 11 [data] 'data & more'", text.Replace("&amp;", "&", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains($"[baseline] {folders[0]} [baseline] {folders[1]}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[embeddingDimension] 4", text, StringComparison.Ordinal);
        string csv = SweepReport.Write(data, ReportFormat.Csv);
        Assert.Contains($"baseline {folders[1]},11,,softmax_top1_after_head,0.84,,", csv, StringComparison.Ordinal);
        string html = SweepReport.Write(data, ReportFormat.Html);
        Assert.Contains("Supervised, its own classifier", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Supervised, its own classifier", SweepReport.Write(sweep.Load(), ReportFormat.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatCannotBeComparedIsRefusedAndNothingIsWritten()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        await Refused(sweep.WriteBaseline("other", 7, 0.8, 0.7, fingerprint: "of-other-images"), "was trained on other samples");
        await Refused(sweep.WriteBaseline("plain", 7, 0.8, 0.7, isEvaluated: false), "Evaluate it with: negsamples eval");
        await Refused(Path.Combine(sweep.Folder, "runs", SyntheticSweep.Unfinished), "is not finished; continue it with: negsamples train --resume");
        await Refused("nowhere", "nowhere is not a run");

        async Task Refused(string folder, string message)
        {
            (int code, _, string error) = await Commands.Run("report", sweep.Folder, "--baseline", folder);
            Assert.Equal(ExitCode.BadData, code);
            Assert.Contains(message, error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(sweep.Folder, "report.html")));
        }
    }
}
