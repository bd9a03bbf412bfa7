using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

/// <summary>Each breaks one thing in the text of a kernel and sees the check of the whole kernel fail: what these tests could not find, they do not test.</summary>
public class CudaBrokenProductTests
{
    /// <summary>What is edited, by what, and which precision: wrong numbers.</summary>
    public static TheoryData<Precision, string, string> WrongNumbers => new()
    {
        { Precision.BFloat16, @"\{%b0, %b1\}", "{%b1, %b0}" },
        { Precision.BFloat16, @"xor\.b32 %at0, %left, 32", "xor.b32 %at0, %left, 64" },
        { Precision.BFloat16, @"\[%at0\+2048\]", "[%at0+4096]" },
        { Precision.BFloat16, @"%word1,(\s+)(%f\d+),(\s+)(%f\d+)", "%word1, $4, $2" },
        { Precision.TensorFloat32, @"cvt\.rna\.tf32\.f32 %a5, %a5;", "neg.f32 %a5, %a5;" },
        { Precision.Float32, @"fma\.rn\.f32 %acc77, %a16, %b0, %acc77", "fma.rn.f32 %acc77, %a20, %b0, %acc77" },
    };

    [Theory, MemberData(nameof(WrongNumbers))]
    public void AWrongNumberIsSeen(Precision precision, string pattern, string replacement)
    {
        using CudaRig rig = new(precision, edit: Editing("MatMulKernel", pattern, replacement, out Func<int> edits));
        ElementType type = rig.Ops.ActivationType;
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CudaMatMulTests.Check(rig, 64, 64, 64, false, true, false, type, type, type));
        Assert.NotEqual(0, edits());
    }

    /// <summary>A barrier, and a wait for copies, in the loop over the depth; and the bound of a copy.</summary>
    [Theory]
    [InlineData(@"bar\.sync\s+0;", "", FindingKind.SharedRace)]
    [InlineData(@"cp\.async\.wait_group 1;", "", FindingKind.AsyncCopyRead)]
    [InlineData(@"\], 16, %r\d+; \}", "], 16; }", FindingKind.OutOfBounds)]
    internal void AHazardIsFound(string pattern, string replacement, FindingKind found)
    {
        using CudaRig rig = new(Precision.BFloat16, failOnFindings: false, edit: Editing("MatMulKernel", pattern, replacement, out Func<int> edits));
        Tensor a = rig.Random(ElementType.BFloat16, 100, 200), b = rig.Random(ElementType.BFloat16, 100, 200), c = rig.Unwritten(ElementType.BFloat16, 100, 100);
        rig.Ops.MatMul(a, b, c, transposeB: true);
        Assert.NotEqual(0, edits());
        Assert.Contains(rig.Device.Reports, report => report.Findings.Any(finding => finding.Kind == found));
    }

    [Theory]
    [InlineData(Precision.BFloat16, @"selp\.b32 %size, 16, 0, %inside;", "mov.u32 %size, 16;")]
    [InlineData(Precision.TensorFloat32, @"\{%b14, %b15\}", "{%b15, %b14}")]
    internal void AWrongConvolutionIsSeen(Precision precision, string pattern, string replacement)
    {
        using CudaRig rig = new(precision, edit: Editing("ConvolutionKernel", pattern, replacement, out Func<int> edits));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => new CudaConv2dTests.Case(1, 6, 6, 8, 64, 3, 3, 1, 1).CheckForward(rig));
        Assert.NotEqual(0, edits());
    }

    [Fact]
    public void AMergeThatForgetsAPartIsSeen()
    {
        using CudaRig rig = new(Precision.Float32, edit: Editing("MergeKernel", @"setp\.lt\.s32\s+(%p\d+), (%r\d+), (%r\d+);\s*@", "setp.lt.s32 $1, $2, 1; @", out Func<int> edits));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CudaMatMulTests.Check(rig, 8, 8, 650, false, true, false, ElementType.Float32, ElementType.Float32, ElementType.Float32));
        Assert.NotEqual(0, edits());
    }

    private static Func<string, string> Editing(string kernel, string pattern, string replacement, out Func<int> edits)
    {
        int count = 0;
        edits = () => count;
        return ptx =>
        {
            if (!ptx.Contains("Kernel_" + kernel, StringComparison.Ordinal)) return ptx;
            return Regex.Replace(ptx, pattern, match =>
            {
                count++;
                return match.Result(replacement);
            });
        };
    }
}
