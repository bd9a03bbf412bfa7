using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Similarity;

namespace NegSamples.Bench.Gpu;

/// <summary><c>--gpu --out FILE [--quick] [--only TEXT] [--device cpu]</c>: measures all cases on the GPU and writes one JSON line for each.</summary>
internal static class GpuRun
{
    private const double QuickRoundMs = 1;

    public static int Run(List<string> arguments)
    {
        bool quick = arguments.Remove("--quick");
        string? file = CommandOption.Take(arguments, "--out"), only = CommandOption.Take(arguments, "--only"),
            place = CommandOption.Take(arguments, "--device");
        if (file is null || arguments.Count > 0 || place is not (null or "cuda" or "cpu"))
        {
            Console.Error.WriteLine($"--gpu with {string.Join(' ', arguments)}: expected --gpu --out FILE [--quick] [--only TEXT] [--device cuda or cpu].");
            return 2;
        }

        // The CPU is for trying the program out where there is no GPU.
        Func<Precision, Ops> open = place == "cpu" ? _ => new CpuOps() : CudaOps.Open;
        string reason = "";
        Ops? first = place == "cpu" ? new CpuOps() : CudaOps.TryOpen(Precision.BFloat16, out CudaOps? gpu, out reason) ? gpu : null;
        if (first is null)
        {
            Console.Error.WriteLine($"No GPU can be measured: {reason}");
            return 1;
        }

        using StreamWriter output = new(file) { AutoFlush = true };
        using (Ops ops = first) output.WriteLine(new Measurement(Measurement.Machine, ops.Description, "", "NegSamples").ToJson());
        foreach (GpuCase item in GpuCases.All(quick))
        {
            string title = $"{item.Name} {item.Shape} {PrecisionNames.Of(item.Precision)}";
            if (only is not null && !title.Contains(only, StringComparison.Ordinal)) continue;
            Measurement measured = Measure(item, open, quick);
            output.WriteLine(measured.ToJson());
            Console.WriteLine(measured.Error is { } error ? $"{title}: {error}"
                : string.Create(CultureInfo.InvariantCulture, $"{title}: {measured.MedianMs:G4} ms"));
        }

        return 0;
    }

    private static Measurement Measure(GpuCase item, Func<Precision, Ops> open, bool quick)
    {
        Measurement measurement = new(item.Name, item.Shape, PrecisionNames.Of(item.Precision), "NegSamples") { Flops = item.Flops };
        try
        {
            using DeviceTensors device = new(open(item.Precision));
            Action work = item.Prepare(device);
            double[] times = quick ? RepeatedCalls.Measure(work, device.Ops.Synchronize, QuickRoundMs) : RepeatedCalls.Measure(work, device.Ops.Synchronize);
            return measurement with
            {
                MedianMs = Quantiles.Of(times, 0.5), Q1Ms = Quantiles.Of(times, 0.25), Q3Ms = Quantiles.Of(times, 0.75),
                Rounds = times.Length, Bytes = device.Bytes,
            };
        }
        catch (Exception fault) when (fault is not (AccessViolationException or ThreadInterruptedException))
        {
            // Whatever one case does, out of memory included, is a result of that case; the others still run.
            string error = fault is DeviceMemoryException or OutOfMemoryException ? "out of memory" : $"{fault.GetType().Name}: {fault.Message}";
            return measurement with { Error = error };
        }
    }
}
