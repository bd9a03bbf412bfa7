using System.Reflection;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Tests.Kernels.Cuda.Ptx;

/// <summary>A kernel's text is the same whatever was compiled before it, so that what is kept by its text is found again.</summary>
public class StableNamesTests
{
    [Fact]
    public void TheOrderOfCompilingIsNotInTheTexts()
    {
        MethodInfo[] kernels = [Kernel("ScaleKernel", typeof(BFloat16x8)), Kernel("BatchNormStatisticsKernel"), Kernel("ScaleKernel", typeof(Float32x1))];
        string[] written = [.. kernels.Select(KernelCompiler.CompileAsWritten)];
        string[] first = [.. kernels.Select(KernelCompiler.CompileAnew)], second = [.. kernels.Reverse().Select(KernelCompiler.CompileAnew).Reverse()];
        Assert.Equal(first, second);
        Assert.NotEqual(written[0], KernelCompiler.CompileAsWritten(kernels[0])); // As ILGPU writes it, it is another text each time.
        Assert.NotEqual(first[0], first[2]);
    }

    /// <summary>Of each name every place is renamed, names that differ stay different, and other names stay as they are.</summary>
    [Fact]
    public void NamesAreNumberedAsTheyAppear() => Assert.Equal(
        "Kernel_ScaleKernel(.param .b64 _x_0, .param .b64 _rows_1) ld.param.b64 %rd1, [_x_0+8]; L_2: bra L_3; bra L_2; __shared_alloca0 %acc_12 %_x_77 sm_80",
        StableNames.Renumber(
            "Kernel_ScaleKernel(.param .b64 _x_146780, .param .b64 _rows_146782) ld.param.b64 %rd1, [_x_146780+8]; L_1467780: bra L_14; bra L_1467780; __shared_alloca0 %acc_12 %_x_77 sm_80"));

    private static MethodInfo Kernel(string name, params Type[] packs)
    {
        MethodInfo method = typeof(CudaOps).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;
        return packs.Length == 0 ? method : method.MakeGenericMethod(packs);
    }
}
