using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Cli.Completion;
using NegSamples.Cli.Help;

namespace NegSamples.Tests.Cli.Completion;

public class CompletionScriptTests
{
    public static TheoryData<string> Shells => new(CompletionScript.Names);

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task AScriptHasEveryVerbAndFlagAndIsUnderstood(string shell)
    {
        (int code, string script, _) = await Commands.Run("completion", shell);
        Assert.Equal(ExitCode.Ok, code);
        foreach (VerbHelp verb in VerbHelp.All(Commands.Root()))
        {
            Assert.Contains(verb.Name, script, StringComparison.Ordinal);
            Assert.All(verb.Flags, flag => Assert.Contains(shell == "fish" ? $"-l {flag.Names[0][2..]} " : flag.Names[0], script, StringComparison.Ordinal));
            Assert.All(verb.Flags.SelectMany(flag => flag.Choices), choice => Assert.Contains(choice, script, StringComparison.Ordinal));
        }

        string? program = Find(shell);
        Assert.SkipWhen(program is null, $"{shell} is not on this machine");
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        string[] check = shell == "pwsh" ? ["-NoProfile", "-Command", $". {file}"] : ["-n", file];
        Assert.Equal("", await Output(program, check));
        File.Delete(file);
    }

    [Theory]
    [InlineData("neg", "")]
    [InlineData("negsamples tr", "train")]
    [InlineData("negsamples co", "collision coupon completion")]
    [InlineData("negsamples train --ep", "--epochs")]
    [InlineData("negsamples train --loss s", "single-view supcon sigmoid")]
    [InlineData("negsamples train --loss = su", "supcon")]
    [InlineData("negsamples train --epochs 3 --optimizer ", "larc sgd adamw")]
    [InlineData("negsamples train --epochs ", "")]
    [InlineData("negsamples --quiet eval --protocol p", "plain paper")]
    [InlineData("negsamples completion ", "bash zsh fish pwsh")]
    [InlineData("negsamples --v", "--version --verbose")]
    [InlineData("negsamples train --config FOLDER/se", "FOLDER/set tings.json")]
    [InlineData("negsamples eval FOLDER/r", "FOLDER/run")]
    public async Task BashCompletes(string line, string expected)
    {
        string? bash = Find("bash");
        Assert.SkipWhen(bash is null, "bash is not on this machine");
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.PathOf("run"));
        File.WriteAllText(folder.PathOf("set tings.json"), "{}");
        string script = folder.PathOf("completion.bash");
        File.WriteAllText(script, (await Commands.Run("completion", "bash")).Output);
        string root = Path.GetDirectoryName(script)!;
        string[] words = line.Replace("FOLDER", root, StringComparison.Ordinal).Split(' ');
        string test = $"source '{script}'; COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; COMP_LINE='{line}'; {(words.Length > 1 ? "_negsamples;" : "")} printf '%s\n' \"${{COMPREPLY[@]}}\"";
        string[] found = (await Output(bash, ["--norc", "-c", test])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] wanted = expected.Contains("FOLDER", StringComparison.Ordinal) ? [expected.Replace("FOLDER", root, StringComparison.Ordinal)] : expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AnUnknownShellIsRefused() => Assert.Equal(ExitCode.Usage, (await Commands.Run("completion", "csh")).Code);

    internal static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    internal static async Task<string> Output(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return output;
    }
}
