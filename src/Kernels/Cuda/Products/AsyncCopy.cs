using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Copies from device memory to shared memory (in bytes from %panels) that go on while the thread computes.</summary>
internal static class AsyncCopy
{
    /// <summary>Copies 16 bytes, or writes zeros; the line stays in the first cache, for what neighbours read again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CachedOrZero(int shared, long source, bool exists) =>
        CudaAsm.Emit("{ .reg .b32 %%to; add.u32 %%to, %0, %%panels; cp.async.ca.shared.global [%%to], [%1], 16, %2; }", shared, source, exists ? 16 : 0);

    /// <summary>Does so where both numbers have a bit set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TapOrZero(int shared, long source, int row, int column) => CudaAsm.Emit(
        "{ .reg .pred %%inside; .reg .b32 %%to, %%size; setp.ne.s32 %%inside, %2, 0; setp.ne.and.s32 %%inside, %3, 0, %%inside; "
        + "selp.b32 %%size, 16, 0, %%inside; add.u32 %%to, %0, %%panels; cp.async.ca.shared.global [%%to], [%1], 16, %%size; }",
        shared, source, row, column);

    /// <summary>Copies 16 bytes, or writes zeros, past the first cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyOrZero(int shared, long source, bool exists) =>
        CudaAsm.Emit("{ .reg .b32 %%to; add.u32 %%to, %0, %%panels; cp.async.cg.shared.global [%%to], [%1], 16, %2; }", shared, source, exists ? 16 : 0);

    /// <summary>Closes a group of copies, which may be empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Commit() => CudaAsm.Emit("cp.async.commit_group;");

    /// <summary>Waits until all groups of this thread have arrived but the last, or all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Wait(bool butTheLast)
    {
        if (butTheLast) CudaAsm.Emit("cp.async.wait_group 1;");
        else CudaAsm.Emit("cp.async.wait_group 0;");
    }
}
