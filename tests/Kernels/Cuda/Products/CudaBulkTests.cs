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
                System.IO.File.WriteAllText("/tmp/w/bulk.ptx", ptx);
                string said = Assembler.Assemble(ptx, "sm_90a", Assembler.ForWarpgroups!);
                Console.WriteLine(said);
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
