using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>A word that the command line does not know has one sentence, and what follows it for its sake has none.</summary>
public class UnknownWordTests
{
    [Theory]
    [InlineData("trian", "'trian' is unknown. Did you mean train?", "negsamples --help")]
    [InlineData("trian --data shapes --epochs 3", "'trian' is unknown. Did you mean train?", "negsamples --help")]
    [InlineData("quintessence", "'quintessence' is unknown.", "negsamples --help")]
    [InlineData("train --epoch 3", "'--epoch' is unknown. Did you mean --epochs?", "negsamples train --help")]
    [InlineData("train --data shapes --batchsize 3 --steps 2", "'--batchsize' is unknown. Did you mean --batch-size?", "negsamples train --help")]
    [InlineData("train shapes", "'shapes' is unknown.", "negsamples train --help")]
    [InlineData("devices now", "'now' is unknown.", "negsamples devices --help")]
    [InlineData("--verbos", "'--verbos' is unknown. Did you mean --verbose?", "negsamples --help")]
    public async Task ItHasOneSentence(string line, string sentence, string advice)
    {
        (int code, string output, string error) = await Commands.Run(line.Split(' '));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Equal("", output);
        Assert.Equal($"negsamples: {sentence}\nTry: {advice}\n", error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task EachUnknownFlagHasItsOwn()
    {
        (int code, _, string error) = await Commands.Run("train", "--epoch", "3", "--temprature", "0.5", "--batch-size", "x");
        Assert.Equal(ExitCode.Usage, code);
        string[] lines = error.TrimEnd().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Contains("--batch-size is 'x'; expected a whole number.", lines[0], StringComparison.Ordinal);
        Assert.Contains("--epochs?", lines[1], StringComparison.Ordinal);
        Assert.Contains("--temperature?", lines[2], StringComparison.Ordinal);
    }
}
