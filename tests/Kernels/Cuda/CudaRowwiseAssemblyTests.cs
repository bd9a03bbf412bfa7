using System.Reflection;
using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>What the assembler makes of the kernels on packs and of those that merge for them: no stack, no spills, registers for full blocks.</summary>
public partial class CudaRowwiseAssemblyTests(ITestOutputHelper output)
{
    private static readonly Type[] Packs = [typeof(Float32x1), typeof(Float32x4), typeof(BFloat16x1), typeof(BFloat16x4), typeof(BFloat16x8)];

    public static TheoryData<string> Kernels => [.. Methods().Select(method => method.Name).Distinct()];

    [Theory, MemberData(nameof(Kernels))]
    public void AssemblesWithoutStackAndSpills(string name)
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        foreach (MethodInfo method in Methods().Where(method => method.Name == name))
        {
            string ptx = KernelCompiler.Compile(method), report = Assembler.Assemble(ptx);
            string words = string.Join(' ', report.Split('\n').Where(line => line.Contains("stack frame", StringComparison.Ordinal) || line.Contains("Used", StringComparison.Ordinal)));
            int registers = int.Parse(Registers().Match(report).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
            output.WriteLine($"{Name(method)}: {registers} registers. {words.Trim()}");
            Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", report, StringComparison.Ordinal);
            Assert.InRange(registers, 1, 96); // Two blocks of 256 threads and more on a multiprocessor.
        }
    }

    private static string Name(MethodInfo method) => method.Name + (method.IsGenericMethod ? $" of {method.GetGenericArguments()[0].Name}" : "");

    private static IEnumerable<MethodInfo> Methods()
    {
        string[] merging =
        [
            "BatchNormStatisticsKernel", "BatchNormRunningKernel", "BatchNormGroupsKernel", "SoftmaxCrossEntropyKernel", "MomentumStepKernel", "SquaredNormsKernel", "LarcRatioKernel",
            "AdamWStepKernel", "ColumnStatisticsMergeKernel",
        ];
        foreach (MethodInfo method in new[] { typeof(CudaOps), typeof(ColumnStatistics), typeof(MomentumUpdate) }.SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)))
        {
            if (!method.Name.EndsWith("Kernel", StringComparison.Ordinal)) continue;
            if (merging.Contains(method.Name)) yield return method;
            if (!method.IsGenericMethodDefinition || method.GetGenericArguments() is not [Type element]) continue;
            if (!element.GetGenericParameterConstraints().Any(constraint => constraint.IsGenericType && constraint.GetGenericTypeDefinition() == typeof(IPack<>))) continue;
            foreach (Type pack in Packs)
            {
                // Kernels that pair an activation with a float32 or an int32 take packs of four at most, and the others none of four bfloat16.
                bool paired = method.Name.StartsWith("MaxPool", StringComparison.Ordinal) || method.Name.StartsWith("L2Normalize", StringComparison.Ordinal);
                if (pack != (paired ? typeof(BFloat16x8) : typeof(BFloat16x4))) yield return method.MakeGenericMethod(pack);
            }
        }
    }

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();
}
