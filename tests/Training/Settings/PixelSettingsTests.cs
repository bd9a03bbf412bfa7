using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Settings;

public class PixelSettingsTests
{
    [Fact]
    public void TheyAreTheRangeOfTheModel()
    {
        EncoderSettings encoder = new() { PixelScale = 2, PixelMean = "0.5,1,0", PixelDeviation = "0.25" };
        encoder.Validate();
        Assert.Equal(new PixelRange(8, 8, 8, -2, -4, 0), new TrainingSettings { Encoder = encoder }.Model.Pixels);
        Assert.Equal(PixelRange.Unit, new TrainingSettings().Model.Pixels);
    }

    /// <summary>Views that are trained on, and images that are measured, are in the range: twice the pixels is, to the bit, what twice the first weights give.</summary>
    [Fact]
    public void EveryImageThatEntersAnEncoderIsInItsRange()
    {
        TrainingSettings twice = TinyRun.Settings with { Encoder = TinyRun.Settings.Encoder with { PixelDeviation = "0.5" } };
        Assert.Equal(Measured(TinyRun.Settings, factor: 2), Measured(twice, factor: 1));

        double[] Measured(TrainingSettings settings, float factor)
        {
            using CpuOps ops = new(1);
            using Trainer trainer = new(ops, settings, TinyRun.Images());
            Tensor first = trainer.Model.Tensors.First(tensor => tensor.Name == "conv1.weight").Value;
            ops.Scale(first, factor, first);
            double loss = trainer.Step().Loss;
            using Model model = Model.Create(ops, settings.Model, 3);
            first = model.Tensors.First(tensor => tensor.Name == "conv1.weight").Value;
            ops.Scale(first, factor, first);
            Features features = FeatureExtractor.Extract(model, TinyRun.Images(train: false));
            return [loss, .. Enumerable.Range(0, features.Head.Count).SelectMany(i => features.Head.Row(i).ToArray()).Select(number => (double)number)];
        }
    }

    [Theory]
    [InlineData("0,485,0,456,0,406"), InlineData("0,5"), InlineData("0.5;0.5;0.5"), InlineData(""), InlineData("0.1,0.2,"), InlineData("NaN"), InlineData("1.5"), InlineData("-0.5"), InlineData("123.675,116.28,103.53"), InlineData("0,5,5")]
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
