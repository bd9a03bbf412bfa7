namespace NegSamples.PtxInterpreter.Tests;

/// <summary>Instructions with a loop of their own for a whole warp, against the call of each lane, which is tested by hand.</summary>
public class WholeWarpTests
{
    // Shifts about a word, the ends of integers, one, the smallest number, infinities and not-a-numbers of both float formats.
    private static readonly ulong[] Edges =
    [
        0, 1, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x3F80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0001, 0x3FF0_0000_0000_0000, 0x7FF0_0000_0000_0000,
        0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0001, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, ulong.MaxValue,
    ];

    public static TheoryData<string> Known => [.. WholeWarp.Known.Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Known))]
    public void ALaneGetsWhatItsCallGives(string opcode)
    {
        string name = opcode.Split('.')[0], type = opcode.Split('.')[^1];
        string destination = opcode is "mul.wide.u32" or "cvt.s64.s32" or "cvt.u64.u32" ? "%rd9" : Register(type, 9);
        int operands = name is "mov" or "cvt" ? 1 : name is "mad" or "fma" ? 3 : 2;
        string text = $"{opcode} {destination}, {string.Join(", ", Enumerable.Range(10, operands).Select(i => Register(type, i)))};";
        Instruction instruction = PtxModule.Parse(PtxText.Kernel(text)).Code.Last(instruction => instruction.Whole is not null);
        Assert.Contains(opcode, instruction.Text, StringComparison.Ordinal);

        Random random = new(3);
        ulong mask = type.EndsWith("64", StringComparison.Ordinal) ? ulong.MaxValue : uint.MaxValue;
        ulong[] Draw() => [.. Enumerable.Range(0, 32).Select(_ => mask & (random.Next(3) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : Edges[random.Next(Edges.Length)]))];
        for (int round = 0; round < 40; round++)
        {
            ulong[] a = Draw(), b = Draw(), c = Draw(), found = new ulong[32];
            instruction.Whole!(found, a, b, c);
            Assert.Equal(Enumerable.Range(0, 32).Select(lane => instruction.Kind switch
            {
                OperationKind.Unary => instruction.Unary!(a[lane]),
                OperationKind.Binary => instruction.Binary!(a[lane], b[lane]),
                _ => instruction.Ternary!(a[lane], b[lane], c[lane]),
            }), found);
        }
    }

    private static string Register(string type, int number) =>
        type == "f32" ? $"%f{number}" : type == "f64" ? $"%fd{number}" : type.EndsWith("64", StringComparison.Ordinal) ? $"%rd{number}" : $"%r{number}";
}
