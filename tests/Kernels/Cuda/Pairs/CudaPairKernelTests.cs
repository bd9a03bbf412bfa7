using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.PtxInterpreter;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels.Cuda.Pairs;

/// <summary>The kernels over pairs of rows: that the checks of their results can fail, what they cost, and what the assembler makes of them.</summary>
public partial class CudaPairKernelTests(ITestOutputHelper output)
{
    public static TheoryData<Precision, string, string, string> Breaks => new()
    {
        { Precision.BFloat16, "SumsKernel", "bar.sync\t0", "bar.warp.sync 0xffffffff" },
        { Precision.BFloat16, "SumsKernel", "cp.async.wait_group 0;", "" },
        { Precision.BFloat16, "SumsKernel", "mul.rn.f32 %laneSum, %laneSum, %laneRescale;", "mul.rn.f32 %laneSum, %laneSum, %lanePartial;" },
        { Precision.BFloat16, "ByBothKernel", "sub.rn.f32 %e, %dot9,", "add.rn.f32 %e, %dot9," },
        { Precision.BFloat16, "ByBothKernel", "{%left4, %left5, %left6, %left7}, {%right2, %right3}", "{%left4, %left6, %left5, %left7}, {%right2, %right3}" },
        { Precision.TensorFloat32, "ByBothKernel", "cvt.rna.tf32.f32 %left1, %dot2;", "cvt.rna.tf32.f32 %left1, %dot1;" },
        { Precision.Float32, "PlainGradientsKernel", "bar.sync\t0", "bar.warp.sync 0xffffffff" },
        { Precision.Float32, "FinishKernel", "sub.f64", "add.f64" },
    };

    /// <summary>One barrier, wait, sign or index changed: the same check that the kernels pass must fail.</summary>
    [Theory, MemberData(nameof(Breaks))]
    public void ABrokenKernelIsFound(Precision precision, string kernel, string text, string broken)
    {
        const int rows = 140, depth = 64;
        float[] z = Units(rows, depth);
        ViewLoss settings = new(ViewPairs.BothViews, 0.07f);
        ContrastiveReference truth = settings.Truth(rows, Operands(z, precision));
        bool changed = false;
        using CudaRig rig = new(precision, edit: ptx =>
        {
            int entry = ptx.IndexOf(".visible .entry", StringComparison.Ordinal);
            if (!ptx.AsSpan(entry, 100).Contains(kernel, StringComparison.Ordinal)) return ptx;
            int at = ptx.IndexOf(text, entry, StringComparison.Ordinal);
            Assert.True(at >= 0, $"{kernel} has no {text}.");
            changed = true;
            return text.StartsWith("bar", StringComparison.Ordinal) ? ptx.Replace(text, broken) : ptx[..at] + broken + ptx[(at + text.Length)..];
        });
        Assert.ThrowsAny<Exception>(() => CudaTwoViewsTests.Check(CudaTwoViewsTests.Run(rig, z, rows, depth, settings), truth, z, settings, precision, rows));
        Assert.True(changed);
    }

