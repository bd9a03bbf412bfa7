using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Training.Evaluation;

public class EpochChoiceTests
{
    [Theory]
    [InlineData(new[] { 0.1, 0.5, 0.4, 0.2 }, new[] { 0.3, 0.2, 0.9, 0.6 }, 2, 3)]
    [InlineData(new[] { 0.4, 0.5, 0.5, 0.1 }, new[] { 0.7, 0.3, 0.2, 0.7 }, 2, 1)] // of equals the earlier
    [InlineData(new[] { 0.1, 0.2, 0.3 }, new[] { 0.1, 0.2, 0.3 }, 3, 3)]
    [InlineData(new[] { 0.0 }, new[] { 0.25 }, 1, 1)]
    public void EachNumberIsOfItsOwnEpoch(double[] heldOut, double[] test, int bestByHeldOut, int bestTest)
    {
        IReadOnlyList<EpochChoice> choices = EpochChoice.Of([.. heldOut.Select(top => new Accuracy(top, 1))], [.. test.Select(top => new Accuracy(top, top / 2, top / 4))]);
        Assert.Equal([EpochSelection.Last, EpochSelection.HeldOut, EpochSelection.Test], choices.Select(choice => choice.Selection));
        Assert.Equal([test.Length, bestByHeldOut, bestTest], choices.Select(choice => choice.Epoch));
        Assert.All(choices, choice => Assert.Equal(new Accuracy(test[choice.Epoch - 1], test[choice.Epoch - 1] / 2, test[choice.Epoch - 1] / 4), choice.Test));
    }

    [Fact]
    public void EpochsThatDoNotBelongTogetherAreRefused()
    {
        Accuracy one = new(1, 1);
        Assert.Contains("heldOut has 1 epoch and test 2", Assert.Throws<ArgumentException>(() => EpochChoice.Of([one], [one, one])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => EpochChoice.Of([], []));
    }
}
