using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// Copies of whole panels by the copy engine of compute capability 9.0, and the barriers in shared memory (in bytes from %panels) that they arrive at: PTX ISA,
/// <c>cp.async.bulk.tensor</c> and <c>mbarrier</c>. They write past the ordinary way to memory, as products of warpgroups read.
/// </summary>
internal static class BulkCopy
{
    /// <summary>Bytes of a barrier.</summary>
    public const int BarrierBytes = 8;

    /// <summary>Makes a barrier whose phase ends when so many have arrived and all announced bytes are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MakeBarrier(int barrier, int arrivals) =>
        CudaAsm.Emit("{ .reg .b32 %%at; add.u32 %%at, %0, %%panels; mbarrier.init.shared.b64 [%%at], %1; }", barrier, arrivals);

    /// <summary>Waits for the end of a phase: of the first, third and so on with 0, of the others with 1. One before the first has ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Wait(int barrier, int parity) => CudaAsm.Emit(
        "{ .reg .b32 %%at; .reg .pred %%ended; add.u32 %%at, %0, %%panels; AGAIN: mbarrier.try_wait.parity.shared.b64 %%ended, [%%at], %1; @!%%ended bra AGAIN; }",
        barrier, parity);

    /// <summary>A warp arrives, by its first lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Arrive(int barrier, int lane) => CudaAsm.Emit(
        "{ .reg .b32 %%at; .reg .pred %%first; add.u32 %%at, %0, %%panels; setp.eq.s32 %%first, %1, 0; @%%first mbarrier.arrive.shared.b64 _, [%%at]; }", barrier, lane);

    /// <summary>A warp arrives, and announces the bytes of its copies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Announce(int barrier, int bytes, int lane) => CudaAsm.Emit(
        "{ .reg .b32 %%at; .reg .pred %%first; add.u32 %%at, %0, %%panels; setp.eq.s32 %%first, %2, 0; "
        + "@%%first mbarrier.arrive.expect_tx.shared.b64 _, [%%at], %1; }",
        barrier, bytes, lane);

    /// <summary>Starts the copy of the panel that begins at a column and a row of the matrix of the kernel's first map, by the lanes that bring one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromFirst(int panel, int column, int row, int barrier, int brings) =>
        CudaAsm.Emit(".expand bulk Copy 0 %0 %1 %2 %3 %4;", panel, column, row, barrier, brings);

    /// <summary>The same of its second map.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromSecond(int panel, int column, int row, int barrier, int brings) =>
        CudaAsm.Emit(".expand bulk Copy 1 %0 %1 %2 %3 %4;", panel, column, row, barrier, brings);

    /// <summary>
    /// Starts the copy of a panel of 64 pixels' windows, of which it takes one tap and 64 channels, from the images of the kernel's first map: pixels follow each other in
    /// a line, from line to line and from image to image.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Windows(int panel, int channel, PixelPlace first, int tapColumn, int tapRow, int barrier, int brings) => CudaAsm.Emit(
        ".expand bulk CopyWindows %0 %1 %2 %3 %4 %5 %6 %7;", panel, channel, first.Column, first.Row, first.Image, tapColumn | (tapRow << 16), barrier, brings);
}
