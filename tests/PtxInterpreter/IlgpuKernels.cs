using System.Reflection;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Tests.PtxInterpreter;

/// <summary>Takes an explicitly grouped ILGPU kernel to the PTX that ILGPU would give to a device, on a machine without one.</summary>
internal static class IlgpuKernels
{
    /// <summary>The machine that runs the kernel of a static method.</summary>
    public static PtxMachine Load(Delegate kernel, KernelSpecialization specialization = default) =>
        new(PtxModule.Parse(Compile(kernel.Method, specialization)));

    public static string Compile(MethodInfo method, KernelSpecialization specialization = default)
    {
        // A context of its own: after one kernel that does not compile, a context compiles no other.
        using Context context = Context.Create(builder => builder.EnableAlgorithms());
        using PTXBackend backend = new(context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), specialization)).PTXAssembly;
    }
}