    /// <summary>On a shape that fills its tiles no memory access wastes more than a tenth of what it moves, and shared memory has almost no conflicts.</summary>
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    public void AccessesCoalesceAndBanksDoNotConflict(Precision precision)
    {
        const int rows = 256, depth = 128;
        using CudaRig rig = new(precision);
        CudaTwoViewsTests.Run(rig, Units(rows, depth), rows, depth, new ViewLoss(ViewPairs.BothViews, 0.07f));
        ContrastiveBatch batch = new(Unit(rig, Units(128, depth, 1), 128, depth), Unit(rig, Units(rows, depth, 2), rows, depth)) { Positives = Unit(rig, Units(128, depth, 3), 128, depth) };
        rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.07f), rig.Unwritten(128), rig.Unwritten(128), new ContrastiveGradients(rig.Unwritten(128, depth)));
        rig.Ops.ContrastiveLoss(
            batch, new ContrastiveSettings(0.07f), rig.Unwritten(128), rig.Unwritten(128), new ContrastiveGradients(rig.Unwritten(128, depth), rig.Unwritten(rows, depth)));
        foreach (LaunchReport report in rig.Device.Reports)
        {
            output.WriteLine($"{report.Kernel}: sectors {report.SectorsNeeded} of {report.SectorsAsked}, conflicts {report.BankConflicts} of {report.Wavefronts} wavefronts");
            if (!IsPairKernel(report.Kernel)) continue;
            Assert.InRange(report.SectorsNeeded, 0.9 * report.SectorsAsked, report.SectorsAsked);
            Assert.InRange(report.BankConflicts, 0, 0.05 * report.Wavefronts);
        }

        // Instructions of a lane per pair, where 128 x 64 pairs fall to 4 warps.
        foreach (IGrouping<string, LaunchReport> kernel in rig.Device.Reports.Where(report => IsPairKernel(report.Kernel)).GroupBy(report => report.Kernel))
        {
            LaunchReport report = kernel.First();
            double pairs = report.Kernel.Contains("And", StringComparison.Ordinal) || report.Kernel.Contains("ByRow", StringComparison.Ordinal) || report.Kernel.Contains("ByColumn", StringComparison.Ordinal) ? 128.0 * rows : (double)rows * rows;
            string Per(string name) => (report.Lines.Where(line => line.Text.StartsWith(name, StringComparison.Ordinal) || line.Text.Contains($" {name}", StringComparison.Ordinal)).Sum(line => line.Threads) / pairs).ToString("0.000");
            output.WriteLine($"{report.Kernel}: per pair {report.ThreadInstructions / pairs:0.0} lane instructions, mma {Per("mma")}, ldmatrix {Per("ldmatrix")}, ex2 {Per("ex2")}, "
                + $"fma {Per("fma")}, add {Per("add.rn.f32")}, mul {Per("mul.rn.f32")}, sub {Per("sub.rn.f32")}, max {Per("max")}, cvt {Per("cvt")}");
        }
    }

    /// <summary>By shape alone: who multiplies, how many rows share a tile, and how the keys are split so that few rows fill the device.</summary>
    [Theory]
    [InlineData(Precision.BFloat16, 65_536, 65_536, 128, true, 128, 1)]
    [InlineData(Precision.BFloat16, 256, 65_536, 128, true, 128, 128)]
    [InlineData(Precision.BFloat16, 4096, 65_536, 1024, true, 64, 1)]
    [InlineData(Precision.TensorFloat32, 4096, 65_536, 1024, true, 32, 1)]
    [InlineData(Precision.BFloat16, 20, 100, 64, true, 32, 1)]
    [InlineData(Precision.BFloat16, 4096, 4096, 5000, false, 256, 1)]
    [InlineData(Precision.Float32, 1, 1, 1, false, 256, 1)]
    public void ThePlanFitsTheDevice(Precision precision, int rows, int columns, int depth, bool tensorCores, int threads, int splits)
    {
        PairPlan plan = PairPlan.Of(rows, columns, depth, precision, SharedMemoryLimits.Hopper.OfBlock);
        Assert.Equal((tensorCores, threads, splits), (plan.TensorCores, plan.Threads, plan.Splits));
        Assert.InRange(plan.SharedBytes, 0, 227 * 1024);
        Assert.InRange(plan.Splits * plan.Sweep.TilesPerSplit * PairSweep.TileColumns, columns, int.MaxValue);
    }

    /// <summary>As many keys as multiprocessors could have cut into 216 or 224 splits: loss and gradients have the same bits on 108 and on 132 of them.</summary>
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float32)]
    public void TheBitsDoNotDependOnTheNumberOfMultiprocessors(Precision precision)
    {
        // Enough tiles that a plan by multiprocessors, two blocks for each, would differ.
        const int rows = 4, keys = 64 * PairSweep.TileColumns, depth = 8;
        float[]? losses = null, gradients = null;
        foreach (int multiprocessors in new[] { 4, 7 })
        {
            using CudaRig rig = new(precision, multiprocessors: multiprocessors);
            ContrastiveBatch batch = new(Unit(rig, Units(rows, depth, 1), rows, depth), Unit(rig, Units(keys, depth, 2), keys, depth)) { Positives = Unit(rig, Units(rows, depth, 3), rows, depth) };
            Tensor loss = rig.Unwritten(rows), dq = rig.Unwritten(rows, depth);
            rig.Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.1f), loss, rig.Unwritten(rows), new ContrastiveGradients(dq));
            losses ??= rig.Floats(loss);
            gradients ??= rig.Floats(dq);
            Assert.Equal(losses, rig.Floats(loss));
            Assert.Equal(gradients, rig.Floats(dq));
        }
    }

    public static TheoryData<string> Kernels => [.. All.Keys];

    /// <summary>No spills and no stack by any assembler that is there: some of them have no register left.</summary>
    [Theory, MemberData(nameof(Kernels))]
    public void TheAssemblerSpillsNothing(string name)
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        string ptx = KernelCompiler.Compile(All[name].Method);
        foreach (AssemblerProgram program in Assembler.Programs)
        foreach (string architecture in Assembler.Architectures)
        {
            string said = Assembler.Assemble(ptx, architecture, program);
            output.WriteLine($"{architecture} by ptxas {program.Version}: {said}");
            int stack = int.Parse(StackFrame().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.Equal(0, stack);
        }
    }

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex StackFrame();

    private static readonly Dictionary<string, Delegate> All = new()
    {
        ["Sums bf16"] = PairSums.SumsKernel<BFloat16Tile>,
        ["Sums tf32"] = PairSums.SumsKernel<TensorFloat32Tile>,
        ["SumsAndProducts bf16"] = PairSums.SumsAndProductsKernel<BFloat16Tile>,
        ["SumsAndProducts tf32"] = PairSums.SumsAndProductsKernel<TensorFloat32Tile>,
        ["NarrowSumsAndProducts bf16"] = PairSums.NarrowSumsAndProductsKernel<BFloat16Tile>,
        ["NarrowSumsAndProducts tf32"] = PairSums.NarrowSumsAndProductsKernel<TensorFloat32Tile>,
        ["GradientsByRow bf16"] = PairGradients.GradientsByRowKernel<BFloat16Tile>,
        ["GradientsByRow tf32"] = PairGradients.GradientsByRowKernel<TensorFloat32Tile>,
        ["GradientsByColumn bf16"] = PairGradients.GradientsByColumnKernel<BFloat16Tile>,
        ["GradientsByColumn tf32"] = PairGradients.GradientsByColumnKernel<TensorFloat32Tile>,
        ["GradientsByBoth bf16"] = PairGradients.GradientsByBothKernel<BFloat16Tile>,
        ["GradientsByBoth tf32"] = PairGradients.GradientsByBothKernel<TensorFloat32Tile>,
        ["NarrowGradientsByRow bf16"] = PairGradients.NarrowGradientsByRowKernel<BFloat16Tile>,
        ["NarrowGradientsByRow tf32"] = PairGradients.NarrowGradientsByRowKernel<TensorFloat32Tile>,
        ["NarrowGradientsByColumn bf16"] = PairGradients.NarrowGradientsByColumnKernel<BFloat16Tile>,
        ["NarrowGradientsByColumn tf32"] = PairGradients.NarrowGradientsByColumnKernel<TensorFloat32Tile>,
        ["NarrowGradientsByBoth bf16"] = PairGradients.NarrowGradientsByBothKernel<BFloat16Tile>,
        ["NarrowGradientsByBoth tf32"] = PairGradients.NarrowGradientsByBothKernel<TensorFloat32Tile>,
        ["PlainSums"] = PlainPairSums.PlainSumsKernel,
        ["PlainGradients"] = PlainPairGradients.PlainGradientsKernel,
        ["Finish"] = ContrastiveRows.FinishKernel,
        ["SymmetricFactors"] = ContrastiveRows.SymmetricFactorsKernel,
        ["Draw"] = ContrastiveRows.DrawKernel,
        ["PositiveKeys"] = ContrastiveRows.PositiveKeysKernel,
    };

    private static bool IsPairKernel(string kernel) => kernel.Contains("Sums", StringComparison.Ordinal) || kernel.Contains("Gradients", StringComparison.Ordinal);
}
