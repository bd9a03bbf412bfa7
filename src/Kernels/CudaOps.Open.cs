namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>Opens the first GPU.</summary>
    /// <param name="precision">What the matrix-shaped kernels compute with.</param>
    /// <exception cref="NotSupportedException">There is no device layer yet.</exception>
    public static CudaOps Open(Precision precision) => throw new NotSupportedException($"No GPU can be opened yet for {precision}.");

    /// <summary>Whether there is a GPU that <see cref="Open"/> can use.</summary>
    /// <param name="reason">Why not, in words; empty if there is one.</param>
    public static bool IsAvailable(out string reason)
    {
        reason = "no GPU can be opened yet";
        return false;
    }
}
