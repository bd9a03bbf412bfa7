using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The texts of <see cref="BulkCopy"/> that name a parameter of their kernel.</summary>
[PtxVocabulary("bulk")]
internal static class BulkText
{
    /// <summary>For kernels that name places in shared memory by their addresses: %panels is 0.</summary>
    public static void CountFromZero(PtxWriter text)
    {
        text.Registers(".b32", "%panels");
        text.Line("mov.u32 %panels, 0;");
    }

    /// <summary>Lanes that bring one copy a panel of the kernel's first or second <see cref="TensorMap"/>.</summary>
    public static void Copy(PtxWriter text, int map, string panel, string column, string row, string barrier, string brings) => text.Scope(() =>
    {
        Prepare(text, map, panel, barrier, brings);
        text.Line($"@%brings cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%to], [%map, {{{column}, {row}}}], [%at];");
    });

    /// <summary>The same of windows. The tap is its column in the lower 16 bits and its row in the upper ones.</summary>
    public static void CopyWindows(
        PtxWriter text, string panel, string channel, string column, string row, string image, string tap, string barrier, string brings) => text.Scope(() =>
    {
        Prepare(text, 0, panel, barrier, brings);
        text.Registers(".b16", "%across, %down");
        text.Line($"mov.b32 {{%across, %down}}, {tap};");
        text.Line("@%brings cp.async.bulk.tensor.4d.shared::cluster.global.im2col.mbarrier::complete_tx::bytes "
            + $"[%to], [%map, {{{channel}, {column}, {row}, {image}}}], [%at], {{%across, %down}};");
    });

    private static void Prepare(PtxWriter text, int map, string panel, string barrier, string brings)
    {
        text.Registers(".b64", "%map");
        text.Registers(".b32", "%to, %at");
        text.Registers(".pred", "%brings");
        text.Line($"mov.b64 %map, {TensorMapParameters.Name(map)};");
        text.Line("cvta.param.u64 %map, %map;");
        text.Line($"add.u32 %to, {panel}, %panels;");
        text.Line($"add.u32 %at, {barrier}, %panels;");
        text.Line($"setp.ne.s32 %brings, {brings}, 0;");
    }
}
