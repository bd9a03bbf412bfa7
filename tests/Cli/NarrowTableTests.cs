using NegSamples.Cli;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

public class NarrowTableTests
{
    private static readonly string[][] Rows =
    [
        ["4096", "streaming", "12.50 (12.25 - 13.00)", "a text of many words that may well be broken into several lines of a cell", "1.0e-7"],
        ["1048576", "materialised", "3125.00 (3120.00 - 3150.00)", "short", "2.5e-6"],
    ];

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(200)]
    public void NothingIsWiderThanTheTerminalAndNoNumberIsBroken(int width)
    {
        string[] lines = Draw(width);
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        string text = string.Join('\n', lines);
        Assert.All(Rows.SelectMany(row => new[] { row[0], row[2], row[4] }), cell => Assert.Contains(cell, text, StringComparison.Ordinal));
        Assert.Equal(width >= 88, lines.Any(line => line.StartsWith('+')));
        Assert.Contains(lines, line => line.Contains("loss error", StringComparison.Ordinal));
    }

    [Fact]
    public void WhereThereIsNoTerminalARowIsALine() => Assert.Equal(Rows.Length + 1, Draw(1 << 15).Count(line => line.StartsWith("| ", StringComparison.Ordinal)));

    private static string[] Draw(int width)
    {
        StringWriter output = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        Table table = new Table().Border(TableBorder.Ascii).AddColumns("K", "method", "ms", "how to read it", "loss error");
        foreach (int number in new[] { 0, 2, 4 }) table.Columns[number].RightAligned();
        foreach (string[] row in Rows) table.AddRow(row);
        console.Write(NarrowTable.Fit(console, table));
        return [.. output.ToString().Split('\n').Select(line => line.TrimEnd())];
    }
}
