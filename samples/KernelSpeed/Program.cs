// Two kernels against what this machine can do at most: a product of matrices and NT-Xent with its gradient.
//
//   dotnet run -c Release --project samples/KernelSpeed
using System.Diagnostics;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Side = 1024, Rows = 2048, Dimension = 256, Rounds = 7;
using CpuOps ops = new();

float[] a = Numbers(Side * Side), b = Numbers(Side * Side), c = new float[Side * Side];
float[] z = Numbers(Rows * Dimension), gradient = new float[z.Length];
UnitRows.Of(z, Dimension, z);

Report("product of 1,024 x 1,024 by 1,024 x 1,024", 2.0 * Side * Side * Side, () => MatrixProduct.Of(a, b, Side, c, ops: ops));

// All logits once, and the product of their derivatives with the rows: 4·N²·D. What is computed anew to save memory is not counted.
Report("NT-Xent of 2,048 rows of 256 with its gradient", 4.0 * Rows * Rows * Dimension, () => ContrastiveLoss.NtXent(z, Dimension, 0.5f, gradient, ops: ops));

void Report(string name, double flops, Action call)
{
    // A peak of the same process: multiply-adds of registers alone, on as many threads. In turn with the calls, for other programs take their share of both.
    double best = double.PositiveInfinity, peak = 0;
    call();
    for (int round = 0; round < Rounds; round++)
    {
        peak = Math.Max(peak, MachinePeak.Measure(ops.Threads));
        long begin = Stopwatch.GetTimestamp();
        call();
        best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    double rate = flops / best / 1e9;
    Console.WriteLine($"{name}: {best * 1e3:F2} ms, {rate:F0} GFLOP/s, {100 * rate / peak:F0} % of the peak of {peak:F0} on {ops.Threads} threads");
}

static float[] Numbers(int count)
{
    Random random = new(1);
    return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
}
