using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The bounds of a first loss: what rows of unit length allow, and no more.</summary>
public class FirstLossTests
{
    [Theory]
    [InlineData(64, 0, 1, 0, LossKind.NtXent, 0.5, 126)]
    [InlineData(64, 0, 4, 0, LossKind.NtXent, 0.07, 30)]
    [InlineData(64, 5, 1, 0, LossKind.NtXent, 1, 5)]
    [InlineData(32, 0, 1, 0, LossKind.SingleView, 0.2, 31)]
    [InlineData(32, 0, 1, 1000, LossKind.NtXent, 0.07, 1000)]
    public void TheyAreThoseOfOppositeRows(int batch, int negatives, int shards, int queue, LossKind kind, double temperature, int expected)
    {
        TrainingSettings settings = new()
        {
            Batch = new() { Size = batch }, Loss = new() { Kind = kind, Negatives = negatives, Shards = shards, Queue = queue, Temperature = temperature },
        };
        (double least, double greatest) = FirstLoss.Bounds(settings, temperature)!.Value;
        Assert.Equal(Math.Log(1 + (expected * Math.Exp(-2 / temperature))), least, 1e-12);
        Assert.Equal(Math.Log(1 + (expected * Math.Exp(2 / temperature))), greatest, 1e-12);
    }

    [Fact]
    public void ATemperatureNearZeroHasFiniteBounds()
    {
        (double least, double greatest) = FirstLoss.Bounds(new() { Batch = new() { Size = 64 } }, 1e-3)!.Value;
        Assert.Equal(0, least, 1e-12);
        Assert.Equal(2000 + Math.Log(126), greatest, 1e-9);
    }

    [Theory]
    [InlineData(LossKind.Decoupled)]
    [InlineData(LossKind.Debiased)]
    [InlineData(LossKind.Hard)]
    [InlineData(LossKind.SupCon)]
    [InlineData(LossKind.Sigmoid)]
    [InlineData(LossKind.CrossEntropy)]
    public void OtherLossesHaveOtherRanges(LossKind kind) => Assert.Null(FirstLoss.Bounds(new() { Loss = new() { Kind = kind } }, 0.5));
}
