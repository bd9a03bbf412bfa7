namespace NegSamples.Files.Pickles;

/// <summary>An array of NumPy as a pickle holds it.</summary>
internal sealed class PickledArray
{
    /// <summary>NumPy's name of the type of its numbers: "u1" for bytes.</summary>
    public string Type { get; set; } = "";

    /// <summary>Its axes.</summary>
    public long[] Shape { get; set; } = [];

    /// <summary>Whether the first axis runs fastest.</summary>
    public bool IsColumnMajor { get; set; }

    /// <summary>Its numbers.</summary>
    public ReadOnlyMemory<byte> Bytes { get; set; }
}
