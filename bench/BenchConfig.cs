using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NegSamples.Bench.Devices;
using Perfolizer.Horology;

namespace NegSamples.Bench;

/// <summary>How BenchmarkDotNet runs the benchmarks of this program, on either device.</summary>
internal static class BenchConfig
{
    // In process: the columns need the peak of the very process and minute that ran the benchmark, nothing has to be generated and built, and there is
    // no tiered compilation here (it is switched off for all programs of this solution) that a fresh process would protect against.

    /// <summary>The job of a run.</summary>
    public static Job JobOf(bool full) => Job.Default.WithToolchain(InProcessEmitToolchain.DontLogOutput)
        .WithWarmupCount(full ? 3 : 1).WithIterationCount(full ? 25 : 7)
        .WithMinIterationTime(TimeInterval.FromMilliseconds(full ? 250 : 50)).WithId(full ? "full" : "short");

    /// <summary>The configuration for the device that was chosen.</summary>
    /// <param name="job">From <see cref="JobOf"/>.</param>
    /// <param name="withExplicit">Whether benchmarks run that are left out otherwise.</param>
    /// <param name="logger">Is told all that happens.</param>
    public static ManualConfig Of(Job job, bool withExplicit, ILogger logger)
    {
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddFilter(new SimpleFilter(benchmark => withExplicit || !benchmark.Descriptor.HasCategory(OperationBench.Explicit))).AddLogger(logger)
            .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params)
            .AddColumn(StatisticColumn.Median, StatisticColumn.Q1, StatisticColumn.Q3, StatisticColumn.Iterations)
            .AddColumn([.. RoofColumn.All])
            .WithOptions(ConfigOptions.DisableLogFile);
        if (!BenchDevice.IsGpu) return config.AddJob(job);

        // The calls only launch: what an empty one costs is no part of the device's time.
        StreamClock clock = new();
        return config.AddDiagnoser(new StreamTimes(clock)).AddJob(job.WithClock(clock).WithEvaluateOverhead(false).WithUnrollFactor(1));
    }
}
