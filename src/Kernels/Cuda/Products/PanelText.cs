using NegSamples.Kernels.Cuda.Ptx;
using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// What the texts of all precisions share. A panel is 64 rows of 128 bytes of shared memory: one side of a warp's 64 x 64 tile over one step of the
/// depth. Along the depth it is 64 bfloat16 or 32 float32; a panel whose depth is strided holds one place of the depth per row of 64 elements.
/// </summary>
[PtxVocabulary("panels")]
internal static class PanelText
{
    public const int Side = 64, Bytes = 8192;

    /// <summary>Bytes of a warp's tile when it lies in shared memory as float32.</summary>
    public const int TileBytes = Side * Side * sizeof(float);

    /// <summary>
    /// 128 sums per lane, named %acc0 to %acc127 to the end of the kernel, and %panels, where dynamic shared memory starts: kernels count from there.
    /// </summary>
    public static void ClearSums(PtxWriter text)
    {
        text.Registers(".b32", "%panels, %word<4>");
        text.Line("mov.u32 %panels, __dyn_shared_alloca;");
        text.Registers(".f32", 128, "%acc");
        Repeat(128, i => text.Line($"mov.f32 %acc{i}, {Zero};"));
    }
}
