using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>What a generated product reads whose sums become exponentials, as <see cref="TileArguments"/> is for the plain ones.</summary>
/// <remarks>
/// The rows are taken in groups of eight. A pair of rows, of which the first is even, is a row of words: the first row's weight in the lower half.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ExponentialArguments
{
    /// <summary>The rows as strips, [groups][depth][8] words, and 32 columns, [depth][32] words.</summary>
    public uint* Strips, Panel;

    /// <summary>Bytes of a row, at least 4, and how many groups of eight rows, at least 1.</summary>
    public long DepthBytes, Groups;

    /// <summary>Of the 32 columns: what is added to the scaled dot products, and the weights' factors.</summary>
    public float* Shifts, Factors;

    /// <summary>Of the rows: what is added to their columns' factors. Read and written in the symmetric form alone.</summary>
    public float* RowFactors;

    /// <summary>[rows][16] lanes, which grow by the exponentials: their sum is the row's. In the symmetric form alone.</summary>
    public float* RowSums;

    /// <summary>32 sums that grow by the weights of their columns, or in the symmetric form by the exponentials.</summary>
    public float* Sums;

    /// <summary>Receive the weights by rows and by pairs of rows, and bytes from one to the next.</summary>
    public ushort* ByRows;
    public long RowStride;
    public uint* ByPairs;
    public long PairStride;

    /// <summary>What multiplies the dot products: log₂ e over the temperature.</summary>
    public float Scale;

    /// <summary>The greatest sum of eight weights of a column that is taken.</summary>
    public float Limit;

    /// <summary>Becomes 1 where every sum was, and 0 where the groups ended with one that was not.</summary>
    public long Taken;

    /// <summary>2^t: see <see cref="Exponential.OfTwo(System.Runtime.Intrinsics.Vector512{float})"/>.</summary>
    public float Least, G5, G4, G3, G2, G1, G0, One;

    /// <summary>Which of 16 words of the first row and 16 of the second comes where, so that both lie in turn.</summary>
    public TurnOrder Order;

    /// <summary>Fills in what is the same for all.</summary>
    public void SetConstants()
    {
        (Least, One) = (Exponential.LeastTwo, 1);
        (G0, G1, G2, G3, G4, G5) = Exponential.CoefficientsOfTwo;
        Order = TurnOrder.InTurn;
    }
}
