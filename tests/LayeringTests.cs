using System.Reflection;

namespace NegSamples.Tests;

/// <summary>Cli sees Study sees Training sees Augment sees Kernels; nobody else names a GPU library.</summary>
public class LayeringTests
{
    private static readonly string[] Order = ["NegSamples.Kernels", "NegSamples.Augment", "NegSamples.Training", "NegSamples.Study", "negsamples"];

    [Fact]
    public void EveryLayerSeesOnlyTheLayersBelow()
    {
        foreach (string name in Order)
        {
            string[] references = [.. Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name!)];
            Assert.DoesNotContain(references, reference => Order.Contains(reference) && Array.IndexOf(Order, reference) >= Array.IndexOf(Order, name));
            if (name != Order[0]) Assert.DoesNotContain(references, reference => reference.StartsWith("ILGPU", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void TheoryRefersToNothingOfOurs() => Assert.DoesNotContain(
        Assembly.Load("NegSamples.Theory").GetReferencedAssemblies(), reference => reference.Name!.StartsWith("NegSamples", StringComparison.OrdinalIgnoreCase));
}
