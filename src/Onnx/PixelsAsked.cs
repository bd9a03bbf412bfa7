namespace NegSamples.Onnx;

/// <summary>What was asked of <see cref="Training.Evaluation.PixelInput"/>; null for what the network's file says.</summary>
internal sealed record PixelsAsked
{
    /// <summary>Rows and columns.</summary>
    public int? Size { get; init; }

    /// <summary>The order of the colours.</summary>
    public string? Channels { get; init; }

    /// <summary>What white is.</summary>
    public double? Scale { get; init; }

    /// <summary>What is taken off, of red, green and blue.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    /// <summary>What it is divided by.</summary>
    public IReadOnlyList<double>? Deviation { get; init; }

    /// <summary>The order of the axes.</summary>
    public string? Layout { get; init; }
}
