using NegSamples.Cli;
using NegSamples.Report;

namespace NegSamples.Tests.Cli;

public class FullOutputTests
{
    [Fact]
    public async Task AVerbWhoseResultIsTheOutputFailsWhereItCannotBeWritten()
    {
        StringWriter error = new();
        using FullWriter full = new();
        Assert.Equal(ExitCode.Failure, await CommandLine.RunAsync(["coupon", "--classes", "3", "--draws", "4"], full, error));
        Assert.Contains("standard output could not be written: disk full", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AClosedErrorStreamChangesNoExitCode()
    {
        using FullWriter full = new();
        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(["coupon", "--classes", "0"], TextWriter.Null, full));
        Assert.Equal(ExitCode.Usage, await CommandLine.RunAsync(["coupom"], full, full));
    }

    [Theory]
    [InlineData("a\u001b[31mb", "a\\x1b[31mb")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("a\nb", "a\\x0ab")]
    [InlineData("naïve \U0001F600", "naïve \U0001F600")]
    public void ControlCharactersAreShownAsEscapes(string text, string shown) => Assert.Equal(shown, Harmless.Text(text));

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("disk full");

        public override void Write(string? value) => throw new IOException("disk full");

        public override void Write(char[] buffer, int index, int count) => throw new IOException("disk full");
    }
}
