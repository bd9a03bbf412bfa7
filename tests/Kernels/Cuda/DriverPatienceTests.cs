using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

public class DriverPatienceTests
{
    [Theory]
    [InlineData(null, 60)]
    [InlineData("", 60)]
    [InlineData("0.5", 0.5)]
    [InlineData("86400", 86400)]
    public void TheVariableIsSeconds(string? asked, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), DriverPatience.LimitOf(asked));

    [Theory]
    [InlineData("x")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0,5")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    public void WhatIsNoTimeIsRefused(string asked) =>
        Assert.Contains($"NEGSAMPLES_DRIVER_SECONDS is '{asked}'; expected seconds", Assert.Throws<DeviceException>(() => DriverPatience.LimitOf(asked)).Message, StringComparison.Ordinal);
}
