using System.Runtime.CompilerServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>The beginning and the end of every generated function: one pointer comes in, in rbx, and all registers that a caller wants back are kept.</summary>
/// <remarks>
/// Of the vectors zmm0 to zmm5 and zmm16 to zmm31 are free on every system; Windows wants the lower parts of the others back. The code calls nothing, so that
/// nothing unwinds through it.
/// </remarks>
internal sealed class CodeFrame
{
    private static readonly AssemblerRegister64[] Kept = [rbx, rbp, rsi, rdi, r12, r13, r14, r15];

    /// <summary>The assembler.</summary>
    public Assembler Code { get; } = new(64);

    /// <summary>A vector register.</summary>
    public static AssemblerRegisterZMM Vector(int number) => new(Register.ZMM0 + number);

    /// <summary>All kept registers to the stack, and the argument to rbx, whatever the system's convention.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Begin()
    {
        foreach (AssemblerRegister64 register in Kept) Code.push(register);
        Code.mov(rbx, OperatingSystem.IsWindows() ? rcx : rdi);
    }

    /// <summary>16 numbers of bfloat16 as float32, exactly.</summary>
    public void Widen(AssemblerRegisterZMM target, AssemblerMemoryOperand source)
    {
        Code.vpmovzxwd(target, source);
        Code.vpslld(target, target, 16);
    }

    /// <summary>Back to the caller; the bytes of the whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public byte[] End()
    {
        Code.vzeroupper();
        foreach (AssemblerRegister64 register in Kept.Reverse()) Code.pop(register);
        Code.ret();
        using MemoryStream bytes = new();
        Code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }
}
