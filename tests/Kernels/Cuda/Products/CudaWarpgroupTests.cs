using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

/// <summary>Products and convolutions on the tensor cores of compute capability 9.0, by the same checks as those of single warps.</summary>
public class CudaWarpgroupTests
{
    private static readonly Type[] Forms = [typeof(WarpgroupSquare), typeof(WarpgroupTall), typeof(WarpgroupWide), typeof(WarpgroupLarge)];

    /// <summary>Two blocks of 128 x 128, ragged, of a depth that is split; one of 256 x 64; one of 64 x 256; two of 128 x 256.</summary>
    [Theory]
    [InlineData(250, 70, 650, nameof(WarpgroupSquare))]
    [InlineData(250, 60, 72, nameof(WarpgroupTall))]
    [InlineData(60, 250, 72, nameof(WarpgroupWide))]
    [InlineData(250, 200, 330, nameof(WarpgroupLarge))]
    public void ProductsMatchTheDefinitionAndTheCpu(int m, int n, int k, string form)
    {
        using CudaRig rig = Rig();
        for (int i = 0; i < 4; i++)
        {
            (ElementType operands, ElementType result) = i == 1 ? (ElementType.Float32, ElementType.Float32) : (ElementType.BFloat16, ElementType.BFloat16);
            CudaMatMulTests.Check(rig, m, n, k, transposeA: i % 2 == 1, transposeB: i > 1, accumulate: i is 1 or 2, operands, operands, result);
        }

        Assert.Equal([form], Arithmetics(rig, "MatMulKernel"));
    }

    [Theory]
    [InlineData(3, 8, 9, 24, 72, 3, 1, nameof(WarpgroupSquare), nameof(WarpgroupTall), nameof(WarpgroupLarge))]
    [InlineData(8, 9, 8, 12, 40, 3, 2, nameof(WarpgroupTall), nameof(WarpgroupTall), nameof(WarpgroupWide))]
    [InlineData(2, 9, 9, 16, 200, 1, 1, nameof(WarpgroupLarge), nameof(WarpgroupTall), nameof(WarpgroupTall))]
    internal void ConvolutionsMatchTheDefinitionAndTheCpu(int n, int h, int w, int c, int o, int kernel, int stride, string forward, string byInput, string byWeight)
    {
        CudaConv2dTests.Case shape = new(n, h, w, c, o, kernel, kernel, stride, 1);
        using CudaRig rig = Rig(), back = Rig();
        shape.CheckForward(rig);
        Assert.Equal([forward], Arithmetics(rig, "ConvolutionKernel"));
        shape.CheckGradients(back, accumulate: stride == 2);
        Assert.Contains(byInput, Arithmetics(back, "ConvolutionKernel"));
        Assert.Equal([byWeight], Arithmetics(back, "WeightGradientKernel"));
    }

    /// <summary>One thing broken in the text of a product, which the sanitizer of the interpreter finds.</summary>
    [Theory]
    [InlineData(@"fence\.proxy\.async[^;]*;", "", FindingKind.ProxyFence)]
    [InlineData(@"wgmma\.fence[^;]*;", "", FindingKind.MatrixRegisters)]
    [InlineData(@"wgmma\.wait_group[^;]*;", "", FindingKind.SharedRace)]
    [InlineData(@"bar\.sync\s+0;", "", FindingKind.SharedRace)]
    [InlineData(@"cp\.async\.wait_group 1;", "", FindingKind.AsyncCopyRead)]
    internal void AHazardIsFound(string pattern, string replacement, FindingKind found)
    {
        int edits = 0;
        using CudaRig rig = Rig(Editing(pattern, replacement, () => edits++), failOnFindings: false);
        Tensor a = rig.Random(ElementType.BFloat16, 128, 320), b = rig.Random(ElementType.BFloat16, 128, 320), c = rig.Unwritten(ElementType.BFloat16, 128, 128);
        rig.Ops.MatMul(a, b, c, transposeB: true);
        Assert.NotEqual(0, edits);
        Assert.Contains(rig.Device.Reports, report => report.Findings.Any(finding => finding.Kind == found));
    }

