using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NegSamples.Cli;
using NegSamples.Report;
using NegSamples.Tests.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Training;

namespace NegSamples.Tests.Report;

public partial class SweepReportTests
{
    private static readonly string[] VoidElements = ["meta", "br", "img", "link", "hr"];

    [Fact]
    public void MarkdownHasMeanAndSpreadOfTheSeeds()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown);

        // 50 and 54: mean 52, deviation √(2² + 2²) = 2.83. 61 and 60: 60.5, √(½² + ½²) = 0.71. The third has one seed.
        Assert.Contains("| Linear classifier | 52.0 ± 2.8 (untrained 30.0) | 60.5 ± 0.7 (untrained 30.0) | 71.3 (untrained 30.0) |", text, StringComparison.Ordinal);

        // Null for both seeds; 12.5 and 13.5; 2.346 alone. The largest possible loss is ln(1 + 3 e⁴) = 5.10.
        Assert.Contains("| Coupon collector | *vacuous* | *13.0 ± 0.7* | *2.35* | proved | Nozawa and Sato 2021 |", text, StringComparison.Ordinal);
        Assert.Contains("| CURL | *1.23×10⁵* | *1.23×10⁵* | *1.23×10⁵* | proved | Arora et al. 2019 |", text, StringComparison.Ordinal);
        Assert.Contains("| CURL as published | *vacuous (1 of 2 seeds)* | *vacuous (1 of 2 seeds)* | *vacuous* | paper-as-published | bound.ipynb |", text, StringComparison.Ordinal);
        Assert.Contains("| Any encoder at all: B(C, t) | 1.92 | 1.92 | 1.92 | proved | this project |", text, StringComparison.Ordinal);
        Assert.Contains("| Constant embedding: ln C | 1.39 | 1.39 | 1.39 | exact |", text, StringComparison.Ordinal);
        Assert.Contains("| Largest loss of one sample | 5.10 | 5.10 | 5.10 | proved | ln(1 + (C − 1) exp(2/t)) |", text, StringComparison.Ordinal);

        // bound + d = 1.25 − 0.25, curl_bound + d = 1.75 − 0.25, sup/2, partial/2, curl_partial − curl_sup = 0.5 − 0.125.
        string quantities = text[text.IndexOf("## All measured", StringComparison.Ordinal)..];
        string[] order = ["Mean classifier after", "Linear classifier after", "L<sub>Info</sub>, K negatives | 2.00", "d, clipped | −0.250", "Lower bound of L<sub>Info</sub> | 1.50", "τ, measured | 0.8000",
            "τ, interval | 0.7741 to 0.8236", "τ, draws (samples) | 1,000", "τ, exact, independent draws | 0.8008", "τ, exact, without replacement | 0.8016", "Collision term E ln(Col + 1), measured | 1.25", "independent draws | 1.23", "without replacement | 1.22",
            "L<sub>sup</sub> part (all classes, no collision) | 0.125", "L<sub>sub</sub> part (classes missing, no collision) | 0.375", "Lower bound of L<sub>Info</sub> | 1.00",
            "υ, measured | 0.2500", "υ, interval | 0.1755 to 0.3430", "υ, draws (batches) | 100", "½ L<sub>sup</sub> part (all classes) | 0.250", "½ L<sub>sub</sub> part (classes missing) | 0.375"];
        int from = 0;
        foreach (string row in order)
        {
            int found = quantities.IndexOf(row, from, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{row}' is missing or out of order:\n{quantities}");
            from = found;
        }
    }

    [Fact]
    public void ThePapersNumbersStandWhereDataAndKMatch()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown);
        Assert.Contains("40.0 (paper 72.75) |", text, StringComparison.Ordinal);
        Assert.Equal(15, Regex.Count(text, @"\(paper ")); // three accuracies, loss, d and the terms of both bounds at 32; nothing at 8 and 16
        Assert.Equal("4.517×10⁻⁴", PublishedNumbers.Find("cifar100", 128, "upsilon")?.Text);
        Assert.Equal(("0.96", "−1.84"), (PublishedNumbers.Find("ag-news", 16, "upsilon")?.Text, PublishedNumbers.Find("ag-news", 512, QuantityName.AssumptionValue.Key)?.Text));
        Assert.Null(PublishedNumbers.Find("ag-news, replace", 16, "upsilon"));
        Assert.Null(PublishedNumbers.Find("shapes", 128, "upsilon"));
        Assert.Null(PublishedNumbers.Find("cifar10", 31, "mean_top1_after_head"));
    }

    [Fact]
    public void ThePapersProtocolStandsBesideItsNumbersAndNeverForThePlainOnes()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string plain = SweepReport.Write(sweep.Load(), ReportFormat.Markdown), plainCsv = SweepReport.Write(sweep.Load(), ReportFormat.Csv);
        Assert.DoesNotContain("paper's protocol", plain, StringComparison.Ordinal);
        Assert.Contains("here both are from plain images", plain, StringComparison.Ordinal);
        foreach (string run in new[] { "batch-00008-seed-7", "batch-00032-seed-7" }) sweep.WritePaperEvaluation(sweep.Run(run));
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown);
        Assert.Contains("| Mean classifier, paper's protocol | 45.0 (untrained 25.0) | – | 45.0 (paper 72.75) |", text, StringComparison.Ordinal);
        Assert.Contains("| Linear classifier, paper's protocol, best test epoch (optimistic) | 70.0 | – | 70.0 (paper 77.13) |", text, StringComparison.Ordinal);
        Assert.Contains("| Linear classifier, paper's protocol, best by held-out | 65.0 | – | 65.0 |", text, StringComparison.Ordinal);
        Assert.Contains("| Linear classifier, paper's protocol, best test epoch (optimistic), before the head, % | 70.0 | – | 70.0 (paper 82.02) |", text, StringComparison.Ordinal);
        Assert.Contains("in the other rows both are from plain images", text, StringComparison.Ordinal);
        Assert.Contains($"    negsamples eval {ShellWord.OfPath(sweep.PathOf("batch-00032-seed-7"))} [protocol] paper [linearEpochs] 3 [seed] 7\n", SweepReport.Write(sweep.Load(), ReportFormat.Markdown, name => $"[{name}]"), StringComparison.Ordinal);
        string[] before = plain.Split('\n'), after = text.Split('\n');
        Assert.Empty(before.Where(line => line.StartsWith('|')).Except(after));
        string[] more = [.. SweepReport.Write(sweep.Load(), ReportFormat.Csv).Split('\n').Except(plainCsv.Split('\n'))];
        Assert.Equal(20, more.Length);
        Assert.Contains("batch-00032-seed-7,7,31,linear_top1_paper_best_test_epoch_after_head,0.7,,", more);
        Assert.Contains("batch-00032-seed-7,7,31,mean_top1_paper_untrained_before_head,0.25,,", more);
        foreach (ReportFormat format in new[] { ReportFormat.Latex, ReportFormat.Html })
            Assert.Contains("best test epoch (optimistic)", SweepReport.Write(sweep.Load(), format, SettingNames.FlagOf), StringComparison.Ordinal);
        sweep.WritePaperEvaluation(sweep.Run("batch-00008-seed-7"), fingerprint: "another");
        Assert.Contains("was measured with other samples", Assert.Throws<NegSamples.Files.BadDataException>(sweep.Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CsvHasEveryNumberOfEveryRun()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string[] lines = SweepReport.Write(sweep.Load(), ReportFormat.Csv).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("run,seed,K,quantity,value,lower,upper", lines[0]);
        Assert.Contains("batch-00008-seed-11,11,7,linear_top1_before_head,0.54,,", lines);
        Assert.Contains("batch-00008-seed-7,7,7,upper_bound_coupon-collector,vacuous,,", lines);
        Assert.Contains("batch-00016-seed-11,11,15,upper_bound_coupon-collector,13.5,,", lines);
        string[] upsilon = Assert.Single(lines, line => line.StartsWith("batch-00032-seed-7,7,31,upsilon,", StringComparison.Ordinal)).Split(',');

        // Wilson's interval of 25 of 100, z = 1.959964: (0.25 + z²/200 ± z √(0.25·0.75/100 + z²/40000))/(1 + z²/100).
        double z2 = 1.959963984540054 * 1.959963984540054, half = Math.Sqrt(z2 * ((0.1875 / 100) + (z2 / 40000)));
        Assert.Equal((0.25 + (z2 / 200) - half) / (1 + (z2 / 100)), double.Parse(upsilon[5], CultureInfo.InvariantCulture), 12);
        Assert.Equal((0.25 + (z2 / 200) + half) / (1 + (z2 / 100)), double.Parse(upsilon[6], CultureInfo.InvariantCulture), 12);
        Assert.DoesNotContain(lines, line => line.Contains(SyntheticSweep.Unfinished, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Equal(7, line.Split(',').Length));
    }

    [Fact]
    public void LatexIsEscapedAndBalanced()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Latex, name => $"[{name}]");
        Assert.Contains("\n% Made by: negsamples report ", text, StringComparison.Ordinal);
        Assert.Contains(" [format] latex\n", text, StringComparison.Ordinal);
        Assert.Contains(@"Linear classifier & 52.0 $\pm$ 2.8 (untrained 30.0) & 60.5 $\pm$ 0.7", text, StringComparison.Ordinal);
        Assert.Contains(@"Upper bounds of the supervised loss $L_{\mathrm{sup}}$ in nats.", text, StringComparison.Ordinal);
        Assert.Contains(@"\textit{vacuous}", text, StringComparison.Ordinal);
        Assert.Contains(@"1.23$\times 10^{5}$", text, StringComparison.Ordinal);
        foreach (string command in new[] { @"\toprule", @"\midrule", @"\bottomrule" }) Assert.Contains(command, text, StringComparison.Ordinal);
        foreach (string line in text.Split('\n').Where(line => !line.StartsWith('%')))
        {
            string bare = Regex.Replace(line, @"\\.", "");
            Assert.Equal(bare.Count(symbol => symbol == '{'), bare.Count(symbol => symbol == '}'));
            Assert.Equal(0, bare.Count(symbol => symbol == '$') % 2);
            Assert.DoesNotContain('%', bare);
        }

        Assert.Equal(@"a\_b \& 5\% \#1 \textbackslash{}x $<$ $L_{\mathrm{sup}}$ 2$\times 10^{-22}$ {\{}".Replace("{\\{}", "\\{", StringComparison.Ordinal), LatexWriter.Escape("a_b & 5% #1 \\x < L_{sup} 2×10⁻²² {"));
    }

    [Fact]
    public void HtmlIsWholeEscapedAndWithoutNetwork()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string page = SweepReport.Write(sweep.Load(), ReportFormat.Html, SettingNames.FlagOf);
        Assert.Equal(page, SweepReport.Write(sweep.Load(), ReportFormat.Html, SettingNames.FlagOf));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("name=\"viewport\"", page, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", page, StringComparison.Ordinal);
        Assert.Contains("52.0 ± 2.8<small>untrained 30.0</small>", page, StringComparison.Ordinal);
        Assert.Contains("<em>vacuous</em>", page, StringComparison.Ordinal);
        Assert.Contains("batch-00032-seed-11: training not finished", page, StringComparison.Ordinal);
        Assert.Contains("negsamples sweep --batch-sizes 8,16,32 --seeds 7,11 --data &#39;data &amp; more&#39;", page, StringComparison.Ordinal);
        Assert.Contains("CPU &lt;test&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<test>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(page, "<script", RegexOptions.IgnoreCase));
        string script = Regex.Match(page, "<script>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Contains($"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'", page, StringComparison.Ordinal);
        page = page.Replace(script, "", StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(src|href)\s*=\s*[""'](?!#)", page);
        Assert.DoesNotMatch(@"@import|url\((?!#)", page);
        CheckNesting(page);
    }

    [Fact]
    public void HtmlHasAllFiguresAndNamesTheMissingFeatures()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();

        // Two of accuracies, two of bounds, two of terms, the training, the map and two histograms; norms, four classes, and the distances from the smallest K.
        Assert.Equal(16, Regex.Count(SweepReport.Write(sweep.Load(), ReportFormat.Html), "<svg"));
        Directory.Delete(sweep.PathOf("batch-00032-seed-7", "features"), recursive: true);
        string page = SweepReport.Write(sweep.Load(), ReportFormat.Html);
        Assert.Equal(13, Regex.Count(page, "<svg")); // with one run there is no distance
        Assert.DoesNotContain("Wasserstein", page, StringComparison.Ordinal);
        Assert.Contains("The features of batch-00032-seed-7 were not written", page, StringComparison.Ordinal);
        Assert.Contains("negsamples features", page, StringComparison.Ordinal);
    }

    [Fact]
    public void FindingsSayWhatTheNumbersSay()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        IReadOnlyList<string> findings = Findings.Of(sweep.Load());
        Assert.Equal(
            "Linear classifier before the head: best at K + 1 = 32 with 71.3 %, lowest at K + 1 = 8 with 52.0 ± 2.8 % (untrained 30.0 %, chance 25.0 %). The difference is 19.3 points; more than twice the largest spread over the seeds (2.8).",
            findings[0]);
        Assert.Contains(findings, line => line.StartsWith("The coupon-collector bound is vacuous at K + 1 = 8 and finite elsewhere: from 2.35 nats at K + 1 = 32 to 13.0 at K + 1 = 16.", StringComparison.Ordinal) && line.Contains("It never falls below 1.92 (B)", StringComparison.Ordinal));
        Assert.Contains(findings, line => line.StartsWith("The CURL bound is finite at every K: 1.23×10⁵ nats at", StringComparison.Ordinal) && line.Contains("It never falls below 1.92", StringComparison.Ordinal));
        Assert.Contains("Coverage against collision: a batch of K + 1 = 8 samples holds all 4 classes, and an anchor's class occurs again, with probability 0.2500 and 0.8008, at 32 with 0.2500 and 0.8008.", findings);
        Assert.Contains("Of the proved and quoted bounds, Bao is the tightest at every K: 1.75 nats at K + 1 = 8; measured is 1.10.", findings);
    }

    [Fact]
    public void UnequalClassesAreReadAgainstTheCommonest()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        string equal = SweepReport.Write(sweep.Load(), ReportFormat.Markdown);
        Assert.DoesNotContain("balanced", equal, StringComparison.Ordinal);
        foreach (var run in sweep.Manifest.Runs.Where(run => run.Name != SyntheticSweep.Unfinished)) sweep.WriteEvaluation(run, commonest: 0.362);
        string text = SweepReport.Write(sweep.Load(), ReportFormat.Markdown), csv = SweepReport.Write(sweep.Load(), ReportFormat.Csv);
        Assert.Contains("untrained 30.0 %, always the commonest class: 36.2 %)", text, StringComparison.Ordinal);
        Assert.Contains("| Linear classifier, balanced | 26.0 ± 1.4 (untrained 15.0) |", text, StringComparison.Ordinal);
        Assert.Contains("| Always the commonest class | 36.2 | 36.2 | 36.2 |", text, StringComparison.Ordinal);
        Assert.Contains("balanced (each class counts alike): at best 35.6 % at K + 1 = 32 (chance 25.0 %).", text, StringComparison.Ordinal);
        Assert.Contains("batch-00008-seed-11,11,7,linear_balanced_before_head,0.27,,", csv, StringComparison.Ordinal);
    }

    /// <summary>Every tag is closed, in order.</summary>
    internal static void CheckNesting(string page)
    {
        Stack<string> open = new();
        foreach (Match tag in Tags().Matches(page))
        {
            string name = tag.Groups["name"].Value;
            if (VoidElements.Contains(name) || tag.Groups["self"].Success) continue;
            if (tag.Groups["close"].Success) Assert.Equal(open.Pop(), name);
            else open.Push(name);
        }

        Assert.Empty(open);
    }

    [GeneratedRegex(@"<(?<close>/)?(?<name>[a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*?)?(?<self>/)?>")]
    private static partial Regex Tags();
}
