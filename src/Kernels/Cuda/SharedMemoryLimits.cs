namespace NegSamples.Kernels.Cuda;

/// <summary>How much shared memory a GPU has: by its compute capability alone, so that plans made from it are the same on all GPUs of one.</summary>
/// <param name="OfBlock">The most bytes that a block may ask for, static ones included.</param>
/// <param name="OfMultiprocessor">The bytes that all blocks of a multiprocessor share.</param>
internal readonly record struct SharedMemoryLimits(int OfBlock, int OfMultiprocessor)
{
    /// <summary>What the driver takes for itself of each block's.</summary>
    public const int ReservedBytes = 1024;

    /// <summary>Compute capability 9.0: H100, H200.</summary>
    public static SharedMemoryLimits Hopper { get; } = new(227 * 1024, 228 * 1024);

    /// <summary>How many blocks of so many bytes a multiprocessor holds.</summary>
    public int Blocks(int bytes) => OfMultiprocessor / (bytes + ReservedBytes);
}
