namespace NegSamples.Tests;

/// <summary>The programs of samples/.</summary>
internal static class SampleProgram
{
    /// <summary>The program of a sample that is built before these tests.</summary>
    public static string PathOf(string sample)
    {
        string program = Place(sample);
        Assert.True(File.Exists(program), $"{program} is not built.");
        return program;
    }

    /// <summary>Where a sample is when it is built: bin/CONFIGURATION/FRAMEWORK, as of these tests.</summary>
    public static string Place(string sample)
    {
        string root = SourceTree.OrSkip(), built = Path.GetRelativePath(Path.Combine(root, "tests"), AppContext.BaseDirectory);
        return Path.Combine(root, "samples", sample, built, $"NegSamples.Samples.{sample}.dll");
    }
}
