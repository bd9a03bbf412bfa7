using System.Reflection;

namespace NegSamples.Tests;

/// <summary>TorchSharp's managed library, against which programs are compiled that libtorch need not be there for.</summary>
internal static class TorchSharpLibrary
{
    /// <summary>Its path, or the test is skipped.</summary>
    public static string OrSkip()
    {
        string path = typeof(TorchSharpLibrary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(value => value.Key == "TorchSharp").Value!;
        Assert.SkipUnless(File.Exists(path), "TorchSharp was not restored.");
        return path;
    }
}
