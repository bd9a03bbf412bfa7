using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class PrecisionTests
{
    [Theory]
    [InlineData("auto", Precision.BFloat16)]
    [InlineData("bf16", Precision.BFloat16)]
    [InlineData("tf32", Precision.TensorFloat32)]
    [InlineData("fp32", Precision.Float32)]
    public void EveryChoiceIsOneOnAGpuAndOneOnACpu(string name, Precision ofGpu)
    {
        Assert.Contains(name, PrecisionNames.Choices);
        Assert.Equal(ofGpu, PrecisionNames.OfGpu(name));
        if (name != PrecisionNames.Automatic) Assert.Equal(name == "bf16" ? Precision.BFloat16 : Precision.Float32, CpuOps.PrecisionOf(name));
    }

    [Fact]
    public void AnotherNameIsRefused()
    {
        Assert.Equal(4, PrecisionNames.Choices.Count);
        Assert.Contains("precision is half; expected bf16, tf32, fp32.", Assert.Throws<ArgumentException>(() => PrecisionNames.OfGpu("half")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => CpuOps.PrecisionOf("half"));
        Assert.Throws<ArgumentException>(() => PrecisionNames.Parse(PrecisionNames.Automatic));
    }

    [Fact]
    public void TheDescriptionSaysThePrecision()
    {
        using CpuOps wide = new(1, Precision.TensorFloat32), narrow = new(1, Precision.BFloat16);
        Assert.EndsWith(", fp32", wide.Description, StringComparison.Ordinal);
        Assert.EndsWith(CpuOps.BFloat16Support.Length == 0 ? ", bf16" : ", bf16 without its instructions", narrow.Description, StringComparison.Ordinal);
    }
}
