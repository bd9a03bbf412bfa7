using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class SimilarityCommandTests
{
    private static readonly string[] Small = ["similarity", "--rows", "16", "--keys", "32..64", "--dim", "8", "--repetitions", "2", "--threads", "1"];

    [Theory]
    [InlineData("--keys 0", "--keys is 0: '0' is no whole number from 1")]
    [InlineData("--keys 64..32", "'64..32' ends below its start")]
    [InlineData("--keys many", "--keys is many: 'many' is no whole number")]
    [InlineData("--rows 0", "--rows is 0; expected at least 1")]
    [InlineData("--rows -3", "--rows is -3; expected at least 1")]
    [InlineData("--dim 0", "--dim is 0; expected at least 1")]
    [InlineData("--temperature 0", "--temperature is 0; expected a finite number above 0")]
    [InlineData("--temperature warm", "warm")]
    [InlineData("--repetitions 0", "--repetitions is 0; expected at least 1")]
    [InlineData("--threads 0", "--threads is 0; expected at least 1")]
    [InlineData("--spill -1", "--spill is -1")]
    [InlineData("--form square", "--form is square; expected one of generic, nt-xent, queue")]
    [InlineData("--method magic", "--method is magic; expected one of streaming, materialised, both")]
    [InlineData("--format xml", "--format is xml; expected one of table, json, csv")]
    [InlineData("--device tpu", "--device is tpu; expected one of auto, cpu")]
    [InlineData("--form nt-xent --keys 31", "--keys is 31; expected even numbers")]
    [InlineData("--form nt-xent --rows 8", "--rows has no meaning with --form nt-xent")]
    [InlineData("--plot picture.png", "--plot is picture.png; expected a file that ends in .svg")]
    [InlineData("--plot nowhere/picture.svg", "does not exist")]
    [InlineData("--colour red", "--colour")]
    public async Task WrongFlagsAreNamed(string arguments, string expected)
    {
        (int code, string output, string error) = await Commands.Run(["similarity", .. arguments.Split(' ')]);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task WhatNoMachineHoldsIsRefused()
    {
        (int code, string output, string error) = await Commands.Run("similarity", "--rows", "4194304", "--keys", "4194304", "--method", "materialised");
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains("K = 4194304, materialised, with 4194304 rows needs 7", error, StringComparison.Ordinal);
        Assert.Contains("--method streaming", error, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task TheTableHasBothMethodsAndTheFigureIsWritten()
    {
        using TemporaryFolder folder = new();
        string picture = folder.PathOf("similarity.svg");
        (int code, string output, string error) = await Commands.Run([.. Small, "--method", "both", "--plot", picture]);
        Assert.True(code == ExitCode.Ok, error);
        foreach (string word in new[] { "generic: 16 queries, D = 8, T = 0.1", "streaming", "materialised", "+ gradients", "% peak", "4 with gradients, where 3 are enough", "float64 softmax of every query" })
            Assert.Contains(word, output, StringComparison.Ordinal);
        Assert.Contains("[4/4] K = 64, materialised", error, StringComparison.Ordinal);
        Assert.Contains(picture, error, StringComparison.Ordinal);
        Assert.Equal("svg", XDocument.Load(picture).Root!.Name.LocalName);
        Assert.Equal(["similarity.svg"], folder.Names());
    }

    [Fact]
    public async Task JsonIsTheOnlyThingOnStandardOutput()
    {
        (int code, string output, string error) = await Commands.Run([.. Small, "--form", "queue", "--format", "json"]);
        Assert.True(code == ExitCode.Ok, error);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal("queue", report.GetProperty("form").GetString());
        Assert.True(report.GetProperty("isComplete").GetBoolean());
        Assert.Equal([32, 64], report.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("keys").GetInt32()));
        Assert.Equal(JsonValueKind.Null, report.GetProperty("rows")[0].GetProperty("error").GetProperty("keyGradient").ValueKind);
    }

    [Fact]
    public async Task CsvHasEveryNumberUnderItsName()
    {
        string[] flags = ["similarity", "--form", "nt-xent", "--keys", "32,16", "--dim", "8", "--repetitions", "1", "--method", "both", "--format", "csv"];
        (int code, string output, string error) = await Commands.Run(flags);
        Assert.True(code == ExitCode.Ok, error);
        string[][] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(','))];
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));
        string Cell(int row, string column) => lines[row][Array.IndexOf(lines[0], column)];
        Assert.Equal(["16", "16", "32", "32"], Enumerable.Range(1, 4).Select(row => Cell(row, "keys")));
        Assert.Equal(["streaming", "materialised"], [Cell(1, "method"), Cell(2, "method")]);
        Assert.Equal("2", Cell(4, "forward_backward_products"));
        Assert.Equal("exact", Cell(4, "column_truth"));
        Assert.True(double.Parse(Cell(4, "forward_backward_median_seconds"), CultureInfo.InvariantCulture) > 0);
        Assert.InRange(double.Parse(Cell(4, "query_gradient_error"), CultureInfo.InvariantCulture), 0, 1e-5);
    }

    [Fact]
    public void ASignalEndsItBetweenRepetitions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs POSIX signals");
        string[] arguments = [typeof(CommandLine).Assembly.Location, "similarity", "--rows", "64", "--keys", "64,128", "--repetitions", "1000000", "--threads", "1"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Assert.Contains("K = 64, streaming needs", process.StandardError.ReadLine(), StringComparison.Ordinal);
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.Contains("interrupted", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
    }
}
