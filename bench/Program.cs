using NegSamples.Bench;
using NegSamples.Bench.Comparison;
using NegSamples.Bench.Devices;
using NegSamples.Bench.Predictions;
using NegSamples.Kernels;

// Ours are --device cuda (the default is cpu), --kernels wgmma (or tma, or mma, the default), --full, --explicit (the benchmarks that are left out otherwise), --table FILE, --json FILE, --join
// (bench/gpu.sh) and --predict (times of GPUs that are not here); everything else is BenchmarkDotNet's: --filter '*MatMul*', --list flat, --help.
List<string> rest = [.. args];
string? table, json, device;
try
{
    if (rest.Remove("--join")) return PeerTable.Run(rest);
    if (rest.Remove("--predict")) return Prediction.Run();
    (table, json, device) = (CommandOption.Take(rest, "--table"), CommandOption.Take(rest, "--json"), CommandOption.Take(rest, "--device") ?? "cpu");
    if (device is not ("cpu" or "cuda")) throw new ArgumentException($"--device {device}: expected cpu or cuda.");
    MatrixKernels kernels = MatrixKernelNames.Parse(CommandOption.Take(rest, "--kernels") ?? MatrixKernelNames.Of(MatrixKernels.Mma));
    if (device == "cuda") BenchDevice.UseGpu(precision => CudaOps.Open(precision, kernels));
    if (kernels != BenchDevice.Kernels)
        throw new DeviceException($"--kernels {MatrixKernelNames.Of(kernels)}: only compute capability 9.0 has them, with a driver for CUDA 12.0 or later.");
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
catch (DeviceException exception)
{
    Console.Error.WriteLine($"No GPU can be measured: {exception.Message}");
    return 4;
}

bool full = rest.Remove("--full"), withExplicit = rest.Remove("--explicit");
if (rest.Count == 0) rest = ["--filter", "*"];
Console.WriteLine($"Roofs: {BenchDevice.DescribeRoofs()}");
BenchRun run = BenchRun.Start([.. rest], full, withExplicit);
if (table is not null) File.WriteAllText(table, run.Table);
if (json is not null) File.WriteAllLines(json, run.Measurements.Select(line => line.ToJson()));
return run.Failed ? 1 : 0;
