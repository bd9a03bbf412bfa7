namespace NegSamples.Kernels.Cpu;

/// <summary>How operations over rows of channels are cut: runs of rows, by the shape alone.</summary>
internal static class ChannelRows
{
    /// <summary>Floats of a run: 64 KiB, large against the cost of handing out a chunk, small against a second-level cache.</summary>
    private const int FloatsPerRun = 16384;

    /// <summary>The most runs whose partial sums are kept; with more rows the runs grow.</summary>
    private const int MaximumRuns = 256;

    /// <summary>Rows in a run when a sum per run is kept.</summary>
    public static int RowsPerRun(int rows, int channels) =>
        Math.Max(Math.Max(1, FloatsPerRun / channels), Tiling.Blocks(rows, MaximumRuns));

    /// <summary>Elements in a run of an elementwise operation.</summary>
    public const int ElementsPerRun = FloatsPerRun;
}
