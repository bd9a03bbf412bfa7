using System.Globalization;
using System.Reflection;
using System.Text;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.Kernels.SelfTest;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Every kernel that the operations launch, in all precisions: what the assembler makes of it and what its accesses cost.</summary>
public class KernelTableTests
{
    // Shares of sectors and of wavefronts; at these small shapes what is loaded once a tile weighs more than in a run.
    private const double LeastCoalescing = 0.9, MostConflicts = 0.05;

    // A warpgroup writes the sums of a turned tile down its columns, once behind a depth that is a step or two at these shapes.
    private const double MostConflictsTurned = 0.25;

    // The same, where the copies before it come by the copy engine, which takes no wavefronts of threads: of those that write, two for one, half at most.
    private const double MostConflictsTurnedAlone = 0.5;

    // The kernels that memory bounds; the others touch a few numbers per row.
    private static readonly string[] Wide = ["Convolution", "WeightGradient", "BatchNorm", "ColumnStatistics", "Scale", "MovingAverage", "Pool", "L2Normalize", "Step", "Sums", "Gradients", "CountNonFinite"];

    /// <summary>Writes the table into the file that NEGSAMPLES_KERNEL_TABLE names, as kernels.sh does.</summary>
    [Fact]
    public void EveryKernelAssemblesWithoutSpillsAndReadsWholeSectors()
    {
        string? file = Environment.GetEnvironmentVariable("NEGSAMPLES_KERNEL_TABLE");
        Assert.SkipUnless(file is not null, "./kernels.sh runs it, which takes minutes.");
        Assert.True(Assembler.ForWarpgroups is not null, "No ptxas of CUDA 12 is on the path, which alone knows sm_90a.");
        List<string> faults = [];
        StringBuilder table = new(Head(string.Join(" and ", Assembler.Programs.Select(program => program.Version))));
        Dictionary<MethodInfo, (int Threads, int SharedBytes)>[] full = [.. Occupancy.All.Select(gpu => FullLaunches(gpu.Memory))];
        KernelRow[] rows = [.. Rows().OrderBy(row => row.Name, StringComparer.Ordinal)];
        Dictionary<(AssemblerProgram Program, string Architecture), AssembledKernel>[] assembled =
        [
            .. rows.AsParallel().AsOrdered().Select(row => row.Targets.ToDictionary(
                target => target, target => Assembler.Read(row.Ptx, target.Architecture, target.Program, disassemble: target == row.Hopper))),
        ];
        foreach ((KernelRow row, Dictionary<(AssemblerProgram Program, string Architecture), AssembledKernel> kernels) in rows.Zip(assembled))
        {
            AssembledKernel hopper = kernels[row.Hopper];
            foreach (((AssemblerProgram program, string architecture), AssembledKernel kernel) in kernels)
            {
                if (kernel.StackBytes > 0)
                    faults.Add($"{row.Name}: {kernel.SpillBytes} bytes of spills, {kernel.StackBytes} of stack for {architecture} by ptxas {program.Version}");
            }

            string blocks = string.Join(" / ", Occupancy.All.Select((gpu, i) =>
            {
                (AssemblerProgram, string) target = gpu.Architecture == "sm_90" ? row.Hopper : (Assembler.Programs[0], gpu.Architecture);
                if (!kernels.TryGetValue(target, out AssembledKernel? kernel)) return "–";
                (int threads, int shared) = full[i].GetValueOrDefault(row.Method, (row.Threads, row.SharedBytes));
                return string.Create(CultureInfo.InvariantCulture, $"{gpu.Of(kernel.Registers, threads, kernel.SharedBytes + shared)}");
            }));
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Threads} | {hopper.Registers} | {hopper.SharedBytes + row.SharedBytes:N0} | {kernels.Values.Max(kernel => kernel.SpillBytes)} | {blocks} | {Tensor(hopper)} | {Share(row.SectorsNeeded, row.SectorsAsked)} | {Share(row.Conflicts, row.Wavefronts)} |");
            if (hopper.Registers * row.Threads > 65536) faults.Add($"{row.Name}: {hopper.Registers} registers of {row.Threads} threads do not fit");
            bool wide = row.Method.DeclaringType != typeof(ContrastiveRows) && Wide.Any(part => row.Kernel.StartsWith(part, StringComparison.Ordinal));
            if (wide && row.SectorsNeeded < LeastCoalescing * row.SectorsAsked)
                faults.Add($"{row.Name}: asks for {row.SectorsAsked} sectors and needs {row.SectorsNeeded}");
            double most = !row.Name.Contains("WarpgroupTall", StringComparison.Ordinal) ? MostConflicts
                : row.Kernel.Contains("Bulk", StringComparison.Ordinal) ? MostConflictsTurnedAlone : MostConflictsTurned;
            if (row.Conflicts > most * row.Wavefronts) faults.Add($"{row.Name}: {row.Conflicts} of {row.Wavefronts} wavefronts are bank conflicts");
            bool ofTensorCores = row.Warpgroups || row.Name.Contains("BFloat16Arithmetic", StringComparison.Ordinal) || row.Name.Contains("TensorFloat32Arithmetic", StringComparison.Ordinal);
            if (ofTensorCores && hopper.Code.Length > 0 && hopper.Count(row.Warpgroups ? "HGMMA" : "HMMA") == 0) faults.Add($"{row.Name}: no tensor-core instruction");
        }

