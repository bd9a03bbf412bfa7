using System.Globalization;

namespace NegSamples.PtxInterpreter.Tests;

/// <summary>
/// One instruction with operands a, b, c and result d, against a value worked out by hand; numbers are hexadecimal bits, sizes are those of
/// d, a, b and c.
/// </summary>
public class ArithmeticTests
{
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "add.s32 d, a, b;", "32 32 32", "7FFFFFFF 1", "80000000" },
        { "add.sat.s32 d, a, b;", "32 32 32", "7FFFFFFF 1", "7FFFFFFF" },
        { "sub.s64 d, a, b;", "64 64 64", "3 5", "FFFFFFFFFFFFFFFE" },
        { "sub.s16 d, a, b;", "16 16 16", "3 5", "FFFE" },
        { "mul.lo.s32 d, a, b;", "32 32 32", "10000 10001", "10000" },
        { "mul.hi.s32 d, a, b;", "32 32 32", "FFFFFFFE 40000000", "FFFFFFFF" },
        { "mul.hi.u32 d, a, b;", "32 32 32", "FFFFFFFE 40000000", "3FFFFFFF" },
        { "mul.hi.u64 d, a, b;", "64 64 64", "8000000000000000 6", "3" },
        { "mul.wide.s32 d, a, b;", "64 32 32", "FFFFFFFD 7", "FFFFFFFFFFFFFFEB" },
        { "mul.wide.u32 d, a, b;", "64 32 32", "FFFFFFFD 7", "6FFFFFFEB" },
        { "mul.wide.u16 d, a, b;", "32 16 16", "FFFF FFFF", "FFFE0001" },
        { "mad.lo.s32 d, a, b, c;", "32 32 32 32", "5 FFFFFFFA 64", "46" },
        { "mad.wide.u32 d, a, b, c;", "64 32 32 64", "80000000 4 100000000", "300000000" },
        { "div.s32 d, a, b;", "32 32 32", "FFFFFFF9 2", "FFFFFFFD" },
        { "div.u32 d, a, b;", "32 32 32", "FFFFFFF9 2", "7FFFFFFC" },
        { "rem.s32 d, a, b;", "32 32 32", "FFFFFFF9 2", "FFFFFFFF" },
        { "rem.u64 d, a, b;", "64 64 64", "10000000000 7", "2" },
        { "min.s32 d, a, b;", "32 32 32", "FFFFFFFF 1", "FFFFFFFF" },
        { "min.u32 d, a, b;", "32 32 32", "FFFFFFFF 1", "1" },
        { "max.s64 d, a, b;", "64 64 64", "FFFFFFFFFFFFFFFF 1", "1" },
        { "abs.s32 d, a;", "32 32", "FFFFFFFB", "5" },
        { "neg.s64 d, a;", "64 64", "1", "FFFFFFFFFFFFFFFF" },
        { "and.b32 d, a, b;", "32 32 32", "FF00FF00 0FF00FF0", "F000F00" },
        { "or.b64 d, a, 255;", "64 64", "FF00", "FFFF" },
        { "xor.b32 d, a, -1;", "32 32", "FFFF0000", "FFFF" },
        { "not.b16 d, a;", "16 16", "00FF", "FF00" },
        { "shl.b32 d, a, b;", "32 32 32", "1 21", "0" },
        { "shl.b64 d, a, 33;", "64 64", "3", "600000000" },
        { "shr.s32 d, a, b;", "32 32 32", "80000000 28", "FFFFFFFF" },
        { "shr.u32 d, a, 31;", "32 32", "80000000", "1" },
        { "popc.b64 d, a;", "32 64", "F0F00000000000F0", "C" },
        { "clz.b32 d, a;", "32 32", "10000", "F" },
        { "clz.b64 d, a;", "32 64", "1", "3F" },
        { "brev.b32 d, a;", "32 32", "1", "80000000" },
        { "bfind.u32 d, a;", "32 32", "10000", "10" },
        { "bfe.u32 d, a, b, c;", "32 32 32 32", "ABCD1234 8 C", "D12" },
        { "bfe.s32 d, a, b, c;", "32 32 32 32", "F00 8 4", "FFFFFFFF" },
        { "bfi.b32 d, a, b, 8, 4;", "32 32 32", "5 FFFFFFFF", "FFFFF5FF" },
        { "prmt.b32 d, a, b, c;", "32 32 32 32", "33221100 77665544 7531", "77553311" },
        { "lop3.b32 d, a, b, c, 0x96;", "32 32 32 32", "F0 CC AA", "96" },
        { "shf.l.wrap.b32 d, a, b, c;", "32 32 32 32", "89ABCDEF 1234567 8", "23456789" },
        { "shf.r.wrap.b32 d, a, b, c;", "32 32 32 32", "89ABCDEF 1234567 8", "6789ABCD" },
        { "sad.s32 d, a, b, c;", "32 32 32 32", "3 FFFFFFFC A", "11" },

        // float32: 1 is 3F800000, 2 is 40000000, 4 is 40800000.
        { "add.f32 d, a, b;", "32 32 32", "3F800000 33800000", "3F800000" },
        { "sub.f32 d, a, 0f40000000;", "32 32", "3F800000", "BF800000" },
        { "mul.f32 d, a, b;", "32 32 32", "3F800800 3F800800", "3F801000" },
        { "fma.rn.f32 d, a, b, c;", "32 32 32 32", "3F800800 3F800800 BF800000", "3A000400" },
        { "add.f32 d, a, b;", "32 32 32", "1 0", "1" },
        { "add.ftz.f32 d, a, b;", "32 32 32", "80000001 80000000", "80000000" },
        { "add.sat.f32 d, a, b;", "32 32 32", "3F800000 3F800000", "3F800000" },
        { "div.rn.f32 d, a, b;", "32 32 32", "3F800000 40400000", "3EAAAAAB" },
        { "min.f32 d, a, b;", "32 32 32", "7FC00000 40000000", "40000000" },
        { "min.NaN.f32 d, a, b;", "32 32 32", "7FC00000 40000000", "7FFFFFFF" },
        { "max.f32 d, a, b;", "32 32 32", "80000000 0", "0" },
        { "neg.f32 d, a;", "32 32", "3F800000", "BF800000" },
        { "abs.f32 d, a;", "32 32", "BF800000", "3F800000" },
        { "sqrt.rn.f32 d, a;", "32 32", "40000000", "3FB504F3" },
        { "rcp.rn.f32 d, a;", "32 32", "40800000", "3E800000" },
        { "rsqrt.approx.f32 d, a;", "32 32", "40800000", "3F000000" },
        { "ex2.approx.f32 d, a;", "32 32", "40400000", "41000000" },
        { "lg2.approx.f32 d, a;", "32 32", "41000000", "40400000" },
        { "tanh.approx.f32 d, a;", "32 32", "0", "0" },
        { "copysign.f32 d, a, b;", "32 32 32", "80000000 3F800000", "BF800000" },
        { "fma.rn.f64 d, a, b, c;", "64 64 64 64", "4000000000000000 4008000000000000 3FF0000000000000", "401C000000000000" },
        { "div.rn.f64 d, a, 0d4000000000000000;", "64 64", "3FF0000000000000", "3FE0000000000000" },

        // bfloat16: 1 is 3F80, 2 is 4000, 3 is 4040, 0.5 is 3F00; float16: 1 is 3C00, 2 is 4000.
        { "fma.rn.bf16x2 d, a, b, c;", "32 32 32 32", "40003F80 40403F00 3F803F80", "40E03FC0" },
        { "max.bf16x2 d, a, b;", "32 32 32", "3F804040 4000BF80", "40004040" },
        { "add.f16x2 d, a, b;", "32 32 32", "3C004000 40003C00", "42004200" },
        { "neg.bf16x2 d, a;", "32 32", "3F80BF80", "BF803F80" },

        { Predicate("setp.lt.s32 q, a, b;"), "32 32 32", "FFFFFFFF 1", "1" },
        { Predicate("setp.lt.u32 q, a, b;"), "32 32 32", "FFFFFFFF 1", "0" },
        { Predicate("setp.hi.u32 q, a, b;"), "32 32 32", "FFFFFFFF 1", "1" },
        { Predicate("setp.ne.f32 q, a, b;"), "32 32 32", "7FC00000 1", "0" },
        { Predicate("setp.neu.f32 q, a, b;"), "32 32 32", "7FC00000 1", "1" },
        { Predicate("setp.geu.f32 q, a, b;"), "32 32 32", "7FC00000 1", "1" },
        { Predicate("setp.ge.f64 q, a, b;"), "32 64 64", "7FF8000000000000 0", "0" },
        { Predicate("setp.eq.s32 p|q, a, b;"), "32 32 32", "1 2", "1" },
        { Predicate("setp.eq.s32 p, a, a; setp.lt.and.s32 q, a, b, !p;"), "32 32 32", "1 2", "0" },
        { Predicate("setp.ne.s32 p, a, a; setp.lt.xor.s32 q, a, b, p;"), "32 32 32", "1 2", "1" },
        { Predicate("setp.eq.s32 p, a, b; setp.ne.s32 q, a, b; or.pred q, q, p; not.pred q, q;"), "32 32 32", "1 2", "0" },
        { Predicate("testp.notanumber.f32 q, a;"), "32 32", "7F800001", "1" },
        { Predicate("testp.subnormal.f32 q, a;"), "32 32", "80000001", "1" },
        { Predicate("testp.infinite.f32 q, a;"), "32 32", "FF800000", "1" },

        { "mov.b64 d, {a, b};", "64 32 32", "11111111 22222222", "2222222211111111" },
        { "{ .reg .b32 low, high; mov.b64 {low, high}, a; mov.b32 d, high; }", "32 64", "2222222211111111", "22222222" },
        { "{ .reg .b16 low, high; mov.b32 {low, high}, a; mov.b32 d, {high, low}; }", "32 32", "11112222", "22221111" }
    };

    [Theory, MemberData(nameof(Cases))]
    public void ResultIsTheOneWorkedOutByHand(string instruction, string sizes, string operands, string expected) =>
        Assert.Equal(expected, Evaluate(instruction, sizes, operands));

    /// <summary>The assembler is the judge of whether such instructions exist.</summary>
    [Fact]
    public void TheAssemblerTakesEveryCase()
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        IEnumerable<ITheoryDataRow> rows = [.. Cases, .. ConversionTests.Cases];
        Assembler.Assemble(PtxText.Header + string.Concat(rows.Select((row, index) => KernelOf((string)row.GetData()[0]!, (string)row.GetData()[1]!, $"case{index}"))));
    }

    internal static string Evaluate(string instruction, string sizes, string operands)
    {
        PtxMachine machine = new(PtxModule.Parse(PtxText.Header + KernelOf(instruction, sizes, "case")));
        ulong[] values = [.. operands.Split(' ').Select(operand => ulong.Parse(operand, NumberStyles.HexNumber, CultureInfo.InvariantCulture)), 0, 0, 0];
        DeviceBuffer<ulong> input = machine.Allocate(values), output = machine.Allocate(0ul);
        machine.Launch(1, 1, input, output).AssertClean();
        return output[0].ToString("X", CultureInfo.InvariantCulture);
    }

    private static string Predicate(string instructions) => $"{{ .reg .pred p, q; {instructions} selp.u32 d, 1, 0, q; }}";

    private static string KernelOf(string instruction, string sizes, string name)
    {
        string[] bits = sizes.Split(' ');
        string[] names = ["d", "a", "b", "c"];
        string declare = string.Concat(bits.Select((size, i) => $".reg .b{size} {names[i]};\n"));
        string load = string.Concat(bits.Skip(1).Select((size, i) => $"ld.global.b{size} {names[i + 1]}, [from + {8 * i}];\n"));
        return $".visible .entry {name}(.param .u64 input, .param .u64 output)\n{{\n.reg .b64 from, to;\n{declare}ld.param.u64 from, [input];\nld.param.u64 to, [output];\n"
            + $"{load}{instruction}\nst.global.b{bits[0]} [to], d;\nret;\n}}\n";
    }
}
