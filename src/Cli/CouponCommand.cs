using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NegSamples.Cli.Help;
using NegSamples.Report;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Tables;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples coupon</c>.</summary>
internal static class CouponCommand
{
    private const string DefaultDraws = "32..1024";

    private static readonly string[] Formats = ["table", "json", "csv"];

    public static Command Create(Terminal terminal)
    {
        Command command = new("coupon", $"""
            Says how probable it is that a batch holds every class.

            Says how probable it is that a batch of n samples (an anchor and K = n - 1 negatives) holds every class, and that the anchor's own class
            recurs among its negatives. Exact values; no data and no training needed. For every n: upsilon, the probability that n draws cover all
            classes, and 1 - upsilon; tau_K, the probability of a collision; E ln(Col+1), the mean logarithm of the number of collisions plus one.

            Examples:
              negsamples coupon --classes 100 --draws 32..1024
              negsamples coupon --classes 10 --draws 32,64,100 --format json
              negsamples coupon --classes 100 --without-replacement --population 10000 --draws 128..1024:128 --plot coverage.svg
              negsamples coupon --class-counts counts.csv --draws 64..65536 --format csv
            """);
        Option<int?> classes = new("--classes") { Description = "C, the number of classes, all equally frequent.", HelpName = "C" };
        Option<string?> counts = new("--class-counts") { Description = "A text file with the number of samples of each class: a count a line, or a name and a count; # begins a comment.", HelpName = "FILE" };
        Option<string?> draws = new("--draws") { Description = $"The numbers of draws n: numbers, A..B (doubling from A up to B) or A..B:STEP, parted by commas [default: {DefaultDraws}].", HelpName = "LIST" };
        Option<bool> finite = new(
            "--without-replacement") { Description = "Draw from a finite set without replacement, as a batch is drawn; otherwise draws are independent." };
        Option<int?> population = new("--population") { Description = "Samples in the finite set: a multiple of C; with --class-counts it is the counts' sum.",
            HelpName = "N" };
        Option<string> format = new("--format") { Description = "What to print.", DefaultValueFactory = _ => Formats[0] };
        SymbolChoices.Set(format, Formats);
        Option<string?> plot = new("--plot") { Description = "Also draw upsilon and tau against n into this file.", HelpName = "FILE.svg" };
        foreach (Option option in new Option[] { classes, counts, draws, finite, population, format, plot, JsonOption.Create() }) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            string asked = terminal.IsJson && parsed.GetResult(format) is { Implicit: true } ? "json" : parsed.GetValue(format)!;
            if (!Formats.Contains(asked)) throw new SettingsException($"--format is {asked}; expected one of {string.Join(", ", Formats)}.");
            if (terminal.IsJson && asked != "json") throw new SettingsException($"--format is {asked}, and --json asks for JSON; give one of them.");
            PlaceOptions.CheckPath("--class-counts", parsed.GetValue(counts));
            string? picture = parsed.GetValue(plot);
            if (picture is not null) PictureFile.Check(picture);
            (Func<IReadOnlyList<int>, CouponTable> tabulate, IReadOnlyList<int> n) =
                Understand(parsed.GetValue(classes), parsed.GetValue(counts), parsed.GetValue(draws), parsed.GetValue(finite), parsed.GetValue(population),
                    terminal.Stop);
            CouponTable table = tabulate(n);
            if (picture is not null) OutputPlace.WriteText(picture, CouponFigure.Draw(tabulate, n));
            Print(terminal, table, asked, picture);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>What makes the table, and the numbers of draws that were asked for.</summary>
    private static (Func<IReadOnlyList<int>, CouponTable> Tabulate, IReadOnlyList<int> Draws) Understand(
        int? classes, string? countsFile, string? draws, bool withoutReplacement, int? population, CancellationToken stop)
    {
        if (classes is null == countsFile is null) throw new SettingsException("Either --classes or --class-counts is needed, and not both.");
        if (classes < 1) throw new SettingsException(FormattableString.Invariant($"--classes is {classes}; expected at least 1."));
        if (population is not null && !withoutReplacement)
            throw new SettingsException("--population is for draws with --without-replacement; independent draws know no population.");
        IReadOnlyList<int> asked = NumberRanges.Parse("--draws", draws ?? DefaultDraws);
        int[] counts = countsFile is null ? [] : [.. ClassCountsFile.Read(countsFile)];
        if (!withoutReplacement)
        {
            ClassDistribution distribution = classes is { } count ? ClassDistribution.Uniform(count)
                : ClassDistribution.Proportional([.. counts.Select(weight => (double)weight)]);
            return (n => CouponTable.Of(distribution, n, stop), asked);
        }

        ClassCounts set = classes is { } equal ? Balanced(equal, population) : ClassCounts.Of(counts);
        if (population is not null && population != set.Total)
            throw new SettingsException(FormattableString.Invariant(
                $"--population is {population}; expected {set.Total}, the sum of the counts in {countsFile}, or no --population."));
        if (draws is null) asked = [.. asked.Where(n => n <= set.Total).DefaultIfEmpty(set.Total)];
        if (asked[^1] > set.Total)
            throw new SettingsException(FormattableString.Invariant(
                $"--draws has {asked[^1]}; expected at most {set.Total}, the population that is drawn from without replacement."));
        return (n => CouponTable.Of(set, n, stop), asked);
    }

    private static ClassCounts Balanced(int classes, int? population)
    {
        if (population is not { } samples)
            throw new SettingsException("--population is needed for --without-replacement with --classes: the number of samples in all.");
        if (samples < 1 || samples % classes != 0)
            throw new SettingsException(FormattableString.Invariant(
                $"--population is {samples}; expected a multiple of --classes, {classes}: equally many samples of each class."));
        return ClassCounts.Balanced(classes, samples / classes);
    }

    private static void Print(Terminal terminal, CouponTable table, string format, string? picture)
    {
        if (format == "json") terminal.Output.WriteLine(JsonSerializer.Serialize(table, CouponJson.Default.CouponTable));
        else if (format == "csv") PrintCsv(terminal.Output, table);
        else CouponPrint.Print(terminal, table, picture);
    }

    private static void PrintCsv(TextWriter output, CouponTable table)
    {
        output.WriteLine("draws,upsilon,log10_upsilon,miss_probability,negatives,tau,expected_log_collisions");
        foreach (CouponRow row in table.Rows)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Draws},{row.Upsilon:R},{row.Log10Upsilon:R},{row.MissProbability:R},{row.Negatives},{row.Tau:R},{row.ExpectedLogCollisions:R}"));
        }
    }
}
