using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>Whether machine code made at start can run here: what decides between it and its portable twins.</summary>
/// <remarks>
/// .NET has no intrinsics for AVX512_BF16 (VDPBF16PS, VCVTNEPS2BF16), which servers have had since Cooper Lake and Zen 4. The environment variable
/// NEGSAMPLES_MACHINE_CODE = off takes the twins, = refused does as a system that gives no executable pages, = on is the default.
/// </remarks>
internal static class MachineCodeSupport
{
    /// <summary>The environment variable that does without.</summary>
    public const string Variable = "NEGSAMPLES_MACHINE_CODE";

    private static readonly Lazy<string> Found = new(() => Look(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>Why no machine code runs; empty where it does. Asked once, when a bfloat16 kernel is first wanted.</summary>
    public static string Reason => Found.Value;

    /// <summary>Whether the processor multiplies bfloat16 and the system lets generated code run.</summary>
    public static bool IsThere => Reason.Length == 0;

    /// <summary>Whether the processor has the instructions, whatever the system allows.</summary>
    /// <remarks>CPUID leaf 7, sub-leaf 1, bit 5 of EAX. That the system keeps the registers is what Avx512F.IsSupported has asked already.</remarks>
    public static bool HasInstructions =>
        InstructionSets.Chosen == InstructionSet.Avx512 && X86Base.X64.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= 1
        && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>The reason for a value of <see cref="Variable"/>.</summary>
    public static string Look(string? asked)
    {
        switch (asked?.ToLowerInvariant())
        {
            case null or "" or "on": break;
            case "off": return $"{Variable} is off";
            case "refused": return "the system refuses executable pages";
            default: throw new ArgumentException($"{Variable} is '{asked}'; expected on, off or refused.");
        }

        if (!HasInstructions) return "the processor has no instructions for bf16 (AVX512_BF16)";
        _ = ExecutableCode.Place([0xC3], out string reason); // ret
        return reason;
    }
}