        File.WriteAllText(file!, table.ToString());
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string Head(string versions) => $"""
        # Kernels

        Every CUDA kernel, as `./kernels.sh` measured it without a GPU. All assemble with ptxas {versions} for {string.Join(", ", Assembler.Architectures)}; "spilled" is the most
        bytes that any of them stores and loads for want of registers. Those with `Warpgroup` in their names are of `wgmma`, for sm_90a alone by ptxas {Assembler.ForWarpgroups!.Version}.
        Registers are for sm_90 by ptxas {Assembler.Programs[0].Version}; coalescing and bank conflicts by the PTX interpreter at the aligned shapes of the self-test. "Blocks" is how many a multiprocessor of compute capability {string.Join(" / ", Occupancy.All.Select(gpu => gpu.Capability))} holds at a time, by registers, threads and the
        shared memory that the kernel takes there at shapes of a CIFAR-10 step that fill the GPU. "Sectors" is the share of the 32-byte sectors asked for that an ideal
        kernel would ask for too (one sector counts once per access of a warp); "conflicts" is the share of shared-memory wavefronts that banks cost. "Tensor" counts
        HMMA, or HGMMA, LDSM and LDGSTS instructions.

        | kernel | threads | registers | shared bytes | spilled | blocks | tensor | sectors | conflicts |
        | --- | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |

        """;

    /// <summary>What is launched on a GPU of so few multiprocessors that the largest tiles are chosen.</summary>
    private static Dictionary<MethodInfo, (int Threads, int SharedBytes)> FullLaunches(SharedMemoryLimits limits)
    {
        Dictionary<MethodInfo, (int Threads, int SharedBytes)> launches = [];
        foreach ((Precision precision, MatrixKernels kernels) in Ways)
        {
            LimitedDevice device = new(limits, multiprocessors: 4) { Warpgroups = limits == SharedMemoryLimits.Hopper, TensorMaps = limits == SharedMemoryLimits.Hopper };
            using CudaOps ops = new(device, precision, kernels);
            foreach (SelfTestCase test in SelfTestCases.OfScale(SelfTestScale.Real))
            {
                using SelfTestRun run = new(ops, ops.ActivationType, filled: false);
                test.Body(run);
            }

            foreach ((MethodInfo kernel, int threads, int shared) in device.Launches)
            {
                (int Threads, int SharedBytes) most = launches.GetValueOrDefault(kernel);
                launches[kernel] = (Math.Max(most.Threads, threads), Math.Max(most.SharedBytes, shared));
            }
        }

        return launches;
    }

