using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NegSamples.PtxInterpreter;

/// <summary>What the assembler made of one kernel.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="StackBytes">Bytes of a thread's stack frame.</param>
/// <param name="SpillBytes">Bytes of registers stored and loaded again for want of room.</param>
/// <param name="SharedBytes">Bytes of static shared memory of a block.</param>
/// <param name="Code">The machine code as text; empty where it was not asked for.</param>
internal sealed record AssembledKernel(int Registers, int StackBytes, int SpillBytes, int SharedBytes, string Code)
{
    /// <summary>How many machine instructions start with a name, such as HMMA, LDSM, LDGSTS.</summary>
    public int Count(string instruction) => Regex.Count(Code, $@"[\s;}}]{instruction}[\s.]");
}

/// <summary>NVIDIA's assembler, where it is on the path: what it refuses, no driver loads.</summary>
internal static partial class Assembler
{
    private static readonly string? Program = Find("ptxas"), Disassembler = Find("nvdisasm");

    public static bool IsPresent => Program is not null;

    /// <summary>Whether it reads PTX ISA 8.0 and knows sm_90a: the assembler of CUDA 12.</summary>
    public static bool KnowsWarpgroups { get; } = Program is not null && !Output(Program, "--version").Contains("release 11.", StringComparison.Ordinal);

    /// <summary>Assembles for Hopper and returns what the assembler says of registers, stack and spills; refused text fails the test.</summary>
    public static string Assemble(string ptx, string architecture = "sm_90") => Run(ptx, architecture, OperatingSystem.IsWindows() ? "NUL" : "/dev/null");

    /// <summary>Assembles one kernel.</summary>
    /// <param name="ptx">The text of a module with one entry.</param>
    /// <param name="architecture">"sm_80" or "sm_90".</param>
    /// <param name="disassemble">Whether to return the machine code too, where nvdisasm is on the path.</param>
    public static AssembledKernel Read(string ptx, string architecture, bool disassemble = false)
    {
        string binary = Path.GetTempFileName();
        try
        {
            string words = Run(ptx, architecture, binary);
            string code = disassemble && Disassembler is not null ? Output(Disassembler, "-c", binary) : "";
            return new(
                Number(words, UsedRegisters()), words.Split('\n').Where(line => line.Contains("stack frame", StringComparison.Ordinal)).Sum(line => Number(line, Stack())),
                words.Split('\n').Sum(line => Number(line, SpillStores()) + Number(line, SpillLoads())), Number(words, Shared()), code);
        }
        finally
        {
            File.Delete(binary);
        }
    }

    private static string Run(string ptx, string architecture, string output)
    {
        string source = Path.GetTempFileName();
        try
        {
            File.WriteAllText(source, ptx);
            return Output(Program!, "-v", "-arch=" + architecture, source, "-o", output);
        }
        finally
        {
            File.Delete(source);
        }
    }

    private static string Output(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException(output);
        return output;
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)).FirstOrDefault(File.Exists);

    private static int Number(string text, Regex pattern) => pattern.Match(text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex UsedRegisters();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();
}
