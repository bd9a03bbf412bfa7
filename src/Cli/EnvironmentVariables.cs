using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Cli;

/// <summary>The environment variables of this program's own name: the help lists these, and any other is warned of.</summary>
internal static class EnvironmentVariables
{
    private const string Prefix = "NEGSAMPLES_";

    /// <summary>What the program reads, and what each is for.</summary>
    public static IReadOnlyList<(string Name, string Use)> OfProgram { get; } =
    [
        (InstructionSets.Variable, "The widest instruction set of the CPU to use: avx512, avx2 or portable."),
        (MachineCodeSupport.Variable, "Whether loops of bf16 are machine code made at start: on, the default, or off; refused does as a system that allows none."),
        (DriverPatience.Variable, "The seconds that NVIDIA's driver is given to answer; 60."),
        (MpiLibrary.Variable, "The path of the launcher's MPI library, or none: each process is one of its own, whatever started it."),
        (NcclLibrary.Variable, "The path of NVIDIA's libnccl.so.2, or none: GPUs exchange by way of host memory."),
    ];

    /// <summary>What tests, and scripts that write pages, read; the programs that they start have these too.</summary>
    public static IReadOnlyList<string> OfTests { get; } =
    [
        "NEGSAMPLES_CIFAR10", "NEGSAMPLES_KERNEL_TABLE", "NEGSAMPLES_MUTATION_READERS", "NEGSAMPLES_MUTATION_SEED", "NEGSAMPLES_SHOW_MEMORY",
        "NEGSAMPLES_TESTS_CHILD", "NEGSAMPLES_WRITE_DOCS",
    ];

    /// <summary>A warning for each variable of this name that nothing reads.</summary>
    /// <param name="names">The names of all variables that are set.</param>
    public static IEnumerable<string> Warnings(IEnumerable<string> names)
    {
        // Windows takes small letters for capital ones.
        StringComparer comparer = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        string[] known = [.. OfProgram.Select(variable => variable.Name)];
        return names.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !known.Concat(OfTests).Contains(name, comparer))
            .Order(StringComparer.Ordinal).Select(name => $"warning: the environment variable {name} is unknown and changes nothing. {Advice(name, known)}");
    }

    private static string Advice(string name, string[] known) =>
        Spelling.Near(name[Prefix.Length..], known.Select(variable => variable[Prefix.Length..])) is { } near ? $"Did you mean {Prefix}{near}?" : $"Known are {string.Join(", ", known)}.";
}
