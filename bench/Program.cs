using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NegSamples.Bench;
using NegSamples.Bench.Gpu;
using NegSamples.Kernels.Cpu;
using Perfolizer.Horology;

// Ours are --gpu and --gpu-table (bench/gpu.sh), --full, --explicit (the benchmarks that are left out otherwise) and --table FILE; everything else is
// BenchmarkDotNet's: --filter '*MatMul*', --list flat, --help.
List<string> rest = [.. args];
if (rest.Remove("--gpu")) return GpuRun.Run(rest);
if (rest.Remove("--gpu-table")) return GpuTable.Run(rest);
bool full = rest.Remove("--full"), withExplicit = rest.Remove("--explicit");
string? table = null;
int place = rest.IndexOf("--table");
if (place >= 0)
{
    if (place + 1 == rest.Count)
    {
        Console.Error.WriteLine("--table has no file; expected --table FILE.");
        return 2;
    }

    table = rest[place + 1];
    rest.RemoveRange(place, 2);
}

if (rest.Count == 0) rest = ["--filter", "*"];

// In process: the columns need the peak of the very process and minute that ran the benchmark, nothing has to be generated and built, and there is
// no tiered compilation here (it is switched off for all programs of this solution) that a fresh process would protect against.
Job job = Job.Default.WithToolchain(InProcessEmitToolchain.DontLogOutput).WithWarmupCount(full ? 3 : 1).WithIterationCount(full ? 25 : 7)
    .WithMinIterationTime(TimeInterval.FromMilliseconds(full ? 250 : 50)).WithId(full ? "full" : "short");
IConfig config = ManualConfig.CreateEmpty().AddJob(job)
    .AddFilter(new SimpleFilter(benchmark => withExplicit || !benchmark.Descriptor.HasCategory(OperationBench.Explicit))).AddLogger(ConsoleLogger.Default)
    .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params)
    .AddColumn(StatisticColumn.Median, StatisticColumn.Q1, StatisticColumn.Q3, StatisticColumn.Iterations)
    .AddColumn([.. RoofColumn.All])
    .WithOptions(ConfigOptions.DisableLogFile);

Console.WriteLine($"Peak: {MachinePeak.Gflops:F0} GFLOP/s on {Environment.ProcessorCount} threads, {MachinePeak.GflopsOfOneThread:F0} on one; memory "
    + $"{MachinePeak.GigabytesPerSecond:F1} GB/s.");
Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(typeof(OperationBench).Assembly).Run([.. rest], config)];
if (table is not null) File.WriteAllText(table, ResultTable.Of(summaries));
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
