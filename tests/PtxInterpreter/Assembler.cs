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

/// <summary>One of NVIDIA's assemblers.</summary>
/// <param name="Version">"12.4".</param>
/// <param name="Path">The program.</param>
/// <param name="Disassembler">nvdisasm beside it, or null.</param>
internal sealed record AssemblerProgram(string Version, string Path, string? Disassembler);

/// <summary>NVIDIA's assemblers, as many as are on the path: what they refuse, no driver loads.</summary>
internal static partial class Assembler
{
    private static readonly Lazy<IReadOnlyList<AssemblerProgram>> OnPath = new(() => [.. Find()]);

    /// <summary>The architectures of GPUs that the engine runs on.</summary>
    public static IReadOnlyList<string> Architectures { get; } = ["sm_80", "sm_86", "sm_89", "sm_90"];

    /// <summary>All of different versions, in the order of the path.</summary>
    public static IReadOnlyList<AssemblerProgram> Programs => OnPath.Value;

    public static bool IsPresent => Programs.Count > 0;

    /// <summary>The first that reads PTX ISA 8.0 and knows sm_90a, which is of CUDA 12 or later; null where there is none.</summary>
    public static AssemblerProgram? ForWarpgroups => Programs.FirstOrDefault(program => !program.Version.StartsWith("11.", StringComparison.Ordinal));

    /// <summary>Assembles for Hopper and returns what the first assembler says of registers, stack and spills; refused text fails the test.</summary>
    public static string Assemble(string ptx) => Assemble(ptx, "sm_90", Programs[0]);

    /// <summary>What an assembler says of a text.</summary>
    public static string Assemble(string ptx, string architecture, AssemblerProgram program) =>
        Run(program, ptx, architecture, OperatingSystem.IsWindows() ? "NUL" : "/dev/null");

    /// <summary>Assembles one kernel.</summary>
    /// <param name="ptx">The text of a module with one entry.</param>
    /// <param name="architecture">One of <see cref="Architectures"/>.</param>
    /// <param name="program">The assembler.</param>
    /// <param name="disassemble">Whether to return the machine code too, where nvdisasm is beside the assembler.</param>
    public static AssembledKernel Read(string ptx, string architecture, AssemblerProgram program, bool disassemble = false)
    {
        string binary = Path.GetTempFileName();
        try
        {
            string words = Run(program, ptx, architecture, binary);
            string code = disassemble && program.Disassembler is not null ? Output(program.Disassembler, "-c", binary) : "";
            return new(
                Number(words, UsedRegisters()), words.Split('\n').Where(line => line.Contains("stack frame", StringComparison.Ordinal)).Sum(line => Number(line, Stack())),
                words.Split('\n').Sum(line => Number(line, SpillStores()) + Number(line, SpillLoads())), Number(words, Shared()), code);
        }
        finally
        {
            File.Delete(binary);
        }
    }

    private static string Run(AssemblerProgram program, string ptx, string architecture, string output)
    {
        string source = Path.GetTempFileName();
        try
        {
            File.WriteAllText(source, ptx);
            return Output(program.Path, "-v", "-arch=" + architecture, source, "-o", output);
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

    private static IEnumerable<AssemblerProgram> Find()
    {
        string ending = OperatingSystem.IsWindows() ? ".exe" : "";
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, "ptxas" + ending)).Where(File.Exists).Select(path =>
        {
            string disassembler = Path.Combine(Path.GetDirectoryName(path)!, "nvdisasm" + ending);
            return new AssemblerProgram(Release().Match(Output(path, "--version")).Groups[1].Value, path, File.Exists(disassembler) ? disassembler : null);
        }).DistinctBy(program => program.Version);
    }

    private static int Number(string text, Regex pattern) => pattern.Match(text) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"release (\d+\.\d+)")]
    private static partial Regex Release();

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
