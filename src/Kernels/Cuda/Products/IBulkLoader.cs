namespace NegSamples.Kernels.Cuda.Products;

/// <summary>What starts the copies of one step's panels, by the warp of a block that only copies: a lane for each panel.</summary>
internal interface IBulkLoader
{
    /// <param name="stage">The byte of the left panels; the right ones follow.</param>
    /// <param name="step">The step of the depth.</param>
    /// <param name="barrier">The byte of the barrier that the panels arrive at.</param>
    void Load(int stage, int step, int barrier);
}
