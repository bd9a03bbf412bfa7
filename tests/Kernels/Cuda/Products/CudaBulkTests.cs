using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

/// <summary>Products whose panels the copy engine brings, by the same checks as those whose threads copy.</summary>
public class CudaBulkTests
{
    private const string Kernel = "MatMulBulkKernel";

    /// <summary>Ragged rows, columns and depth, which is split where it is long; more steps than stages, so that each is written over; in each tile.</summary>
    [Theory]
    [InlineData(250, 200, 330, nameof(WarpgroupLarge))]
    [InlineData(128, 256, 64, nameof(WarpgroupLarge))]
    [InlineData(250, 250, 1100, nameof(WarpgroupLarge))]
    [InlineData(250, 200, 7, nameof(WarpgroupLarge))]
    [InlineData(250, 70, 650, nameof(WarpgroupSquare))]
    [InlineData(250, 60, 330, nameof(WarpgroupTall))]
    [InlineData(60, 250, 330, nameof(WarpgroupWide))]
    public void ProductsMatchTheDefinitionAndTheCpu(int m, int n, int k, string form)
    {
        using CudaRig rig = Rig();
        for (int i = 0; i < 4; i++)
        {
            (ElementType operands, ElementType result) = i == 1 ? (ElementType.Float32, ElementType.Float32) : (ElementType.BFloat16, ElementType.BFloat16);
            CudaMatMulTests.Check(rig, m, n, k, transposeA: i % 2 == 1, transposeB: i > 1, accumulate: i is 1 or 2, operands, operands, result);
        }

        Assert.Equal([(Kernel, form)], Launched(rig, "MatMul"));
    }

    /// <summary>
    /// Channels of whole steps, for whose windows 64 pixels go over lines and images; strides, whose gradients have phases with other first windows; one tap; an even
    /// window; weights that are not whole tiles.
    /// </summary>
    [Theory]
    [InlineData(3, 8, 9, 64, 72, 3, 1, 0, nameof(WarpgroupSquare))]
    [InlineData(2, 9, 8, 128, 64, 3, 2, 2, nameof(WarpgroupTall))]
    [InlineData(2, 9, 9, 64, 192, 1, 1, 1, nameof(WarpgroupLarge))]
    [InlineData(2, 7, 6, 64, 128, 2, 2, 3, nameof(WarpgroupWide))]
    internal void ConvolutionsMatchTheDefinitionAndTheCpu(int n, int h, int w, int c, int o, int kernel, int stride, int tile, string form)
    {
        CudaConv2dTests.Case shape = new(n, h, w, c, o, kernel, kernel, stride, 1);
        using CudaRig rig = Rig(), back = Rig();
        rig.Ops.ProductTile = back.Ops.ProductTile = rig.Ops.ProductTiles[tile];
        shape.CheckForward(rig);
        Assert.Equal([("ConvolutionBulkKernel", form)], Launched(rig, "Convolution"));
        shape.CheckGradients(back, accumulate: stride == 2);
        Assert.Equal([("WeightGradientBulkKernel", form)], Launched(back, "WeightGradient"));
        Assert.Equal([(o % 64 == 0 ? "ConvolutionBulkKernel" : "ConvolutionKernel", form)], Launched(back, "Convolution")); // Channels of dy.
    }

    /// <summary>The sums have the order of those whose threads copy.</summary>
    [Fact]
    public void TheBitsAreThoseOfWarpgroups()
    {
        List<float[]> results = [];
        foreach (MatrixKernels kernels in new[] { MatrixKernels.Wgmma, MatrixKernels.Tma })
        {
            using CudaRig rig = new(Precision.BFloat16, multiprocessors: 1, kernels: kernels); // Of the same random numbers.
            Tensor a = rig.Random(ElementType.BFloat16, 200, 340), b = rig.Random(ElementType.BFloat16, 340, 250), c = rig.Unwritten(200, 250);
            rig.Ops.MatMul(a, b, c);
            float[] product = new float[c.Count];
            rig.Ops.Download<float>(c, product);
            results.Add(product);
            Assert.Contains(rig.Device.Launches, launch => launch.Kernel.Name == (kernels == MatrixKernels.Tma ? Kernel : "MatMulKernel"));
        }

        Assert.Equal(results[0], results[1]);
    }

