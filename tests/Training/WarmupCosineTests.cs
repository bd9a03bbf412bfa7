using NegSamples.Training.Schedules;

namespace NegSamples.Tests.Training;

public class WarmupCosineTests
{
    [Fact]
    public void RisesInALineThenFallsAsAHalfCosine()
    {
        WarmupCosine schedule = new(2, 4, 12);
        Assert.Equal([0.5f, 1f, 1.5f, 2f, 2f], Enumerable.Range(0, 5).Select(step => schedule.At(step)));
        for (int step = 4; step < 12; step++) Assert.Equal(1 + Math.Cos(Math.PI * (step - 4) / 8), schedule.At(step), 1e-6);
        Assert.True(schedule.At(11) is > 0 and < 0.1f);
    }

    [Fact]
    public void WithoutWarmupItStartsAtThePeak() => Assert.Equal(3f, new WarmupCosine(3, 0, 5).At(0));
}
