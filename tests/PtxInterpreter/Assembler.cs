using System.Diagnostics;

namespace NegSamples.Tests.PtxInterpreter;

/// <summary>NVIDIA's assembler, where it is on the path: what it refuses, no driver loads.</summary>
internal static class Assembler
{
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "ptxas.exe" : "ptxas")).FirstOrDefault(File.Exists);

    public static bool IsPresent => Program is not null;

    /// <summary>Assembles for Hopper and returns what the assembler says of registers, stack and spills; refused text fails the test.</summary>
    public static string Assemble(string ptx)
    {
        string source = Path.GetTempFileName();
        try
        {
            File.WriteAllText(source, ptx);
            ProcessStartInfo start = new(Program!) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (string argument in new[] { "-v", "-arch=sm_90", source, "-o", OperatingSystem.IsWindows() ? "NUL" : "/dev/null" }) start.ArgumentList.Add(argument);
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, output);
            return output;
        }
        finally
        {
            File.Delete(source);
        }
    }
}
