using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>Shared memory of a matrix kernel: four stages that asynchronous copies fill while the tensor cores work on another.</summary>
internal static class Stage
{
    public const int Threads = 128, Count = 4;
    public const int ChunkBytes = 16, DepthBytes = 64;
    public const int ResultPitch = 288; // bytes: 64 floats and a quarter of the banks, so that eight rows begin in different ones

    /// <summary>Bytes of dynamic shared memory for a tile.</summary>
    /// <param name="warpRows">Warps that lie below each other.</param>
    public static int SharedBytes(int warpRows) => Math.Max(Count * Bytes(warpRows), 4 * 64 * ResultPitch);

    /// <summary>Bytes of both operands of a stage.</summary>
    public static int Bytes(int warpRows) => LeftBytes(warpRows) + LeftBytes(4 / warpRows);

    /// <summary>Bytes of the left operand of a stage.</summary>
    public static int LeftBytes(int warpRows) => 64 * warpRows * DepthBytes;

    /// <summary>Names the first byte: shared memory's addresses are counted from it everywhere, in text as <c>%shared</c>.</summary>
    public static void Declare() => CudaAsm.Emit(".reg .b32 %%shared;\nmov.u32 %%shared, __dyn_shared_alloca;");

    /// <summary>Asks for a chunk: 16 bytes, or zeros where the source has none.</summary>
    public static void Copy(int target, long source, bool isThere) =>
        CudaAsm.Emit("{\n.reg .b32 %%to;\nadd.s32 %%to, %%shared, %0;\ncp.async.cg.shared.global [%%to], [%1], 16, %2;\n}", target, source, isThere ? ChunkBytes : 0);

    public static void Commit() => CudaAsm.Emit("cp.async.commit_group;");

    /// <summary>Waits until the stage that was asked for <see cref="Count"/> - 1 commits ago is there.</summary>
    public static void Wait() => CudaAsm.Emit("cp.async.wait_group 2;");

    public static void WaitForAll() => CudaAsm.Emit("cp.async.wait_all;");
}
