using ILGPU.Algorithms;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime;
using ILGPU;

namespace NegSamples.PtxInterpreter;

/// <summary>Takes an explicitly grouped ILGPU kernel to the PTX that ILGPU would give to a device, on a machine without one.</summary>
public static class IlgpuKernels
{
    /// <summary>The machine that runs the kernel of a static method.</summary>
    public static PtxMachine Load(Delegate kernel) => new(Compile(kernel));

    /// <summary>The PTX of the kernel of a static method.</summary>
    public static string Compile(Delegate kernel)
    {
        // A context of its own: after one kernel that does not compile, a context compiles no other.
        using Context context = Context.Create(builder => builder.EnableAlgorithms());
        using PTXBackend backend = new(context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), KernelSpecialization.Empty)).PTXAssembly;
    }
}
