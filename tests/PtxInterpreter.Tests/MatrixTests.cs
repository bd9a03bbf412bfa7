namespace NegSamples.PtxInterpreter.Tests;

/// <summary>The fragments of the matrix instructions, written here from the ISA's formulas, against products in double.</summary>
public class MatrixTests
{
    [Fact]
    public void Bf16ProductOf16By8By16()
    {
        (double[,] a, double[,] b, double[,] c) = RandomMatrices(16, 8, 16, value => (double)BFloat16(value));
        uint[] input = new uint[32 * 10];
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, inGroup = lane % 4;
            for (int i = 0; i < 8; i++)
            {
                int row = i is 0 or 1 or 4 or 5 ? group : group + 8, column = inGroup * 2 + (i & 1) + (i >= 4 ? 8 : 0);
                input[lane * 10 + i / 2] |= Bits16(a[row, column]) << (16 * (i & 1));
            }

            for (int i = 0; i < 4; i++)
            {
                int row = inGroup * 2 + (i & 1) + (i >= 2 ? 8 : 0);
                input[lane * 10 + 4 + i / 2] |= Bits16(b[row, group]) << (16 * (i & 1));
            }

            PutC(input, lane, 6, c);
        }

        AssertProduct(a, b, c, Multiply("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", input, 4, 2));
    }

    [Fact]
    public void Tf32ProductOf16By8By8()
    {
        (double[,] a, double[,] b, double[,] c) = RandomMatrices(16, 8, 8, value => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & ~0x1FFFu));
        uint[] input = new uint[32 * 10];
        for (int lane = 0; lane < 32; lane++)
        {
            int group = lane >> 2, inGroup = lane % 4;
            for (int i = 0; i < 4; i++) input[lane * 10 + i] = Bits32(a[i is 0 or 2 ? group : group + 8, i < 2 ? inGroup : inGroup + 4]) | 0x1FFF; // Bits below tf32 are ignored.
            for (int i = 0; i < 2; i++) input[lane * 10 + 4 + i] = Bits32(b[i == 0 ? inGroup : inGroup + 4, group]);
            PutC(input, lane, 6, c);
        }

        AssertProduct(a, b, c, Multiply("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", input, 4, 2));
    }

    [Fact]
    public void LdmatrixFeedsAProductOfRowMajorMatrices()
    {
        // A [16, 16] and B [16, 8] lie by rows in shared memory as bf16: A by ldmatrix.x4, B by ldmatrix.x2.trans.
        (double[,] a, double[,] b, double[,] _) = RandomMatrices(16, 8, 16, value => (double)BFloat16(value));
        uint[] input = new uint[16 * 8 + 16 * 4];
        for (int row = 0; row < 16; row++)
        {
            for (int column = 0; column < 16; column++) input[row * 8 + column / 2] |= Bits16(a[row, column]) << (16 * (column & 1));
            for (int column = 0; column < 8; column++) input[128 + row * 4 + column / 2] |= Bits16(b[row, column]) << (16 * (column & 1));
        }

        const string Body = """
            .shared .align 16 .b8 tiles[768];
            mov.u32 %r1, tiles;
            mov.u32 %r2, 0;
            COPY: mad.lo.u32 %r3, %r2, 32, %r0;
            mul.wide.u32 %rd5, %r3, 4;
            add.u64 %rd6, %rd0, %rd5;
            ld.global.u32 %r4, [%rd6];
            mad.lo.u32 %r5, %r3, 4, %r1;
            st.shared.u32 [%r5], %r4;
            add.u32 %r2, %r2, 1;
            setp.lt.u32 %p1, %r2, 6;
            @%p1 bra COPY;
            bar.warp.sync -1;
            and.b32 %r6, %r0, 15;
            shr.u32 %r7, %r0, 4;
            mad.lo.u32 %r8, %r6, 32, %r1;
            mad.lo.u32 %r8, %r7, 16, %r8;
            ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r8];
            mad.lo.u32 %r9, %r6, 16, %r1;
            ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%r14, %r15}, [%r9+512];
            mov.f32 %f0, 0f00000000; mov.f32 %f1, %f0; mov.f32 %f2, %f0; mov.f32 %f3, %f0;
            mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f0, %f1, %f2, %f3}, {%r10, %r11, %r12, %r13}, {%r14, %r15}, {%f0, %f1, %f2, %f3};
            mul.wide.u32 %rd7, %r0, 16;
            add.u64 %rd7, %rd7, %rd1;
            st.global.v4.f32 [%rd7], {%f0, %f1, %f2, %f3};
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 32, input);
        report.AssertClean();
        AssertProduct(a, b, new double[16, 8], output[..128]);

        // Rows of 32 bytes: eight of them lie two by two in the same banks, so each of the four matrices of A takes two wavefronts.
        LineReport loadA = report.Lines.Single(line => line.Text.Contains("x4")), loadB = report.Lines.Single(line => line.Text.Contains("trans"));
        Assert.Equal((8, 4), (loadA.WavefrontsTaken, loadA.WavefrontsNeeded));
        Assert.Equal((2, 2), (loadB.WavefrontsTaken, loadB.WavefrontsNeeded));
    }

    [Fact]
    public void LdmatrixGivesEachLaneItsPairOfARow()
    {
        const string Body = """
            .shared .align 16 .b8 tile[128];
            mov.u32 %r1, tile;
            mad.lo.u32 %r2, %r0, 4, %r1;
            ld.global.u32 %r3, [%rd2];
            st.shared.u32 [%r2], %r3;
            bar.warp.sync -1;
            and.b32 %r4, %r0, 7;
            mad.lo.u32 %r4, %r4, 16, %r1;
            ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r5}, [%r4];
            st.global.u32 [%rd3], %r5;
            """;
        uint[] input = PtxText.Lanes(i => (uint)(2 * i) | (uint)(2 * i + 1) << 16); // Element (r, c) is 8r + c.
        Assert.Equal(input, PtxText.Run(Body, 32, input));
        uint[] transposed = PtxText.Run(Body.Replace(".x1.", ".x1.trans."), 32, input);
        Assert.Equal(PtxText.Lanes(lane => Element(lane % 4 * 2, lane / 4) | Element(lane % 4 * 2 + 1, lane / 4) << 16), transposed);

        static uint Element(int row, int column) => (uint)(8 * row + column);
    }

    [Fact]
    public void AMatrixInstructionOfHalfAWarpIsFound()
    {
        const string Body = """
            setp.lt.u32 %p1, %r0, 16;
            @%p1 mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f0, %f1, %f2, %f3}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f0, %f1, %f2, %f3};
            """;
        Assert.Equal(FindingKind.WarpDivergence, PtxText.Report(Body, 32, new uint[32]).Report.Findings[0].Kind);
    }

    internal static float BFloat16(double value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & 0xFFFF_0000);

    private static (double[,] A, double[,] B, double[,] C) RandomMatrices(int m, int n, int k, Func<double, double> round)
    {
        Random random = new(7);
        return (Fill(m, k), Fill(k, n), Fill(m, n));

        double[,] Fill(int rows, int columns)
        {
            double[,] matrix = new double[rows, columns];
            for (int row = 0; row < rows; row++)
                for (int column = 0; column < columns; column++) matrix[row, column] = round(random.NextDouble() * 2 - 1);
            return matrix;
        }
    }

    private static uint Bits16(double value) => BitConverter.SingleToUInt32Bits((float)value) >> 16;

    private static uint Bits32(double value) => BitConverter.SingleToUInt32Bits((float)value);

    private static void PutC(uint[] input, int lane, int at, double[,] c)
    {
        for (int i = 0; i < 4; i++) input[lane * 10 + at + i] = Bits32(c[(lane >> 2) + (i < 2 ? 0 : 8), lane % 4 * 2 + (i & 1)]);
    }

    private static uint[] Multiply(string instruction, uint[] input, int registersOfA, int registersOfB)
    {
        string registers(string prefix, int first, int count) => "{" + string.Join(", ", Enumerable.Range(first, count).Select(i => $"%{prefix}{i}")) + "}";
        string loads = string.Concat(Enumerable.Range(0, registersOfA + registersOfB).Select(i => $"ld.global.b32 %r{i + 1}, [%rd5+{4 * i}];\n"))
            + string.Concat(Enumerable.Range(0, 4).Select(i => $"ld.global.f32 %f{i}, [%rd5+{24 + 4 * i}];\n"));
        string body = $"""
            mul.wide.u32 %rd5, %r0, 40;
            add.u64 %rd5, %rd5, %rd0;
            {loads}{instruction} {registers("f", 4, 4)}, {registers("r", 1, registersOfA)}, {registers("r", 1 + registersOfA, registersOfB)}, {registers("f", 0, 4)};
            mul.wide.u32 %rd6, %r0, 16;
            add.u64 %rd6, %rd6, %rd1;
            st.global.v4.f32 [%rd6], {registers("f", 4, 4)};
            """;
        return PtxText.Run(body, 32, input)[..128];
    }

    private static void AssertProduct(double[,] a, double[,] b, double[,] c, uint[] fragments)
    {
        for (int lane = 0; lane < 32; lane++)
            for (int i = 0; i < 4; i++)
            {
                int row = (lane >> 2) + (i < 2 ? 0 : 8), column = lane % 4 * 2 + (i & 1);
                double truth = c[row, column];
                for (int k = 0; k < a.GetLength(1); k++) truth += a[row, k] * b[k, column];
                Assert.Equal((float)truth, BitConverter.UInt32BitsToSingle(fragments[lane * 4 + i]), 1e-6f);
            }
    }
}
