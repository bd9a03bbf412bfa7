namespace NegSamples.PtxInterpreter;

/// <summary>
/// The shape of a <c>wgmma</c>: 64 x N sums of four warps, each of which has 16 rows. Source: PTX ISA, figures of wgmma.mma_async.m64nNk16 and m64nNk8.
/// </summary>
internal sealed class WarpgroupShape
{
    /// <summary>Rows of a warp.</summary>
    public const int Rows = 16;

    /// <summary>Registers of a lane for the sums of eight columns.</summary>
    public const int RegistersOfTile = 4;

    private WarpgroupShape(int columns, int depth, ScalarType element) => (Columns, Depth, Element) = (columns, depth, element);

    public int Columns { get; }
    public int Depth { get; }
    public ScalarType Element { get; }
    public int ElementBytes => Element == ScalarType.TF32 ? 4 : 2;

    /// <summary>Registers of a lane for the sums, and for A where it is in registers.</summary>
    public int Sums => Columns / 2;
    public int ARegisters => 4;

    public static WarpgroupShape? Of(Opcode opcode)
    {
        if (!opcode.Has("sync") || !opcode.Has("aligned") || opcode.Types.Length != 3) return null;
        if (opcode.Types[0] != ScalarType.F32 || opcode.Types[1] != opcode.Types[2]) return null;
        ScalarType element = opcode.Types[1];
        int depth = element switch { ScalarType.BF16 or ScalarType.F16 => 16, ScalarType.TF32 => 8, _ => 0 };
        string size = opcode.Modifiers.First(modifier => modifier[0] == 'm' && modifier != "mma_async"), start = "m64n", end = "k" + depth;
        if (depth == 0 || !size.StartsWith(start, StringComparison.Ordinal) || !size.EndsWith(end, StringComparison.Ordinal)) return null;
        if (!int.TryParse(size.AsSpan(start.Length, size.Length - start.Length - end.Length), out int columns)) return null;
        return columns % 8 == 0 && columns is >= 8 and <= 256 ? new(columns, depth, element) : null;
    }

    /// <summary>Row, of the warp's 16, and column of a sum.</summary>
    public static (int Row, int Column) PlaceOfSum(int lane, int register) =>
        (lane / 4 + 8 * (register / 2 % 2), 8 * (register / 4) + lane % 4 * 2 + register % 2);

    /// <summary>Row and place of the depth of the first element of A in a register.</summary>
    public (int Row, int Depth) PlaceInA(int lane, int register) => (lane / 4 + 8 * (register % 2), Depth / 2 * (register / 2) + lane % 4 * (4 / ElementBytes));
}
