using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using NegSamples.Cli;
using NegSamples.Files;
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
    [InlineData("--form square", "--form is square; expected one of generic, nt-xent, queue, two-tower, sigmoid")]
    [InlineData("--method magic", "--method is magic; expected one of streaming, materialised, both")]
    [InlineData("--format xml", "--format is xml; expected one of table, json, csv")]
    [InlineData("--device tpu", "--device is tpu; expected one of auto, cpu")]
    [InlineData("--form nt-xent --keys 31", "--keys is 31; expected even numbers")]
    [InlineData("--form nt-xent --rows 8", "--rows has no meaning with --form nt-xent")]
    [InlineData("--form two-tower --rows 8", "--rows has no meaning with --form two-tower")]
    [InlineData("--form sigmoid --method both", "--method is not streaming; --form two-tower and sigmoid have no other")]
    [InlineData("--form sigmoid --bias 2e6", "--bias is 2000000; expected -1000000 to 1000000")]
    [InlineData("--bias -3", "--bias needs --form sigmoid")]
    [InlineData("--loss sigmoid", "--loss needs --queries")]
    [InlineData("--queries q.npy --keys k.npy --form sigmoid", "--form has no meaning with --queries")]
    [InlineData("--queries q.npy", "--keys is missing")]
    [InlineData("--queries q.npy --keys k.npy --bias -3", "--bias has no meaning with --loss info-nce")]
    [InlineData("--queries q.npy --keys k.npy --loss triplet", "--loss is triplet; expected one of info-nce, sigmoid")]
    [InlineData("--plot picture.png", "--plot is picture.png; expected a file that ends in .svg")]
    [InlineData("--plot /dev/null/picture.svg", "--plot is /dev/null/picture.svg, which cannot be written")]
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
        string[] flags = ["similarity", "--form", "nt-xent", "--keys", "32,16", "--dim", "8", "--repetitions", "1", "--method", "both", "--precision", "fp32", "--format", "csv"];
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

    /// <summary>Features of two towers in files: the table, JSON, CSV and the gradients; a file that is not there ends with 3.</summary>
    [Fact]
    public async Task FeaturesInFilesAreMeasured()
    {
        using TemporaryFolder folder = new();
        string queries = folder.PathOf("queries.npy"), keys = folder.PathOf("keys.npy"), gradients = folder.PathOf("gradients");
        Random random = new(3);
        foreach (string file in new[] { queries, keys }) Npy.Write(file, [.. Enumerable.Range(0, 20 * 6).Select(_ => (float)random.NextDouble())], 20, 6);
        string[] towers = ["similarity", "--queries", queries, "--keys", keys, "--threads", "1"];
        (int code, string output, string error) = await Commands.Run([.. towers, "--loss", "sigmoid", "--bias", "-4", "--normalised", "--output", gradients]);
        Assert.True(code == ExitCode.Ok, error);
        foreach (string word in new[] { "sigmoid of", "N = 20, D = 6, T = 0.1, b = -4", "dL/db", "|dq|", "a query finds its key in" }) Assert.Contains(word, output, StringComparison.Ordinal);
        Assert.Contains("they are scaled to unit length", error, StringComparison.Ordinal);
        Assert.Equal([20, 6], Npy.ReadFloats(Path.Combine(gradients, "dk.npy")).Shape);
        (code, output, error) = await Commands.Run([.. towers, "--format", "json"]);
        Assert.True(code == ExitCode.Ok, error);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal("info-nce", report.GetProperty("loss").GetString());
        Assert.True(report.GetProperty("keysToQueries").GetDouble() > 0);
        Assert.Contains("--normalised scales them", error, StringComparison.Ordinal);
        (_, output, _) = await Commands.Run([.. towers, "--format", "csv"]);
        string[][] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => line.Split(','))];
        Assert.Equal((2, lines[0].Length), (lines.Length, lines[1].Length));
        (code, _, error) = await Commands.Run("similarity", "--queries", queries, "--keys", folder.PathOf("none.npy"));
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("none.npy does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASignalEndsItBetweenRepetitions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "needs POSIX signals");
        using Process process = Commands.Start("similarity", "--rows", "64", "--keys", "64,128", "--repetitions", "1000000", "--threads", "1");
        Assert.Contains("K = 64, streaming needs", await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Task<string> rest = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (!process.WaitForExit(TimeSpan.FromMinutes(1)))
        {
            process.Kill();
            Assert.Fail($"The program still measures a minute after the signal. {await rest}");
        }

        Assert.Contains("interrupted", await rest, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Interrupted, process.ExitCode);
    }
}
