using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>What a launch makes of a kernel's text, in words: the tile that it is told to take, and what it does with the sums at the end.</summary>
internal static class KernelVariant
{
    /// <summary>A kernel with its type arguments, as docs/kernels.md names it.</summary>
    public static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}"
        + (method.IsGenericMethod ? $" of {string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}" : "");

    /// <summary>Whether it is a kernel of warpgroups, with panels that threads or the copy engine bring.</summary>
    public static bool IsOfWarpgroups(MethodInfo method) =>
        method.IsGenericMethod && method.GetGenericArguments()[0].Name.StartsWith("Warpgroup", StringComparison.Ordinal);

    /// <summary>The variants that a launch is one of; a kernel that is told no shape has its name alone.</summary>
    public static IEnumerable<string> Of(MethodInfo kernel, int threads, ReadOnlySpan<KernelArgument> arguments)
    {
        string name = NameOf(kernel);
        ParameterInfo[] parameters = kernel.GetParameters();
        List<string> variants = [name];
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].ParameterType == typeof(ProductShape))
            {
                ProductShape shape = MemoryMarshal.Read<ProductShape>(arguments[i].Span);
                variants.Add(string.Create(CultureInfo.InvariantCulture, $"{name}, {64 * shape.Down} x {64 * shape.Across} in {shape.Stages} stages"));
                variants.Add($"{name}, {(shape.Vectors > 0 ? "vectors" : "elements")}{(shape.Accumulate > 0 ? ", added" : "")}{(shape.StepsPerSplit < shape.Steps ? ", split" : "")}");
            }
            else if (parameters[i].ParameterType == typeof(TargetPixels))
            {
                if (MemoryMarshal.Read<TargetPixels>(arguments[i].Span).Step > 1) variants.Add($"{name}, some pixels");
            }
            else if (parameters[i].ParameterType == typeof(PairSweep))
            {
                PairSweep sweep = MemoryMarshal.Read<PairSweep>(arguments[i].Span);
                variants.Add(string.Create(CultureInfo.InvariantCulture, $"{name}, {threads} threads, {(sweep.Width > PairSweep.SlabDepth ? "several slabs" : "a slab")}"));
                variants.Add($"{name}, {sweep.Weights}, {sweep.Labels}, {sweep.Terms}{(sweep.TiltedScale > 0 ? ", tilted" : "")}{(sweep.Words > 0 ? ", drawn" : "")}");
            }
        }

        // What a convolution leaves for a batch norm: a view is its address and its length.
        if (kernel.Name is "ConvolutionKernel" or "ConvolutionBulkKernel" && MemoryMarshal.Read<long>(arguments[^1].Span[8..]) > 0) variants.Add($"{name}, statistics");
        return variants;
    }
}
