namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Marks a type whose static methods that take a <see cref="PtxWriter"/> first write lines for <see cref="PtxExpansion"/>.</summary>
/// <param name="name">The first word of those lines.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class PtxVocabularyAttribute(string name) : Attribute
{
    public string Name => name;
}
