namespace NegSamples.PtxInterpreter;

/// <summary>
/// The shape of an <c>mma</c> and where each lane's registers lie in its matrices: A is 16 x K by rows, B is K x 8 by columns, C and D are 16 x 8.
/// Source: PTX ISA, "Warp-level matrix instructions", the figures of m16n8k8 and m16n8k16.
/// </summary>
internal sealed class MatrixShape
{
    public const int M = 16, N = 8;

    private static readonly Dictionary<string, MatrixShape> Known = new MatrixShape[]
    {
        new("m16n8k16", ScalarType.BF16, 16), new("m16n8k8", ScalarType.BF16, 8), new("m16n8k16", ScalarType.F16, 16), new("m16n8k8", ScalarType.F16, 8),
        new("m16n8k8", ScalarType.TF32, 8), new("m16n8k4", ScalarType.TF32, 4)
    }.ToDictionary(shape => shape.Name);

    private MatrixShape(string size, ScalarType element, int k)
    {
        (Name, Element, K) = ($"{size}.{element}", element, k);
        ElementsPerRegister = 4 / element.Bytes();
        ARegisters = M * k / 32 / ElementsPerRegister;
        BRegisters = N * k / 32 / ElementsPerRegister;
    }

    public string Name { get; }
    public ScalarType Element { get; }
    public int K { get; }
    public int ElementsPerRegister { get; }
    public int ARegisters { get; }
    public int BRegisters { get; }

    public static MatrixShape Named(string name) => Known[name];

    public static MatrixShape? Of(Opcode opcode)
    {
        if (!opcode.Has("sync") || !opcode.Has("row") || !opcode.Has("col") || opcode.Types.Length != 4) return null;
        if (opcode.Types[0] != ScalarType.F32 || opcode.Types[3] != ScalarType.F32 || opcode.Types[1] != opcode.Types[2]) return null;
        string size = opcode.Modifiers.First(modifier => modifier[0] == 'm');
        return Known.GetValueOrDefault($"{size}.{opcode.Types[1]}");
    }

    /// <summary>Row of A and place along K of a register's first element; registers alternate between the upper and the lower half of the rows.</summary>
    public (int Row, int K) PlaceInA(int lane, int register) => (lane / 4 + 8 * (register & 1), PlaceAlongK(lane, register / 2));

    /// <summary>Place along K and column of B of a register's first element.</summary>
    public (int K, int Column) PlaceInB(int lane, int register) => (PlaceAlongK(lane, register), lane / 4);

    public static (int Row, int Column) PlaceInC(int lane, int register) => (lane / 4 + 8 * (register / 2), lane % 4 * 2 + register % 2);

    private int PlaceAlongK(int lane, int group) => ElementsPerRegister * (4 * group + lane % 4);
}
