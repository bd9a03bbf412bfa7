using System.Reflection;

namespace NegSamples.Tests.Report;

/// <summary>A report renders what was measured before: it opens no device and runs no kernel.</summary>
public class ReportReferencesTests
{
    [Fact]
    public void TheReportKnowsNeitherKernelsNorGpuLibraries()
    {
        string[] references = [.. Assembly.Load("NegSamples.Report").GetReferencedAssemblies().Select(reference => reference.Name!)];
        Assert.Contains("NegSamples.Study", references); // so the names are those of assemblies indeed
        Assert.DoesNotContain(references, name => name is "NegSamples.Kernels" or "NegSamples.Augment" or "negsamples" || name.StartsWith("ILGPU", StringComparison.Ordinal));
    }
}
