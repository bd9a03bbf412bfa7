namespace NegSamples.Augment.Data;

/// <summary>What the samples of a set are called.</summary>
internal static class SampleNoun
{
    /// <summary>"image", or "text" where they are read as words.</summary>
    /// <param name="set">The set.</param>
    public static string Of(IImageSet set) => set.Vocabulary is null ? "image" : "text";
}
