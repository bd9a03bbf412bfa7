using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace NegSamples.Bench;

/// <summary>A run of benchmarks on the device that was chosen.</summary>
internal sealed class BenchRun
{
    private readonly Summary[] summaries;

    private BenchRun(Summary[] summaries) => this.summaries = summaries;

    /// <summary>Whether one of them failed.</summary>
    public bool Failed => summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));

    /// <summary>All of them as one Markdown table.</summary>
    public string Table => ResultTable.Of(summaries);

    /// <summary>The device, then a measurement for each.</summary>
    public IReadOnlyList<Comparison.Measurement> Measurements => [.. Comparison.MeasuredRun.Of(summaries)];

    /// <summary>Runs them.</summary>
    /// <param name="arguments">BenchmarkDotNet's.</param>
    /// <param name="full">Whether many iterations are measured.</param>
    /// <param name="withExplicit">Whether those run too that are left out otherwise.</param>
    public static BenchRun Start(string[] arguments, bool full, bool withExplicit) =>
        Start(arguments, BenchConfig.JobOf(full), withExplicit, ConsoleLogger.Default);

    /// <summary>Tries them out, and says nothing.</summary>
    /// <param name="arguments">BenchmarkDotNet's.</param>
    /// <param name="iterations">Iterations that are measured.</param>
    /// <param name="calls">Calls of each.</param>
    public static BenchRun Try(string[] arguments, int iterations, int calls)
    {
        Job job = BenchConfig.JobOf(full: false).WithIterationCount(iterations).WithInvocationCount(calls).WithUnrollFactor(1);
        return Start(arguments, job, withExplicit: false, NullLogger.Instance);
    }

    private static BenchRun Start(string[] arguments, Job job, bool withExplicit, ILogger logger) =>
        new([.. BenchmarkSwitcher.FromAssembly(typeof(OperationBench).Assembly).Run(arguments, BenchConfig.Of(job, withExplicit, logger))]);
}
