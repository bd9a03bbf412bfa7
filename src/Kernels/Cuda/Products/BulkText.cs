using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The text of <see cref="BulkCopy"/> that names a parameter of its kernel.</summary>
[PtxVocabulary("bulk")]
internal static class BulkText
{
    /// <summary>The first lane copies a panel of the kernel's first or second <see cref="TensorMap"/>.</summary>
    public static void Copy(PtxWriter text, int map, string panel, string column, string row, string barrier, string lane) => text.Scope(() =>
    {
        text.Registers(".b64", "%map");
        text.Registers(".b32", "%to, %at");
        text.Registers(".pred", "%first");
        text.Line($"mov.b64 %map, {TensorMapParameters.Name(map)};");
        text.Line("cvta.param.u64 %map, %map;");
        text.Line($"add.u32 %to, {panel}, %panels;");
        text.Line($"add.u32 %at, {barrier}, %panels;");
        text.Line($"setp.eq.s32 %first, {lane}, 0;");
        text.Line($"@%first cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%to], [%map, {{{column}, {row}}}], [%at];");
    });
}
