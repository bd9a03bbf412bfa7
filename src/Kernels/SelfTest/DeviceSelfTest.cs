using System.Diagnostics;

namespace NegSamples.Kernels.SelfTest;

/// <summary>What one operation of a device did beside its CPU twin.</summary>
/// <param name="Name">The operation and its shape.</param>
/// <param name="Error">The greatest difference from the CPU's result over the greatest of the CPU's numbers, the worst of all results.</param>
/// <param name="Tolerance">The most that rounding explains.</param>
/// <param name="Seconds">Time on the device, the compilation of its kernels included.</param>
/// <param name="Failure">An exception's message, or null.</param>
internal sealed record SelfTestResult(string Name, double Error, double Tolerance, double Seconds, string? Failure)
{
    /// <summary>Whether the operation is right.</summary>
    public bool Passed => Failure is null && Error <= Tolerance;
}

/// <summary>Runs every operation of a device beside its CPU twin.</summary>
internal static class DeviceSelfTest
{
    /// <summary>Runs all cases.</summary>
    /// <param name="device">The device under test.</param>
    /// <param name="precision">What it computes with, which decides the tolerance.</param>
    /// <param name="cpu">The twin.</param>
    /// <param name="small">Shapes of a few elements, for a device that is slow; otherwise those of a CIFAR-10 training step.</param>
    /// <param name="show">Receives each result as soon as it is there.</param>
    /// <param name="stop">Ends it between two cases.</param>
    /// <returns>All results.</returns>
    public static IReadOnlyList<SelfTestResult> Run(Ops device, Precision precision, CpuOps cpu, bool small, Action<SelfTestResult>? show = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(cpu);
        List<SelfTestResult> results = [];
        foreach (SelfTestCase test in SelfTestCases.All(small ? SelfTestScale.Small : SelfTestScale.Real, device))
        {
            stop.ThrowIfCancellationRequested();
            results.Add(Run(device, precision, cpu, test));
            show?.Invoke(results[^1]);
        }

        return results;
    }

    /// <summary>Runs one case.</summary>
    internal static SelfTestResult Run(Ops device, Precision precision, CpuOps cpu, SelfTestCase test)
    {
        Stopwatch watch = new();
        double tolerance = test.ToleranceOf(precision);
        try
        {
            using SelfTestRun expected = new(cpu, device.ActivationType), actual = new(device, device.ActivationType);
            test.Body(expected);
            watch.Start();
            test.Body(actual);
            device.Synchronize();
            watch.Stop();
            string? beside = (device as CudaOps)?.TakeFaults();
            if (beside is not null) return new SelfTestResult(test.Name, double.NaN, tolerance, watch.Elapsed.TotalSeconds, beside);
            double error = 0;
            foreach ((float[] truth, float[] values) in expected.Download().Zip(actual.Download()))
            {
                double largest = 0, worst = 0;
                for (int i = 0; i < truth.Length; i++)
                {
                    largest = Math.Max(largest, Math.Abs(truth[i]));
                    double difference = Math.Abs((double)values[i] - truth[i]);
                    if (!(difference <= worst)) worst = double.IsNaN(difference) ? double.PositiveInfinity : difference;
                }

                error = Math.Max(error, worst / Math.Max(largest, 1e-30));
            }

            return new SelfTestResult(test.Name, error, tolerance, watch.Elapsed.TotalSeconds, null);
        }
        catch (Exception exception) when (exception is DeviceException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return new SelfTestResult(test.Name, double.NaN, tolerance, watch.Elapsed.TotalSeconds, exception.Message);
        }
    }
}
