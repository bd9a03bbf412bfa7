using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Tests.PtxInterpreter;

/// <summary>Takes an explicitly grouped ILGPU kernel to the PTX that ILGPU would give to a device, on a machine without one.</summary>
internal static class IlgpuKernels
{
    /// <summary>The machine that runs the kernel of a static method.</summary>
    public static PtxMachine Load(Delegate kernel) => new(PtxModule.Parse(KernelCompiler.CompileAsWritten(kernel.Method)));
}
