namespace NegSamples.Kernels;

/// <summary>Which instructions of a GPU's tensor cores the matrix-shaped kernels are made of.</summary>
internal enum MatrixKernels
{
    /// <summary>Instructions of one warp, <c>mma.sync</c>: every GPU of compute capability 8.0 and later has them.</summary>
    Mma,

    /// <summary>
    /// Instructions of four warps that read shared memory by themselves, <c>wgmma</c>: GPUs of compute capability 9.0 have them, with a driver for CUDA 12.0
    /// or later. What there are none for, and other GPUs, take <see cref="Mma"/>.
    /// </summary>
    Wgmma,

    /// <summary>
    /// The same, whose panels the GPU's copy engine brings, the tensor memory accelerator. GPUs with <see cref="Wgmma"/> have it, where their driver tells it of matrices and
    /// images.
    /// </summary>
    Tma,
}

/// <summary>What each <see cref="MatrixKernels"/> is called in flags and settings.</summary>
internal static class MatrixKernelNames
{
    /// <summary>All names, in the order of <see cref="MatrixKernels"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["mma", "wgmma", "tma"];

    /// <summary>The name of kernels.</summary>
    public static string Of(MatrixKernels kernels) => All[(int)kernels];

    /// <summary>The kernels of a name.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static MatrixKernels Parse(string name)
    {
        for (int i = 0; i < All.Count; i++)
        {
            if (All[i] == name) return (MatrixKernels)i;
        }

        throw new ArgumentException($"kernels is {name}; expected {string.Join(" or ", All)}.", nameof(name));
    }
}
