using BenchmarkDotNet.Analysers;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Validators;

namespace NegSamples.Bench.Devices;

/// <summary>Keeps for each benchmark what its measured iterations took of the host, and the memory that its tensors and workspace have.</summary>
internal sealed class StreamTimes(StreamClock clock) : IDiagnoser
{
    private static readonly Dictionary<string, (double HostShare, long Bytes)> Kept = [];

    public IEnumerable<string> Ids => [nameof(StreamTimes)];

    public IEnumerable<IExporter> Exporters => [];

    public IEnumerable<IAnalyser> Analysers => [];

    /// <summary>The host's time over the device's, and bytes of device memory; NaN and 0 where none were kept.</summary>
    public static (double HostShare, long Bytes) Of(BenchmarkCase benchmark) => Kept.GetValueOrDefault(benchmark.DisplayInfo, (double.NaN, 0));

    public RunMode GetRunMode(BenchmarkCase benchmarkCase) => RunMode.NoOverhead;

    public void Handle(HostSignal signal, DiagnoserActionParameters parameters)
    {
        if (signal == HostSignal.BeforeActualRun) clock.Restart();
        if (signal != HostSignal.AfterActualRun) return;
        Kept[parameters.BenchmarkCase.DisplayInfo] = (clock.Spent.Host / clock.Spent.Device, OperationBench.Running?.DeviceBytes ?? 0);
    }

    public IEnumerable<Metric> ProcessResults(DiagnoserResults results) => [];

    public void DisplayResults(ILogger logger)
    {
        // Columns show them.
    }

    public IEnumerable<ValidationError> Validate(ValidationParameters validationParameters) => [];
}
