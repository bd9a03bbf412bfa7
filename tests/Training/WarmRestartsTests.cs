using NegSamples.Training.Schedules;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

public class WarmRestartsTests
{
    [Fact]
    public void EachStageIsAWarmUpAndAHalfCosineOfItsOwnLength()
    {
        OptimizerSettings settings = new() { Epochs = 70, RestartEpochs = "20,30", WarmupEpochs = 2 };
        WarmRestarts schedule = new(3, settings, 10);
        for (int step = 0; step < 700; step++)
        {
            (int first, int end, int warmup) = step < 200 ? (0, 200, 20) : step < 300 ? (200, 300, 10) : (300, 700, 20);
            double at = step - first;
            double expected = at < warmup ? 3 * (at + 1) / warmup : 1.5 * (1 + Math.Cos(Math.PI * (at - warmup) / (end - first - warmup)));
            Assert.Equal(expected, schedule.At(step), 1e-6);
        }
    }

    [Fact]
    public void WithoutRestartsItIsOneStage()
    {
        WarmRestarts schedule = new(1, new OptimizerSettings { Epochs = 9, WarmupEpochs = 1.5 }, 4);
        WarmupCosine whole = new(1, 6, 36);
        for (int step = 0; step < 36; step++) Assert.Equal(whole.At(step), schedule.At(step));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10")]
    [InlineData("4,4")]
    [InlineData("6,4")]
    [InlineData("-1")]
    [InlineData("2.5")]
    [InlineData("4;5")]
    [InlineData("4, 5")]
    [InlineData("4,")]
    [InlineData(" ")]
    public void OnlyRisingEpochsBeforeTheEndAreTaken(string epochs) => Assert.Contains("`restartEpochs` is '" + epochs, Assert.Throws<SettingsException>(
        new OptimizerSettings { Epochs = 10, WarmupEpochs = 0, RestartEpochs = epochs }.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void AContinuedRunRestartsWhereItEndedBefore()
    {
        OptimizerSettings twice = new OptimizerSettings { Epochs = 10 }.ContinuedTo(15).ContinuedTo(40);
        Assert.Equal((40, "10,15"), (twice.Epochs, twice.RestartEpochs));
        Assert.Contains("more than the 40", Assert.Throws<SettingsException>(() => twice.ContinuedTo(40)).Message, StringComparison.Ordinal);
    }
}
