namespace NegSamples.Tests.Bench;

/// <summary>The comparison with libtorch, which is no part of the solution: libtorch is large.</summary>
public class PeersTests
{
    [Fact]
    public void TheComparisonCompiles()
    {
        string bench = Path.Combine(SourceTree.OrSkip(), "bench"), torchSharp = TorchSharpLibrary.OrSkip();
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(bench, "peers"), "*.cs").Append(Path.Combine(bench, "ConvolutionLayer.cs")).Select(File.ReadAllText)];
        Assert.True(files.Length > 10);
        Assert.Null(CSharpExample.CompilerFault("NegSamples.Peers", files, torchSharp));
    }
}
