using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels.Cuda.Pairs;

/// <summary>The kernels over pairs of rows on the tensor cores of compute capability 9.0.</summary>
public class CudaWarpgroupPairTests
{
    private static readonly Dictionary<string, Delegate> All = new()
    {
        ["Sums"] = PairSums.SumsKernel<WarpgroupTile>,
        ["SumsAndProducts"] = PairSums.SumsAndProductsKernel<WarpgroupTile>,
        ["NarrowSumsAndProducts"] = PairSums.NarrowSumsAndProductsKernel<WarpgroupTile>,
        ["GradientsByRow"] = PairGradients.GradientsByRowKernel<WarpgroupTile>,
        ["GradientsByColumn"] = PairGradients.GradientsByColumnKernel<WarpgroupTile>,
        ["GradientsByBoth"] = PairGradients.GradientsByBothKernel<WarpgroupTile>,
        ["NarrowGradientsByRow"] = PairGradients.NarrowGradientsByRowKernel<WarpgroupTile>,
        ["NarrowGradientsByColumn"] = PairGradients.NarrowGradientsByColumnKernel<WarpgroupTile>,
        ["NarrowGradientsByBoth"] = PairGradients.NarrowGradientsByBothKernel<WarpgroupTile>,
        ["SumsBulk"] = BulkPairs.SumsBulkKernel<WarpgroupBulkTile>,
        ["SumsAndProductsBulk"] = BulkPairs.SumsAndProductsBulkKernel<WarpgroupBulkTile>,
        ["NarrowSumsAndProductsBulk"] = BulkPairs.NarrowSumsAndProductsBulkKernel<WarpgroupBulkTile>,
        ["GradientsByRowBulk"] = BulkPairs.GradientsByRowBulkKernel<WarpgroupBulkTile>,
        ["GradientsByColumnBulk"] = BulkPairs.GradientsByColumnBulkKernel<WarpgroupBulkTile>,
        ["GradientsByBothBulk"] = BulkPairs.GradientsByBothBulkKernel<WarpgroupBulkTile>,
        ["NarrowGradientsByRowBulk"] = BulkPairs.NarrowGradientsByRowBulkKernel<WarpgroupBulkTile>,
        ["NarrowGradientsByColumnBulk"] = BulkPairs.NarrowGradientsByColumnBulkKernel<WarpgroupBulkTile>,
        ["NarrowGradientsByBothBulk"] = BulkPairs.NarrowGradientsByBothBulkKernel<WarpgroupBulkTile>,
    };

    public static TheoryData<string> Kernels => [.. All.Keys];

    /// <summary>Ragged against tiles of 128 rows and 64 columns, and depths of one chunk, of a half one, and of several.</summary>
    [Theory]
    [InlineData(140, 64, MatrixKernels.Wgmma)]
    [InlineData(270, 33, MatrixKernels.Wgmma)]
    [InlineData(140, 300, MatrixKernels.Wgmma)]
    [InlineData(270, 33, MatrixKernels.Tma)]
    [InlineData(140, 300, MatrixKernels.Tma)]
    internal void ErrNoMoreThanTheRoundingOfTheirOperands(int rows, int depth, MatrixKernels kernels)
    {
        float[] z = Units(rows, depth);
        ViewLoss settings = new(ViewPairs.BothViews, 0.07f);
        using CudaRig rig = Rig(kernels);
        CudaTwoViewsTests.Check(CudaTwoViewsTests.Run(rig, z, rows, depth, settings), settings.Truth(rows, Operands(z, Precision.BFloat16)), z, settings, Precision.BFloat16, rows);
    }

    /// <summary>The interpreter rounds a product's sums alike whoever multiplies, so that every loss has the bits of single warps, which have tests of their own.</summary>
    [Theory]
    [InlineData(130)]
    [InlineData(40)]
    public void EveryLossHasTheBitsOfSingleWarps(int depth)
    {
        const int rows = 150, queries = 70, keys = 130;
        float[] z = Units(rows, depth), q = Units(queries, depth, 1), k = Units(keys, depth, 2), own = Units(queries, depth, 3);
        int[] labels = [.. Enumerable.Range(0, queries).Select(i => i % 3)], ofKeys = [.. Enumerable.Range(0, keys).Select(j => j * 2 % 3)];
        List<float[]>[] bits = [[], [], []];
        foreach (MatrixKernels kernels in Enum.GetValues<MatrixKernels>())
        {
            List<float[]> results = bits[(int)kernels];
            using CudaRig rig = Rig(kernels);
            foreach (RowLoss loss in RowLossTests.Family.Append(new InfoNce()))
            {
                if (loss is Sigmoid) continue; // In float32.
                bool supervised = loss is SupervisedContrastive;
                CudaTwoViewsTests.Results views = CudaTwoViewsTests.Run(rig, z, rows, depth, new ViewLoss(ViewPairs.BothViews, 0.3f, Member: loss));
                results.AddRange([views.Loss, views.Dz]);
                ContrastiveBatch batch = new(Unit(rig, q, queries, depth), Unit(rig, k, keys, depth));
                batch = supervised ? batch with { QueryLabels = rig.Of(labels, queries), KeyLabels = rig.Of(ofKeys, keys) } : batch with { Positives = Unit(rig, own, queries, depth) };
                foreach (bool both in new[] { false, true })
                {
                    Tensor losses = rig.Unwritten(queries), dq = rig.Unwritten(queries, depth), dk = both ? rig.Unwritten(keys, depth) : default;
                    rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.3f, loss), losses, rig.Unwritten(queries), new ContrastiveGradients(dq, dk));
                    results.AddRange([rig.Floats(losses), rig.Floats(dq), both ? rig.Floats(dk) : []]);
                }
            }

