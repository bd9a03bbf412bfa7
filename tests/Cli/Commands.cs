using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>Runs commands of the program in this process.</summary>
internal static class Commands
{
    public static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>The verbs that the help lists.</summary>
    public static async Task<IReadOnlyList<string>> Verbs()
    {
        string help = (await Run("--help")).Output;
        string[] verbs = [.. help[help.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Length > 2 && line.StartsWith("  ", StringComparison.Ordinal)
            && char.IsAsciiLetter(line[2])).Select(line => line.Trim().Split(' ')[0])];
        Assert.True(verbs.Length > 12, help);
        return verbs;
    }
}
