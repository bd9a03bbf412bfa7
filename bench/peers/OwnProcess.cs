using System.Diagnostics;

namespace NegSamples.Peers;

/// <summary>This program once more, as a process of its own: one that has held little memory before, and whose end is not ours.</summary>
internal static class OwnProcess
{
    /// <summary>Runs it to its end; its exit code and what it printed.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static (int Code, string Output) Run(params string[] arguments)
    {
        string[] command = [Environment.GetCommandLineArgs()[0], .. arguments];
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, isHosted ? command : arguments) { RedirectStandardOutput = true })!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
