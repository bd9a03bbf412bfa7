using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What rounding to bfloat16 does to loss and gradient as the temperature falls: why there is a least one, and that it is right.</summary>
public sealed class SmallTemperatureTests
{
    private const double Bar = 1e-2;

    [Theory]
    [InlineData(RowLayout.Random)]
    [InlineData(RowLayout.Trained)]
    [InlineData(RowLayout.Near)]
    public void AtTheLeastTemperatureLossAndGradientErrByLessThanAHundredth(RowLayout layout)
    {
        foreach (TemperatureCase rows in new[]
            { TemperatureCase.Queue(layout, CpuOps.LeastBFloat16Temperature, 64, 1024), TemperatureCase.Views(layout, CpuOps.LeastBFloat16Temperature, 256) })
        {
            TemperatureErrors single = On(rows, Precision.Float32), rounded = On(rows, Precision.BFloat16);
            Assert.InRange(rounded.Loss, 0, Bar);
            Assert.InRange(rounded.Gradient, 10 * single.Gradient, Bar);
        }
    }

    /// <summary>Half of it would be too low: the constant is no more careful than the bar asks.</summary>
    [Fact]
    public void AtHalfOfItTheyErrByMore() =>
        Assert.True(On(TemperatureCase.Views(RowLayout.Near, CpuOps.LeastBFloat16Temperature / 2, 256), Precision.BFloat16).Worst > Bar);

    /// <summary>The table of docs/bf16.md.</summary>
    [Fact(Explicit = true)]
    public void Table()
    {
        Console.WriteLine("| batch | rows | T | float32: loss | gradient | bf16: loss | gradient | positives rounded too: loss | gradient |");
        Console.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|");
        foreach (bool isQueue in new[] { true, false })
        foreach (RowLayout layout in Enum.GetValues<RowLayout>())
        foreach (float temperature in new[] { 0.01f, 0.02f, 0.03f, 0.04f, 0.07f, 0.5f, 1 })
        {
            TemperatureCase rows = isQueue ? TemperatureCase.Queue(layout, temperature, 256, 4096) : TemperatureCase.Views(layout, temperature, 1024);
            string[] errors = [.. new[] { On(rows, Precision.Float32), On(rows, Precision.BFloat16), rows.AllRounded }
                .Select(of => string.Create(CultureInfo.InvariantCulture, $"{of.Loss:0.0e+0} | {of.Gradient:0.0e+0}"))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {(isQueue ? "256 x 4096" : "NT-Xent of 1024")} | {layout} | {temperature} | {string.Join(" | ", errors)} |"));
        }
    }

    private static TemperatureErrors On(TemperatureCase rows, Precision precision)
    {
        using CpuOps ops = new(2, precision) { LeastTemperatureInBFloat16 = 0 };
        return rows.On(ops);
    }
}
