namespace NegSamples.Tests.Onnx;

/// <summary>The encoder that samples/OnnxStudy ships.</summary>
public class SampleEncoderTests
{
    private const int LargestFile = 50_000;

    /// <summary>Rewrites the file: the run for who wants to know how it came about, or to change it.</summary>
    [Fact(Explicit = true)]
    public void ItIsWrittenAnew()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(SourceTree.Required(), "samples", "OnnxStudy", "shapes.onnx");
        SampleEncoder.Write(path, folder.PathOf("run"), epochs: 60);
        Assert.InRange(new FileInfo(path).Length, 1, LargestFile);
    }
}