    /// <summary>The swizzle, the rows' stride, the panels' distance, a step of the depth, what is turned, and a sum's place.</summary>
    [Theory]
    [InlineData("4611686293305360384", "-9223371761976803328", false)] // 128 bytes to 64.
    [InlineData("4611686293305360384", "4611686155866406912", false)]
    [InlineData("4611686293338849280", "4611686293322072064", true)]
    [InlineData(@"%left, 4;", "%left, 2;", false)]
    [InlineData(@"1, 1, 1, 1, 1;", "1, 1, 1, 0, 1;", true)]
    [InlineData(@"\[%at\+2048\], \{%acc2, %acc3\}", "[%at+2048], {%acc3, %acc2}", false)]
    internal void AWrongNumberIsSeen(string pattern, string replacement, bool strided)
    {
        int edits = 0;
        using CudaRig rig = Rig(Editing(pattern, replacement, () => edits++));
        Assert.ThrowsAny<Exception>(() => CudaMatMulTests.Check(
            rig, 128, 128, 64, strided, !strided, false, ElementType.BFloat16, ElementType.BFloat16, ElementType.BFloat16));
        Assert.NotEqual(0, edits);
    }

    [Fact]
    public void ADeviceWithoutThemTakesThoseOfSingleWarps()
    {
        using InterpretedDevice device = new() { Processors = 1, Warpgroups = false };
        using CudaOps ops = new(device, Precision.BFloat16, MatrixKernels.Wgmma);
        Assert.Equal(MatrixKernels.Mma, ops.MatrixKernels);
    }

    /// <summary>The assembler knows the text, keeps everything in registers, and does not make products wait for each other.</summary>
    [Theory]
    [InlineData(nameof(WarpgroupSquare))]
    [InlineData(nameof(WarpgroupTall))]
    [InlineData(nameof(WarpgroupWide))]
    [InlineData(nameof(WarpgroupLarge))]
    public void AssemblesWithoutSpillsAndWithoutWaits(string form)
    {
        Assert.SkipUnless(Assembler.ForWarpgroups is not null, "ptxas of CUDA 12 is not on the path.");
        Type arithmetic = Forms.Single(type => type.Name == form);
        MethodInfo multiply = typeof(CudaOps).GetMethod("MatMulKernel", BindingFlags.NonPublic | BindingFlags.Static)!;
        MethodInfo[] kernels =
        [
            multiply.MakeGenericMethod(arithmetic, typeof(ContiguousDepth), typeof(ContiguousDepth), typeof(BFloat16Element)),
            multiply.MakeGenericMethod(arithmetic, typeof(ContiguousDepth), typeof(StridedDepth), typeof(BFloat16Element)),
            multiply.MakeGenericMethod(arithmetic, typeof(StridedDepth), typeof(StridedDepth), typeof(Float32Element)),
            typeof(ConvolutionKernels).GetMethod("ConvolutionKernel")!.MakeGenericMethod(arithmetic, typeof(BFloat16Element)),
            typeof(ConvolutionKernels).GetMethod("WeightGradientKernel")!.MakeGenericMethod(arithmetic),
        ];
        foreach (MethodInfo kernel in kernels)
        {
            string ptx = KernelCompiler.Compile(kernel), said = Assembler.Assemble(ptx, "sm_90a", Assembler.ForWarpgroups!);
            Assert.Contains(".target sm_90a", ptx, StringComparison.Ordinal);
            Assert.Contains(".version 8.0", ptx, StringComparison.Ordinal);
            Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Performance Loss", said, StringComparison.Ordinal); // "wgmma.mma_async instructions are serialized"
            Assert.InRange(int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value, CultureInfo.InvariantCulture), 128, 255);
        }
    }

    /// <summary>One multiprocessor: no tile is too large for it.</summary>
    private static CudaRig Rig(Func<string, string>? edit = null, bool failOnFindings = true) =>
        new(Precision.BFloat16, failOnFindings, edit, multiprocessors: 1, kernels: MatrixKernels.Wgmma);

    /// <summary>The arithmetics of all launches of a kernel.</summary>
    private static IEnumerable<string> Arithmetics(CudaRig rig, string kernel) =>
        rig.Device.Launches.Where(launch => launch.Kernel.Name == kernel).Select(launch => launch.Kernel.GetGenericArguments()[0].Name).Distinct();

    private static Func<string, string> Editing(string pattern, string replacement, Action edited) => ptx =>
        !ptx.Contains("wgmma.", StringComparison.Ordinal) ? ptx : Regex.Replace(ptx, pattern, match =>
        {
            edited();
            return match.Result(replacement);
        });
}
