using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Settings;

public class PixelSettingsTests
{
    [Fact]
    public void TheyAreTheRangeOfTheModel()
    {
        EncoderSettings encoder = new() { PixelScale = 2, PixelMean = "0.5,1,-1", PixelDeviation = "0.25" };
        encoder.Validate();
        Assert.Equal(new PixelRange(8, 8, 8, -2, -4, 4), new TrainingSettings { Encoder = encoder }.Model.Pixels);
        Assert.Equal(PixelRange.Unit, new TrainingSettings().Model.Pixels);
    }

    [Theory]
    [InlineData("0,485,0,456,0,406"), InlineData("0,5"), InlineData("0.5;0.5;0.5"), InlineData(""), InlineData("0.1,0.2,"), InlineData("NaN"), InlineData("1e9")]
    public void WhatIsNotANumberForEachChannelIsRefused(string mean)
    {
        string refusal = Assert.Throws<SettingsException>(() => new EncoderSettings { PixelMean = mean }.Validate()).Message;
        Assert.Contains($"`pixelMean` is '{mean}'; expected one number or three", refusal, StringComparison.Ordinal);
        Assert.Contains("as in 0.485,0.456,0.406", refusal, StringComparison.Ordinal);
    }

    [Theory, InlineData("0"), InlineData("0.2,-0.2,0.2"), InlineData("1,1,0")]
    public void ADeviationIsAboveNothing(string deviation) =>
        Assert.Contains("`pixelDeviation` is", Assert.Throws<SettingsException>(() => new EncoderSettings { PixelDeviation = deviation }.Validate()).Message, StringComparison.Ordinal);

    [Theory, InlineData(0), InlineData(-1), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void AScaleIsAboveNothing(double scale) =>
        Assert.Contains("`pixelScale` is", Assert.Throws<SettingsException>(() => new EncoderSettings { PixelScale = scale }.Validate()).Message, StringComparison.Ordinal);
}
