using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>What a GPU's precisions do to loss and gradients as the temperature falls, and where a GPU in bf16 multiplies rows in TF32.</summary>
public sealed class CudaSmallTemperatureTests
{
    private const double Bar = 1e-3;

    // A weight and a row of each product are rounded to 8 bits, by 2^-9 at most, at any temperature; rows that are alike err alike.
    private const double GradientBar = 1.0 / 256;

    [Theory]
    [InlineData(RowLayout.Random)]
    [InlineData(RowLayout.Trained)]
    [InlineData(RowLayout.Near)]
    public void AtTheLeastTemperatureTheLossErrsByLessThanAThousandth(RowLayout layout)
    {
        foreach (TemperatureCase rows in Cases(layout, CudaOps.LeastBFloat16Temperature))
        {
            TemperatureErrors errors = On(rows, Precision.BFloat16, CudaOps.LeastBFloat16Temperature);
            Assert.InRange(errors.Loss, 1e-6, Bar);
            Assert.InRange(errors.Gradient, 1e-4, GradientBar);
        }
    }

    /// <summary>At MoCo's 0.07 bfloat16 costs more than that and TF32 does not: the constant is no more careful than the bar asks.</summary>
    [Fact]
    public void BelowItTensorFloat32StaysWithinWhatBFloat16Exceeds()
    {
        foreach (TemperatureCase rows in Cases(RowLayout.Trained, 0.07f))
        {
            Assert.True(On(rows, Precision.BFloat16, 0).Loss > Bar);
            Assert.InRange(On(rows, Precision.BFloat16, CudaOps.LeastBFloat16Temperature).Worst, 1e-6, Bar);
        }
    }

    /// <summary>At the least temperature the results have the bits of bfloat16's kernels, just below it those of TF32's.</summary>
    [Fact]
    public void BelowTheLeastTemperatureProductsAreTensorFloat32()
    {
        float least = CudaOps.LeastBFloat16Temperature;
        foreach ((float temperature, Precision expected) in new[] { (least, Precision.BFloat16), (MathF.BitDecrement(least), Precision.TensorFloat32), (0.01f, Precision.TensorFloat32) })
        {
            foreach (TemperatureCase rows in Cases(RowLayout.Random, temperature))
            {
                using CudaRig rig = new(Precision.BFloat16, leastTemperature: least);
                TemperatureErrors errors = rows.On(rig.Ops);
                Assert.Equal(On(rows, expected, 0), errors);
                Type tile = expected == Precision.BFloat16 ? typeof(BFloat16Tile) : typeof(TensorFloat32Tile);
                Assert.Equal([tile], rig.Device.Launches.Where(launch => launch.Kernel.IsGenericMethod).Select(launch => launch.Kernel.GetGenericArguments()[0]).Distinct());
            }
        }
    }

    /// <summary>The table of docs/bf16.md, "Small temperatures on a GPU".</summary>
    [Fact(Explicit = true)]
    public void Table()
    {
        Console.WriteLine("| batch | rows | T | fp32: loss | dq | dk | tf32: loss | dq | dk | bf16: loss | dq | dk |");
        Console.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (bool isQueue in new[] { true, false })
        foreach (RowLayout layout in Enum.GetValues<RowLayout>())
        foreach (float temperature in new[] { 0.01f, 0.07f, 0.2f, 0.5f })
        {
            TemperatureCase rows = isQueue ? TemperatureCase.Queue(layout, temperature, 128, 1024) : TemperatureCase.Views(layout, temperature, 512);
            string[] errors = [.. new[] { Precision.Float32, Precision.TensorFloat32, Precision.BFloat16 }.Select(precision => On(rows, precision, 0))
                .Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Loss:0.0e+0} | {of.Queries:0.0e+0} | {(isQueue ? of.Keys.ToString("0.0e+0", CultureInfo.InvariantCulture) : "")}"))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {(isQueue ? "128 x 1024" : "NT-Xent of 512")} | {layout} | {temperature} | {string.Join(" | ", errors)} |"));
        }
    }

    private static TemperatureCase[] Cases(RowLayout layout, float temperature) => [TemperatureCase.Queue(layout, temperature, 64, 256), TemperatureCase.Views(layout, temperature, 128)];

    private static TemperatureErrors On(TemperatureCase rows, Precision precision, float leastTemperature)
    {
        using CudaRig rig = new(precision, leastTemperature: leastTemperature);
        return rows.On(rig.Ops);
    }
}
