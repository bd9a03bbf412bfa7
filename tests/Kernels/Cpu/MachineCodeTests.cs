using Iced.Intel;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Generated code, read back by the disassembler, on machines that could not run it too.</summary>
public sealed class MachineCodeTests
{
    public static TheoryData<string> Names => [.. All.Keys];

    private static readonly Dictionary<string, byte[]> All = new()
    {
        ["rows"] = TileWriter.RowsTimesPanel(false), ["rows, added"] = TileWriter.RowsTimesPanel(true),
        ["strip"] = TileWriter.StripTimesPanel(false), ["strip, added"] = TileWriter.StripTimesPanel(true), ["peak"] = TileWriter.Peak(),
        ["strip, rounded"] = TileWriter.StripTimesPanelRounded(false), ["strip and sums, rounded"] = TileWriter.StripTimesPanelRounded(true),
        ["inputs of tiles"] = TransformWriter.Inputs(), ["gradients of tiles"] = TransformWriter.Gradients(),
        ["rows, rounded"] = TileWriter.RowsTimesPanelRounded(false, false), ["rows, rounded, added"] = TileWriter.RowsTimesPanelRounded(false, true),
        ["sums, rounded"] = TileWriter.RowsTimesPanelRounded(true, false), ["sums, rounded, added"] = TileWriter.RowsTimesPanelRounded(true, true),
        ["many rows"] = TileWriter.ManyRowsTimesPanel(), ["winograd input"] = TileWriter.WinogradInput(),
        ["winograd output"] = TileWriter.WinogradOutput(false), ["winograd output, added"] = TileWriter.WinogradOutput(true),
        ["exponentials"] = TileWriter.Exponentials(ExponentialForm.Sums), ["exponentials, weights"] = TileWriter.Exponentials(ExponentialForm.Weights),
        ["exponentials, both sums"] = TileWriter.Exponentials(ExponentialForm.Symmetric),
        ["exponentials, both sums, weights"] = TileWriter.Exponentials(ExponentialForm.Symmetric | ExponentialForm.Weights),
        ["rounding"] = TileWriter.Round(), ["rounding of pairs"] = TileWriter.RoundPairs(),
    };

    /// <summary>Nothing is called, every register that a caller wants back is kept, the stack ends where it began, jumps stay inside.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void KeepsWhatTheCallerWantsBack(string name)
    {
        Instruction[] code = Disassemble(All[name]);
        Assert.DoesNotContain(code, instruction => instruction.IsInvalid);
        Assert.Equal(Code.Retnq, code[^1].Code);
        Assert.Single(code, instruction => instruction.FlowControl == FlowControl.Return);
        Assert.DoesNotContain(code, instruction => instruction.FlowControl is FlowControl.Call or FlowControl.IndirectCall or FlowControl.IndirectBranch);
        foreach (Instruction jump in code.Where(instruction => instruction.FlowControl == FlowControl.ConditionalBranch))
            Assert.Contains(code, target => target.IP == jump.NearBranchTarget);

        // The callers of one convention or the other want these back; of vectors only xmm6 to xmm15, and the upper halves clean.
        Register[] pushed = [.. code.Where(instruction => instruction.Mnemonic == Mnemonic.Push).Select(instruction => instruction.Op0Register)];
        Register[] popped = [.. code.Where(instruction => instruction.Mnemonic == Mnemonic.Pop).Select(instruction => instruction.Op0Register)];
        Assert.Equal(pushed, popped.Reverse());
        Assert.Contains(code, instruction => instruction.Mnemonic == Mnemonic.Vzeroupper);
        InstructionInfoFactory factory = new();
        HashSet<Register> written = [];
        foreach (Instruction instruction in code)
        {
            if (instruction.Mnemonic is Mnemonic.Push or Mnemonic.Pop or Mnemonic.Ret) continue;
            foreach (UsedRegister used in factory.GetInfo(instruction).GetUsedRegisters())
            {
                if (used.Access is OpAccess.Read or OpAccess.CondRead) continue;
                if (instruction.Mnemonic != Mnemonic.Vzeroupper) written.Add(used.Register.GetFullRegister());
            }
        }

        Register[] wanted = [Register.RBX, Register.RBP, Register.RSI, Register.RDI, Register.R12, Register.R13, Register.R14, Register.R15];
        Assert.Empty(written.Intersect(wanted).Except(pushed));
        Assert.DoesNotContain(Register.RSP, written);
        Assert.DoesNotContain(written, register => register is >= Register.ZMM6 and <= Register.ZMM15);
    }

    /// <summary>The loop over k: one product for each of 16 sums, two loads of the panel, a broadcast for each row.</summary>
    [Theory]
    [InlineData("rows")]
    [InlineData("strip, added")]
    [InlineData("rows, rounded")]
    [InlineData("many rows")]
    public void AWordOfKIsSixteenProducts(string name)
    {
        Instruction[] code = Disassemble(All[name]);
        Instruction[] products = [.. code.Where(instruction => instruction.Mnemonic == Mnemonic.Vdpbf16ps)];
        Assert.Equal(MicroKernel.TileRows * MicroKernel.TileColumns / 16, products.Length);
        Assert.Equal(products.Length, products.Select(product => product.Op0Register).Distinct().Count());
        Assert.Equal(MicroKernel.TileRows, code.Count(instruction => instruction.Mnemonic == Mnemonic.Vpbroadcastd));
        Assert.Equal(name.Contains("added") ? products.Length : 0, code.Count(instruction => instruction.Mnemonic == Mnemonic.Vaddps));
    }

    [Fact]
    public void WhatTheVariableForbidsDoesNotRun()
    {
        Assert.Equal("NEGSAMPLES_MACHINE_CODE is off", MachineCodeSupport.Look("off"));
        Assert.Equal("the system refuses executable pages", MachineCodeSupport.Look("refused"));
        Assert.Equal(MachineCodeSupport.HasInstructions ? "" : "the processor has no instructions for it (AVX512_BF16)", MachineCodeSupport.Look(null));
        Assert.Contains("on, off or refused", Assert.Throws<ArgumentException>(() => MachineCodeSupport.Look("maybe")).Message);
    }

    private static Instruction[] Disassemble(byte[] bytes)
    {
        Decoder decoder = Decoder.Create(64, bytes);
        List<Instruction> code = [];
        while (decoder.IP < (ulong)bytes.Length) code.Add(decoder.Decode());
        return [.. code];
    }
}
