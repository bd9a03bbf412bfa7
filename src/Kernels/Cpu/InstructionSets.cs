using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>Which SIMD width the kernels use, chosen once when the program starts.</summary>
/// <remarks>
/// The environment variable NEGSAMPLES_ISA = avx512 | avx2 | portable asks for a narrower one than the machine has; .NET's own switches
/// (DOTNET_EnableAVX512=0, DOTNET_EnableAVX2=0) do the same one level lower. "portable" is 128-bit vectors without multiply-add.
/// </remarks>
internal static class InstructionSets
{
    /// <summary>The environment variable that asks for a narrower set.</summary>
    public const string Variable = "NEGSAMPLES_ISA";

    /// <summary>The chosen set.</summary>
    public static readonly InstructionSet Chosen = Choose(Environment.GetEnvironmentVariable(Variable));

    /// <summary>The widest set that the machine has and the text allows.</summary>
    public static InstructionSet Choose(string? asked)
    {
        InstructionSet widest = Avx512F.IsSupported ? InstructionSet.Avx512
            : Avx2.IsSupported && Fma.IsSupported ? InstructionSet.Avx2
            : InstructionSet.Portable;
        InstructionSet wanted = asked?.ToLowerInvariant() switch
        {
            null or "" => widest,
            "avx512" => InstructionSet.Avx512,
            "avx2" => InstructionSet.Avx2,
            "portable" => InstructionSet.Portable,
            _ => throw new ArgumentException($"{Variable} is '{asked}'; expected avx512, avx2 or portable."),
        };
        return wanted < widest ? wanted : widest;
    }
}

/// <summary>SIMD widths, narrow to wide.</summary>
internal enum InstructionSet
{
    /// <summary>128-bit vectors, no multiply-add: any machine.</summary>
    Portable,

    /// <summary>256-bit vectors with multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors with multiply-add.</summary>
    Avx512,
}
