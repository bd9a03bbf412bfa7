namespace NegSamples.Kernels;

/// <summary>How a GPU is asked for.</summary>
/// <param name="Precision">What the matrix-shaped kernels compute with.</param>
internal sealed record GpuRequest(Precision Precision)
{
    /// <summary>What they are made of, where the GPU has it.</summary>
    public MatrixKernels MatrixKernels { get; init; }

    /// <summary>Whether its memory starts as NaN, with zones around every tensor that the self-test looks at.</summary>
    public bool Guarded { get; init; }

    /// <summary>The ranks, each of which takes a GPU of its own, see <see cref="CudaOps.Search"/>; null for one.</summary>
    public Collective? Ranks { get; init; }

    /// <summary>Is told what the user should know, from any thread; null tells nobody, and then nothing is watched.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Asks to stop. While the GPU answers, that is for the caller to follow.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Ends the process: is called where there is a request to stop and the GPU does not answer.</summary>
    public Action? Abandon { get; init; }

    /// <summary>Where compiled kernels are kept between processes; null keeps none.</summary>
    public IKernelTexts? Texts { get; init; }
}

/// <summary>What became of it.</summary>
/// <param name="Gpu">The GPU; null where there is none that works. Its operations are this rank's alone.</param>
/// <param name="Reason">Why there is none, in words; empty if there is one.</param>
/// <param name="Seen">How many GPUs this process sees.</param>
/// <param name="HasDriver">Whether NVIDIA's driver library is on this machine, so that a GPU can be expected.</param>
internal sealed record GpuSearch(CudaOps? Gpu, string Reason, int Seen, bool HasDriver);
