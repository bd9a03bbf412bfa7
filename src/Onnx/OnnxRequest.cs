namespace NegSamples.Onnx;

/// <summary>What is asked of a network in an ONNX file.</summary>
internal sealed record OnnxRequest
{
    /// <summary>How it wants its pixels.</summary>
    public PixelsAsked Pixels { get; init; } = new();

    /// <summary>The output that is taken; null for the only one.</summary>
    public string? Output { get; init; }

    /// <summary>Images at a time on each thread; null for <see cref="OnnxEncoder.DefaultBatch"/> or what the network takes.</summary>
    public int? Batch { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether the threads share the arithmetic of one batch, as ONNX Runtime does it by itself, where batches are given one at a time.</summary>
    public bool IsOneBatch { get; init; }

    /// <summary>Ends it.</summary>
    public CancellationToken Stop { get; init; }
}
