using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cuda;

/// <summary>A launch as a node of a graph, the driver's <c>CUDA_KERNEL_NODE_PARAMS_v1</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KernelNode
{
    public nint Kernel;
    public uint GridX, GridY, GridZ, ThreadsX, ThreadsY, ThreadsZ, SharedBytes;

    /// <summary>The place of each argument.</summary>
    public void** Arguments;

    public void** Extra;
}
