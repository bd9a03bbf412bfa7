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

    /// <summary>Ragged rows, columns and depth, which is split where it is long; more steps than stages, so that each is written over.</summary>
    [Theory]
    [InlineData(250, 200, 330)]
    [InlineData(128, 256, 64)]
    [InlineData(250, 250, 1100)]
    [InlineData(250, 200, 7)]
    public void ProductsMatchTheDefinitionAndTheCpu(int m, int n, int k)
    {
        using CudaRig rig = Rig();
        for (int i = 0; i < 4; i++)
        {
            (ElementType operands, ElementType result) = i == 1 ? (ElementType.Float32, ElementType.Float32) : (ElementType.BFloat16, ElementType.BFloat16);
            CudaMatMulTests.Check(rig, m, n, k, transposeA: i % 2 == 1, transposeB: i > 1, accumulate: i is 1 or 2, operands, operands, result);
        }

        Assert.Equal([Kernel], rig.Device.Launches.Select(launch => launch.Kernel.Name).Where(name => name.StartsWith("MatMul", StringComparison.Ordinal)).Distinct());
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

    [Fact]
    public void AssemblesWithoutSpillsAndWithoutWaits()
    {
        Assert.SkipUnless(Assembler.ForWarpgroups is not null, "ptxas of CUDA 12 is not on the path.");
        MethodInfo multiply = typeof(CudaOps).GetMethod(Kernel, BindingFlags.NonPublic | BindingFlags.Static)!;
        Type[] depths = [typeof(ContiguousDepth), typeof(StridedDepth)];
        foreach (Type left in depths)
        {
            foreach (Type right in depths)
            {
                string ptx = KernelCompiler.Compile(multiply.MakeGenericMethod(left, right, left == right ? typeof(BFloat16Element) : typeof(Float32Element)));
                string said = Assembler.Assemble(ptx, "sm_90a", Assembler.ForWarpgroups!);
                Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", said, StringComparison.Ordinal);
                Assert.DoesNotContain("Performance Loss", said, StringComparison.Ordinal); // "wgmma.mma_async instructions are serialized"
                Assert.InRange(int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value, CultureInfo.InvariantCulture), 128, 224);
            }
        }
    }

    /// <summary>One multiprocessor: no tile is too large for it.</summary>
    private static CudaRig Rig(Func<string, string>? edit = null, bool failOnFindings = true) =>
        new(Precision.BFloat16, failOnFindings, edit, multiprocessors: 1, kernels: MatrixKernels.Tma);
}