    /// <summary>So do those of convolutions: of a step of channels all taps after each other.</summary>
    [Fact]
    public void TheBitsOfConvolutionsAreThoseOfWarpgroups()
    {
        List<float[]> results = [];
        foreach (MatrixKernels kernels in new[] { MatrixKernels.Wgmma, MatrixKernels.Tma })
        {
            using CudaRig rig = new(Precision.BFloat16, multiprocessors: 1, kernels: kernels);
            Tensor x = rig.Random(ElementType.BFloat16, 2, 7, 9, 128), w = rig.Random(ElementType.Float32, 64, 3, 3, 128), dy = rig.Random(ElementType.BFloat16, 2, 4, 5, 64);
            Tensor y = rig.Unwritten(2, 4, 5, 64), dx = rig.Unwritten(2, 7, 9, 128), dw = rig.Zeros(64, 3, 3, 128);
            rig.Ops.Conv2dForward(x, w, y, 2, 1);
            rig.Ops.Conv2dBackwardInput(dy, w, dx, 2, 1);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, 2, 1);
            foreach (Tensor result in new[] { y, dx, dw })
            {
                float[] values = new float[result.Count];
                rig.Ops.Download<float>(result, values);
                results.Add(values);
            }
        }

        for (int i = 0; i < 3; i++) Assert.Equal(results[i], results[3 + i]);
    }

    /// <summary>What a map has no bits for, and channels that fill no step, are left to the threads.</summary>
    [Theory]
    [InlineData(64, 3, 1, true)]
    [InlineData(72, 3, 1, false)]
    [InlineData(64, 1, 9, false)]
    public void WhatTheCopyEngineCannotCountIsCopiedByThreads(int channels, int kernel, int stride, bool isBulk)
    {
        using CudaRig rig = Rig();
        Tensor x = rig.Random(ElementType.BFloat16, 1, 10, 10, channels), w = rig.Random(ElementType.Float32, 64, kernel, kernel, channels);
        int side = ((10 + 2 - kernel) / stride) + 1;
        rig.Ops.Conv2dForward(x, w, rig.Unwritten(1, side, side, 64), stride, 1);
        Assert.Equal([isBulk ? "ConvolutionBulkKernel" : "ConvolutionKernel"], Launched(rig, "Convolution").Select(launch => launch.Kernel));
    }

    /// <summary>One thing broken in the text, which the sanitizer of the interpreter finds.</summary>
    [Theory]
    [InlineData(@"fence\.proxy\.async[^;]*;", "", FindingKind.ProxyFence)] // The barriers are not there for the copy engine.
    [InlineData(@"bar\.sync\s+0;", "", FindingKind.SharedRace)]
    [InlineData(@"wgmma\.fence[^;]*;", "", FindingKind.MatrixRegisters)]
    [InlineData(@"wgmma\.wait_group[^;]* 1;", "", FindingKind.SharedRace)] // A stage is given back while it is read.
    [InlineData(@"@%first mbarrier\.arrive\.shared", "mbarrier.arrive.shared", FindingKind.BarrierDivergence)]
    [InlineData(@"@%first mbarrier\.arrive\.shared[^;]*;", "", FindingKind.BarrierDivergence)] // No stage is ever given back.
    [InlineData(@"@%first mbarrier\.arrive\.expect_tx[^;]*;", "", FindingKind.BarrierDivergence)]
    [InlineData(@"@!%ended bra AGAIN;", "", null)] // A device that wakes early is not emulated, so this one passes.
    [InlineData(@"mbarrier\.try_wait[^;]*;\s*@!%ended bra AGAIN;", "", FindingKind.AsyncCopyRead)]
    [InlineData(@"\.align 64", ".align 32", FindingKind.Misaligned)]
    internal void AHazardIsFound(string pattern, string replacement, FindingKind? found)
    {
        int edits = 0;
        using CudaRig rig = Rig(
            ptx => !ptx.Contains("cp.async.bulk", StringComparison.Ordinal) ? ptx : Regex.Replace(ptx, pattern, match =>
            {
                edits++;
                return match.Result(replacement);
            }),
            failOnFindings: false);
        Tensor a = rig.Random(ElementType.BFloat16, 128, 640), b = rig.Random(ElementType.BFloat16, 256, 640), c = rig.Unwritten(ElementType.BFloat16, 128, 256);
        rig.Ops.MatMul(a, b, c, transposeB: true);
        Assert.NotEqual(0, edits);
        Assert.Equal(found is not null, rig.Device.Reports.Any(report => report.Findings.Count > 0));
        if (found is not null) Assert.Contains(rig.Device.Reports, report => report.Findings.Any(finding => finding.Kind == found));
    }

    [Theory]
    [InlineData(nameof(WarpgroupSquare))]
    [InlineData(nameof(WarpgroupTall))]
    [InlineData(nameof(WarpgroupWide))]
    [InlineData(nameof(WarpgroupLarge))]
    public void AssemblesWithoutSpillsAndWithoutWaits(string form)
    {
        Assert.SkipUnless(Assembler.ForWarpgroups is not null, "ptxas of CUDA 12 is not on the path.");
        Type arithmetic = typeof(WarpgroupLarge).Assembly.GetType($"{typeof(WarpgroupLarge).Namespace}.{form}")!;
        MethodInfo multiply = typeof(CudaOps).GetMethod(Kernel, BindingFlags.NonPublic | BindingFlags.Static)!;
        MethodInfo[] kernels =
        [
            multiply.MakeGenericMethod(arithmetic, typeof(ContiguousDepth), typeof(ContiguousDepth), typeof(BFloat16Element)),
            multiply.MakeGenericMethod(arithmetic, typeof(ContiguousDepth), typeof(StridedDepth), typeof(BFloat16Element)),
            multiply.MakeGenericMethod(arithmetic, typeof(StridedDepth), typeof(StridedDepth), typeof(Float32Element)),
            typeof(ConvolutionKernels).GetMethod("ConvolutionBulkKernel")!.MakeGenericMethod(arithmetic, typeof(BFloat16Element)),
            typeof(ConvolutionKernels).GetMethod("WeightGradientBulkKernel")!.MakeGenericMethod(arithmetic),
        ];
        foreach (MethodInfo kernel in kernels)
        {
            string said = Assembler.Assemble(KernelCompiler.Compile(kernel), "sm_90a", Assembler.ForWarpgroups!);
            Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", said, StringComparison.Ordinal);
            Assert.DoesNotContain("Performance Loss", said, StringComparison.Ordinal); // "wgmma.mma_async instructions are serialized"
            int registers = int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(registers, 128, 224);
        }
    }

    /// <summary>The kernels of this beginning that were launched, and their arithmetics.</summary>
    private static IEnumerable<(string Kernel, string Form)> Launched(CudaRig rig, string kernel) => rig.Device.Launches.Select(launch => launch.Kernel)
        .Where(method => method.Name.StartsWith(kernel, StringComparison.Ordinal)).Select(method => (method.Name, method.GetGenericArguments()[0].Name)).Distinct();

    /// <summary>One multiprocessor: no tile is too large for it.</summary>
    private static CudaRig Rig(Func<string, string>? edit = null, bool failOnFindings = true) =>
        new(Precision.BFloat16, failOnFindings, edit, multiprocessors: 1, kernels: MatrixKernels.Tma);
}
