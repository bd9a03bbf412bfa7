using System.Reflection;

namespace NegSamples.Tests;

/// <summary>
/// Cli sees Report sees Study sees Training sees Augment sees Kernels; rendering sees no kernels; Files and Theory lie at the bottom and see nothing of ours; nobody but Kernels names a GPU library.
/// </summary>
public class LayeringTests
{
    // From the bottom up.
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["NegSamples.Files"] = [],
        ["NegSamples.Theory"] = [],
        ["NegSamples.Kernels"] = [],
        ["NegSamples.Augment"] = ["NegSamples.Kernels", "NegSamples.Files"],
        ["NegSamples.Jpeg"] = ["NegSamples.Augment", "NegSamples.Files"],
        ["NegSamples.Tables"] = ["NegSamples.Augment", "NegSamples.Files"],
        ["NegSamples.Training"] = ["NegSamples.Augment", "NegSamples.Kernels", "NegSamples.Files", "NegSamples.Theory"],
        ["NegSamples.Onnx"] = ["NegSamples.Training", "NegSamples.Augment", "NegSamples.Kernels", "NegSamples.Files"],
        ["NegSamples.Study"] = ["NegSamples.Training", "NegSamples.Augment", "NegSamples.Kernels", "NegSamples.Theory", "NegSamples.Files"],
        ["NegSamples.Report"] = ["NegSamples.Study", "NegSamples.Training", "NegSamples.Theory", "NegSamples.Files"],
        ["NegSamples.TensorBoard"] = ["NegSamples.Report", "NegSamples.Study", "NegSamples.Training", "NegSamples.Files"],
        ["NegSamples.Similarity"] = ["NegSamples.Report", "NegSamples.Training", "NegSamples.Kernels", "NegSamples.Files"],
        ["negsamples"] = ["NegSamples.Jpeg", "NegSamples.Onnx", "NegSamples.Tables", "NegSamples.TensorBoard", "NegSamples.Similarity", "NegSamples.Report", "NegSamples.Study", "NegSamples.Training", "NegSamples.Augment", "NegSamples.Kernels", "NegSamples.Theory", "NegSamples.Files"],
    };

    [Fact]
    public void EveryLayerSeesOnlyTheLayersBelow()
    {
        foreach ((string name, string[] below) in Below)
        {
            string[] references = [.. Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!)];
            Assert.DoesNotContain(references, reference => reference.StartsWith("NegSamples", StringComparison.OrdinalIgnoreCase) && !below.Contains(reference));
            if (name != "NegSamples.Jpeg") Assert.DoesNotContain(references, reference => reference.StartsWith("SkiaSharp", StringComparison.Ordinal));
            if (name != "NegSamples.Onnx") Assert.DoesNotContain(references, reference => reference.StartsWith("Microsoft.ML", StringComparison.Ordinal));
            if (name != "NegSamples.Tables") Assert.DoesNotContain("ParquetSharp", references);
            if (name != "NegSamples.Kernels") Assert.DoesNotContain(references, reference => reference.StartsWith("ILGPU", StringComparison.Ordinal) || reference == "Iced");
        }
    }
}
