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
}