    private static Dictionary<MethodInfo, KernelRow>.ValueCollection Rows()
    {
        Dictionary<MethodInfo, KernelRow> rows = [];
        foreach ((Precision precision, MatrixKernels kernels) in Ways)
        {
            // Odd shapes first, then tiles forced onto small ones, for the kernels that only they launch; the aligned ones replace their counts.
            for (int pass = 0; pass < 3; pass++)
            {
                bool isCounted = pass > 0;
                using CudaRig rig = new(precision, multiprocessors: kernels == MatrixKernels.Mma ? 4 : 1, kernels: kernels); // On one, large tiles too.
                IEnumerable<SelfTestCase> cases = pass == 0 ? SelfTestCases.All(SelfTestScale.Small) : SelfTestCases.OfScale(SelfTestScale.Aligned);
                foreach (SelfTestCase test in pass == 1 ? SelfTestCases.All(SelfTestScale.Aligned, rig.Ops).Skip(cases.Count()) : cases)
                {
                    using SelfTestRun run = new(rig.Ops, rig.Ops.ActivationType);
                    test.Body(run);
                }

                foreach (IGrouping<MethodInfo, (LaunchReport Report, int Threads, int SharedBytes)> launches in rig.Device.Reports
                    .Zip(rig.Device.Launches, (report, launch) => (launch.Kernel, Launch: (report, launch.Threads, launch.SharedBytes))).GroupBy(launch => launch.Kernel, launch => launch.Launch))
                {
                    // Products that warpgroups leave to single warps have their rows already.
                    if (kernels != MatrixKernels.Mma && !KernelVariant.IsOfWarpgroups(launches.Key)) continue;
                    rows[launches.Key] = new(
                        launches.Key, KernelVariant.NameOf(launches.Key), launches.Key.Name, KernelCompiler.Compile(launches.Key), launches.Max(launch => launch.Threads), launches.Max(launch => launch.SharedBytes),
                        isCounted ? launches.Sum(launch => launch.Report.SectorsAsked) : 0, launches.Sum(launch => launch.Report.SectorsNeeded),
                        isCounted ? launches.Sum(launch => launch.Report.Wavefronts) : 0, isCounted ? launches.Sum(launch => launch.Report.BankConflicts) : 0);
                }
            }
        }

        return rows.Values;
    }

    /// <summary>Precisions and instructions that kernels are written for.</summary>
    internal static IEnumerable<(Precision Precision, MatrixKernels Kernels)> Ways =>
        [.. Enum.GetValues<Precision>().Select(precision => (precision, MatrixKernels.Mma)), (Precision.BFloat16, MatrixKernels.Wgmma), (Precision.BFloat16, MatrixKernels.Tma)];

    private static string Tensor(AssembledKernel kernel) =>
        kernel.Count("HMMA") + kernel.Count("HGMMA") + kernel.Count("LDSM") + kernel.Count("LDGSTS") is 0 ? "" : $"{kernel.Count("HMMA") + kernel.Count("HGMMA")} / {kernel.Count("LDSM")} / {kernel.Count("LDGSTS")}";

    private static string Share(long part, long whole) => whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F0} %");

    private sealed record KernelRow(MethodInfo Method, string Name, string Kernel, string Ptx, int Threads, int SharedBytes, long SectorsAsked, long SectorsNeeded, long Wavefronts, long Conflicts)
    {
        public bool Warpgroups => KernelVariant.IsOfWarpgroups(Method);

        /// <summary>The first assembler of compute capability 9.0.</summary>
        public (AssemblerProgram Program, string Architecture) Hopper => Warpgroups ? (Assembler.ForWarpgroups!, "sm_90a") : (Assembler.Programs[0], "sm_90");

        /// <summary>All assemblers and architectures.</summary>
        public IEnumerable<(AssemblerProgram Program, string Architecture)> Targets => Warpgroups ? [Hopper]
            : Assembler.Programs.SelectMany(program => Assembler.Architectures.Select(architecture => (program, architecture)));
    }
}
