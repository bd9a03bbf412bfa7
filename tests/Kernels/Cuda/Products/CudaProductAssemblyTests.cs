using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

/// <summary>What the assembler says of every variant of the matrix kernels.</summary>
public class CudaProductAssemblyTests(ITestOutputHelper output)
{
    private static readonly Type[] Arithmetics = [typeof(BFloat16Arithmetic), typeof(TensorFloat32Arithmetic), typeof(Float32Arithmetic)];

    public static TheoryData<string> Names => [.. Arithmetics.Select(type => type.Name)];

    [Theory, MemberData(nameof(Names))]
    public void NothingSpillsAndEveryMatrixInstructionIsThere(string name)
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        Type arithmetic = Arithmetics.Single(type => type.Name == name), stored = arithmetic == typeof(BFloat16Arithmetic) ? typeof(BFloat16Element) : typeof(Float32Element);
        MethodInfo multiply = typeof(CudaOps).GetMethod("MatMulKernel", BindingFlags.NonPublic | BindingFlags.Static)!;
        List<MethodInfo> kernels = [Of(typeof(ConvolutionKernels), "ConvolutionKernel", arithmetic, stored), Of(typeof(ConvolutionKernels), "WeightGradientKernel", arithmetic)];
        Type[] layouts = [typeof(ContiguousDepth), typeof(StridedDepth)];
        foreach (Type left in layouts) kernels.AddRange(layouts.Select(right => multiply.MakeGenericMethod(arithmetic, left, right, stored)));
        if (stored == typeof(BFloat16Element)) kernels.Add(Of(typeof(ConvolutionKernels), "ConvolutionKernel", arithmetic, typeof(Float32Element)));
        foreach (MethodInfo kernel in kernels)
        {
            string ptx = KernelCompiler.Compile(kernel);
            Assert.Contains("cp.async.", ptx, StringComparison.Ordinal);
            Assert.Equal(arithmetic == typeof(Float32Arithmetic) ? 0 : 128, Regex.Count(ptx, "mma.sync"));
            if (arithmetic == typeof(BFloat16Arithmetic)) Assert.Equal(32, Regex.Count(ptx, "ldmatrix"));
            AssertLean(kernel, ptx, mostRegisters: 255);
        }
    }

    [Fact]
    public void TheKernelsOfOperandsKeepEverythingInRegisters()
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        MethodInfo[] kernels =
        [
            Of(typeof(OperandKernels), "RoundKernel"), Of(typeof(OperandKernels), "PadRowsKernel", typeof(Float32Element), typeof(BFloat16Element)),
            Of(typeof(OperandKernels), "TurnWeightsKernel", typeof(BFloat16Element)), Of(typeof(OperandKernels), "MergeKernel", typeof(BFloat16Element)),
            Of(typeof(OperandKernels), "AddBiasKernel", typeof(BFloat16Element)), Of(typeof(OperandKernels), "ColumnSumsKernel", typeof(BFloat16Element)),
        ];
        foreach (MethodInfo kernel in kernels) AssertLean(kernel, KernelCompiler.Compile(kernel), mostRegisters: 64);
    }

    private void AssertLean(MethodInfo kernel, string ptx, int mostRegisters)
    {
        string said = Assembler.Assemble(ptx), name = $"{kernel.Name}<{string.Join(", ", kernel.GetGenericArguments().Select(type => type.Name))}>";
        int registers = int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value, CultureInfo.InvariantCulture);
        output.WriteLine($"{name}: {registers} registers");
        Assert.True(said.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", StringComparison.Ordinal), name + "\n" + said);
        Assert.InRange(registers, 1, mostRegisters);
    }

    private static MethodInfo Of(Type type, string name, params Type[] arguments)
    {
        MethodInfo method = type.GetMethod(name)!;
        return arguments.Length == 0 ? method : method.MakeGenericMethod(arguments);
    }
}
