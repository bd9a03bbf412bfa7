namespace NegSamples.Study.Foreign;

/// <summary>Where the features of one split and their labels are.</summary>
/// <param name="Features">A file, FILE:NAME for one array of an .npz or .safetensors, or several with commas, each of one view.</param>
/// <param name="Labels">A file, or FILE:NAME.</param>
public sealed record ForeignPaths(string Features, string Labels)
{
    /// <summary>The files of features: one, or one for each view.</summary>
    internal string[] OfViews => File.Exists(Features) ? [Features] : Features.Split(',');
}
