using System.Diagnostics;
using NegSamples.Training;

namespace NegSamples.Tests.Training;

/// <summary>What is printed as a command can be given to a shell.</summary>
public class ShellWordTests
{
    [Theory]
    [InlineData("runs/a")]
    [InlineData("a b")]
    [InlineData("it's")]
    [InlineData("$HOME `id` \"x\" ~ * ; & | < > ( ) ! # \\")]
    [InlineData("two\nlines")]
    [InlineData("")]
    public void AShellReadsTheWordBack(string word)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"printf %s {ShellWord.Of(word)}"]) { RedirectStandardOutput = true })!;
        Assert.Equal(word, shell.StandardOutput.ReadToEnd());
        shell.WaitForExit();
    }

    [Theory]
    [InlineData("-r", "./-r")]
    [InlineData("--data x", "'./--data x'")]
    [InlineData("runs/-r", "runs/-r")]
    public void APathIsNoFlag(string path, string word) => Assert.Equal(word, ShellWord.OfPath(path));
}