            Type? tile = kernels switch { MatrixKernels.Wgmma => typeof(WarpgroupTile), MatrixKernels.Tma => typeof(WarpgroupBulkTile), _ => null };
            string[] launched = [.. rig.Device.Launches.Where(launch => launch.Kernel.IsGenericMethod && launch.Kernel.GetGenericArguments()[0] == tile).Select(launch => launch.Kernel.Name).Distinct()];
            Assert.True(tile is null || launched.Length >= 5, string.Join(' ', launched));
        }

        foreach (List<float[]> grouped in bits.Skip(1))
        {
            Assert.Equal(bits[0].Count, grouped.Count);
            for (int i = 0; i < grouped.Count; i++) Assert.Equal(bits[0][i], grouped[i]);
        }
    }

    [Theory]
    [InlineData("SumsKernel", "fence.proxy.async.shared::cta;", "")]
    [InlineData("SumsKernel", "bar.sync\t0", "bar.warp.sync 0xffffffff")]
    [InlineData("SumsKernel", "wgmma.wait_group.sync.aligned 0;", "")]
    [InlineData("SumsKernel", "4611686293305360384", "4611686155866406912")]
    [InlineData("ByBothKernel", "4611686293338849280", "4611686293305360384")] // The distance of the panels.
    [InlineData("ByBothKernel", "{%weight0, %weight1, %weight2, %weight3}", "{%weight0, %weight2, %weight1, %weight3}")]
    [InlineData("ByBothKernel", "{%weight4, %weight5, %weight6, %weight7}, %b, 1, 1, 1, 1;", "{%weight4, %weight5, %weight6, %weight7}, %b, 1, 1, 1, 0;")]
    public void ABrokenKernelIsFound(string kernel, string text, string broken)
    {
        const int rows = 140, depth = 128;
        float[] z = Units(rows, depth);
        ViewLoss settings = new(ViewPairs.BothViews, 0.07f);
        ContrastiveReference truth = settings.Truth(rows, Operands(z, Precision.BFloat16));
        bool changed = false;
        using CudaRig rig = Rig(MatrixKernels.Wgmma, ptx =>
        {
            int entry = ptx.IndexOf(".visible .entry", StringComparison.Ordinal);
            if (!ptx.AsSpan(entry, 100).Contains(kernel, StringComparison.Ordinal)) return ptx;
            Assert.Contains(text, ptx, StringComparison.Ordinal);
            changed = true;
            return ptx.Replace(text, broken, StringComparison.Ordinal);
        });
        Assert.ThrowsAny<Exception>(() => CudaTwoViewsTests.Check(CudaTwoViewsTests.Run(rig, z, rows, depth, settings), truth, z, settings, Precision.BFloat16, rows));
        Assert.True(changed);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void AssemblesWithoutSpillsAndWithoutWaits(string name)
    {
        Assert.SkipUnless(Assembler.ForWarpgroups is not null, "ptxas of CUDA 12 is not on the path.");
        string said = Assembler.Assemble(KernelCompiler.Compile(All[name].Method), "sm_90a", Assembler.ForWarpgroups!);
        Assert.Contains("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Performance Loss", said, StringComparison.Ordinal); // "wgmma.mma_async instructions are serialized"
    }

    /// <summary>One thing broken in the copies, which the sanitizer of the interpreter finds.</summary>
    [Theory]
    [InlineData(@"fence\.proxy\.async[^;]*;", "", FindingKind.ProxyFence)] // The barriers and rows are not there for the copy engine and the products.
    [InlineData(@"bar\.sync\s+0;", "", FindingKind.SharedRace)]
    [InlineData(@"@%first mbarrier\.arrive\.expect_tx[^;]*;", "", FindingKind.BarrierDivergence)]
    [InlineData(@"mbarrier\.try_wait[^;]*;\s*@!%ended bra AGAIN;", "", FindingKind.AsyncCopyRead)]
    [InlineData(@"\.align 64", ".align 32", FindingKind.Misaligned)]
    internal void ABrokenCopyIsFound(string pattern, string replacement, FindingKind found)
    {
        const int rows = 140, depth = 300;
        int edits = 0;
        using CudaRig rig = new(Precision.BFloat16, failOnFindings: false, kernels: MatrixKernels.Tma, edit: ptx => !ptx.Contains("cp.async.bulk", StringComparison.Ordinal) ? ptx
            : Regex.Replace(ptx, pattern, match =>
            {
                edits++;
                return match.Result(replacement);
            }));
        CudaTwoViewsTests.Run(rig, Units(rows, depth), rows, depth, new ViewLoss(ViewPairs.BothViews, 0.07f));
        Assert.NotEqual(0, edits);
        Assert.Contains(rig.Device.Reports, report => report.Findings.Any(finding => finding.Kind == found));
    }

    private static CudaRig Rig(MatrixKernels kernels, Func<string, string>? edit = null) => new(Precision.BFloat16, edit: edit, kernels: kernels);
}
