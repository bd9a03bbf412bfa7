using static NegSamples.Kernels.Cuda.Ptx.PtxWriter;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>
/// A warp's tile of 32 rows in float32 registers, as <c>mma</c> leaves its sums: fragments of 16 rows and 8 columns, four registers of a lane each.
/// </summary>
/// <remarks>
/// Lane 4g + t has four rows, r = 2h + b being row 16h + 8b + g, and of every eight columns two, c = 0 and 1 being column 8n + 2t + c (PTX ISA, matrix
/// fragments of
/// mma.m16n8k16 and m16n8k8). The lanes 4g to 4g + 3 share their rows.
/// </remarks>
/// <param name="Name">The registers' name without their number.</param>
/// <param name="Columns">Columns of the tile.</param>
internal readonly record struct RegisterTile(string Name, int Columns)
{
    /// <summary>Rows of a lane.</summary>
    public const int Rows = 4;

    /// <summary>Groups of eight columns.</summary>
    public int Groups => Columns / 8;

    /// <summary>Registers of a lane.</summary>
    public int Count => 2 * Rows * Groups;

    /// <summary>The register of the lane's row r, and of column c of its pair in the group n.</summary>
    public string At(int r, int n, int c) => $"{Name}{First(r / 2, n) + (2 * (r & 1)) + c}";

    /// <summary>The sums of the fragment of half h of the rows and group n of the columns.</summary>
    public string Fragment(int h, int n) => Run(Name, First(h, n), 4);

    /// <summary>Both columns of a lane's row in a group.</summary>
    public string Pair(int r, int n) => $"{{{At(r, n, 0)}, {At(r, n, 1)}}}";

    private int First(int h, int n) => 4 * ((h * Groups) + n);
}
