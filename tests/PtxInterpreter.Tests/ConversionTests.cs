namespace NegSamples.PtxInterpreter.Tests;

/// <summary><c>cvt</c> by hand at ties, at overflow, among subnormals; and the rounding against .NET's own casts.</summary>
public class ConversionTests
{
    public static TheoryData<string, string, string, string> Cases => new()
    {
        // 1 + 2⁻⁸ and 1 + 3·2⁻⁸ lie halfway between two bfloat16.
        { "cvt.rn.bf16.f32 d, a;", "16 32", "3F808000", "3F80" },
        { "cvt.rn.bf16.f32 d, a;", "16 32", "3F818000", "3F82" },
        { "cvt.rn.bf16.f32 d, a;", "16 32", "BF808001", "BF81" },
        { "cvt.rz.bf16.f32 d, a;", "16 32", "3F80FFFF", "3F80" },
        { "cvt.rn.bf16.f32 d, a;", "16 32", "7F7FFFFF", "7F80" },
        { "cvt.rz.bf16.f32 d, a;", "16 32", "7F7FFFFF", "7F7F" },
        { "cvt.rn.bf16.f32 d, a;", "16 32", "18000", "2" },
        { "cvt.rn.bf16.f32 d, a;", "16 32", "7FC00001", "7FFF" },
        { "cvt.rn.bf16x2.f32 d, a, b;", "32 32 32", "40000000 3F800000", "40003F80" },
        { "cvt.rn.relu.bf16x2.f32 d, a, b;", "32 32 32", "C0000000 3F800000", "3F80" },
        { "cvt.rn.f16x2.f32 d, a, b;", "32 32 32", "40000000 3F800000", "40003C00" },

        // 1 + 2⁻¹¹ lies halfway between two tf32, and goes away from zero.
        { "cvt.rna.tf32.f32 d, a;", "32 32", "3F801000", "3F802000" },
        { "cvt.rna.tf32.f32 d, a;", "32 32", "BF801000", "BF802000" },
        { "cvt.rna.tf32.f32 d, a;", "32 32", "3F800FFF", "3F800000" },

        // 65520 is halfway between the largest float16 and what would be the next.
        { "cvt.rn.f16.f32 d, a;", "16 32", "477FF000", "7C00" },
        { "cvt.rn.f16.f32 d, a;", "16 32", "477FEFFF", "7BFF" },
        { "cvt.rn.f16.f32 d, a;", "16 32", "33000000", "0" },
        { "cvt.rn.f16.f32 d, a;", "16 32", "33000001", "1" },
        { "cvt.f32.f16 d, a;", "32 16", "3555", "3EAAA000" },
        { "cvt.f32.f16 d, a;", "32 16", "8001", "B3800000" },

        { "cvt.rzi.s32.f32 d, a;", "32 32", "C02CCCCD", "FFFFFFFE" },
        { "cvt.rzi.s32.f32 d, a;", "32 32", "4F32D05E", "7FFFFFFF" },
        { "cvt.rzi.s32.f32 d, a;", "32 32", "7FC00000", "0" },
        { "cvt.rzi.u32.f32 d, a;", "32 32", "BF800000", "0" },
        { "cvt.rzi.u64.f32 d, a;", "64 32", "5F000000", "8000000000000000" },
        { "cvt.rni.s32.f32 d, a;", "32 32", "40200000", "2" },
        { "cvt.rni.s32.f32 d, a;", "32 32", "40600000", "4" },
        { "cvt.rmi.s32.f32 d, a;", "32 32", "BF000000", "FFFFFFFF" },
        { "cvt.rpi.s32.f32 d, a;", "32 32", "3F000000", "1" },
        { "cvt.rni.f32.f32 d, a;", "32 32", "C0200000", "C0000000" },
        { "cvt.sat.f32.f32 d, a;", "32 32", "BF800000", "0" },
        { "cvt.rn.f32.s32 d, a;", "32 32", "1000001", "4B800000" },
        { "cvt.rn.f32.s32 d, a;", "32 32", "80000000", "CF000000" },
        { "cvt.rn.f32.u32 d, a;", "32 32", "FFFFFFFF", "4F800000" },
        { "cvt.rz.f32.u32 d, a;", "32 32", "FFFFFFFF", "4F7FFFFF" },
        { "cvt.rp.f32.s32 d, a;", "32 32", "1000001", "4B800001" },
        { "cvt.rn.f32.s64 d, a;", "32 64", "8000008000000001", "DEFFFFFF" },
        { "cvt.rn.f32.f64 d, a;", "32 64", "3FF0000010000000", "3F800000" },
        { "cvt.rp.f32.f64 d, a;", "32 64", "3FF0000010000000", "3F800001" },
        { "cvt.f64.f32 d, a;", "64 32", "3F800000", "3FF0000000000000" },
        { "cvt.rn.f64.s64 d, a;", "64 64", "FFFFFFFFFFFFFFFF", "BFF0000000000000" },

        { "cvt.s32.s8 d, a;", "32 32", "1FF", "FFFFFFFF" },
        { "cvt.u32.u8 d, a;", "32 32", "1FF", "FF" },
        { "cvt.s8.s32 d, a;", "16 32", "80", "FF80" },
        { "cvt.u8.u32 d, a;", "16 32", "180", "80" },
        { "cvt.s64.s32 d, a;", "64 32", "FFFFFFFE", "FFFFFFFFFFFFFFFE" },
        { "cvt.u64.u32 d, a;", "64 32", "FFFFFFFE", "FFFFFFFE" },
        { "cvt.u32.u64 d, a;", "32 64", "123456789A", "3456789A" },
        { "cvt.sat.u8.s32 d, a;", "32 32", "12C", "FF" },
        { "cvt.sat.u8.s32 d, a;", "32 32", "FFFFFFFB", "0" }
    };

    [Theory, MemberData(nameof(Cases))]
    public void ResultIsTheOneWorkedOutByHand(string instruction, string sizes, string operands, string expected) =>
        Assert.Equal(expected, ArithmeticTests.Evaluate(instruction, sizes, operands));

    [Fact]
    public void RoundingToNearestIsThatOfTheCasts()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            // Exponents around the subnormal numbers and the overflow of either format, and everything between.
            double value = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-155, 132)), small = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-28, 19));
            Assert.Equal(BitConverter.SingleToUInt32Bits((float)value), FloatFormat.Float32.Round(value, Rounding.NearestEven));
            Assert.Equal(BitConverter.HalfToUInt16Bits((Half)small), FloatFormat.Float16.Round(small, Rounding.NearestEven));
            Assert.Equal(BitConverter.DoubleToUInt64Bits(value), FloatFormat.Float64.Round(value, Rounding.NearestEven));
        }
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void EveryHalfComesBackFromDouble(string name)
    {
        ScalarType type = Enum.Parse<ScalarType>(name);
        for (uint bits = 0; bits < 0x1_0000; bits++)
        {
            double value = FloatFormat.ToDouble(type, bits);
            if (!double.IsNaN(value)) Assert.Equal(bits, FloatFormat.Of(type).Round(value, Rounding.Zero));
        }
    }
}
