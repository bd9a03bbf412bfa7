using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>A start that is refused leaves no folder, so that the corrected command finds its place free.</summary>
public class RefusedStartTests
{
    [Theory]
    [InlineData("--batch-size", "41")]
    [InlineData("--temperature", "0,5")]
    [InlineData("--dim", "2147483647")]
    [InlineData("--learning-rate", "1e300")]
    [InlineData("--loss", "7")]
    public async Task NoFolderIsLeft(string flag, string value)
    {
        using TemporaryFolder folder = new();
        string data = TinyImages.WriteCifar10(folder.PathOf("cifar"), recordsPerFile: 8), run = folder.PathOf("run");
        (int code, _, string error) = await Commands.Run("train", "--data", data, "--output", run, "--threads", "1", flag, value);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(flag, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }
}
