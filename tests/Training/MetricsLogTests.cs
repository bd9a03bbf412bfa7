using NegSamples.Training;

namespace NegSamples.Tests.Training;

public class MetricsLogTests
{
    /// <summary>A process that was ended early and one that went on for longer have both their times.</summary>
    [Fact]
    public void TheSecondsBeforeAResumeCount()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("metrics.jsonl");
        using (MetricsLog first = MetricsLog.Open(path, 0))
        {
            Assert.Equal(0, first.SecondsBefore);
            first.Write(new Metrics(1, 0.1, 5, 1, 10, 4));
            first.Write(new Metrics(2, 0.2, 5, 1, 10, 7)); // beyond the checkpoint: it is done again
        }

        using (MetricsLog second = MetricsLog.Open(path, 1))
        {
            Assert.Equal(4, second.SecondsBefore);
            second.Write(new Metrics(2, 0.2, 5, 1, 10, second.SecondsBefore + 9));
        }

        Assert.Equal(13, MetricsLog.Seconds(MetricsLog.Read(path)));
    }

    /// <summary>The clock of earlier versions began anew with each process.</summary>
    [Fact]
    public void AClockThatBeginsAnewIsAddedUp() =>
        Assert.Equal(12, MetricsLog.Seconds([new(1, 0, 5, 1, 10, 3), new(2, 0, 5, 1, 10, 8), new(3, 0, 5, 1, 10, 1), new(4, 0, 5, 1, 10, 4)]));
}
