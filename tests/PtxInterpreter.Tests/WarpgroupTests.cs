namespace NegSamples.PtxInterpreter.Tests;

/// <summary>
/// Products of a warpgroup, whose shared memory and fragments are laid out here by the ISA's formulas, against products in double; and beside them
/// the ones that lack a fence, a wait or a barrier.
/// </summary>
public class WarpgroupTests
{
    private const int Threads = 128, Rows = 64, Step = 1; // The second 32 bytes of the swizzled rows.

    [Theory]
    [InlineData(24, false, false)]
    [InlineData(72, false, true)] // More than one width of the swizzle.
    [InlineData(16, true, false)]
    [InlineData(136, true, true)]
    public void Bf16ProductOfSharedMatrices(int columns, bool aByRows, bool bByRows)
    {
        Case product = new(columns, 16, aByRows, bByRows);
        product.AssertProduct(product.Run(product.Body(), out LaunchReport report));
        report.AssertClean();
    }

    [Fact]
    public void Tf32ProductOfSharedMatrices()
    {
        Case product = new(40, 8, false, false);
        product.AssertProduct(product.Run(product.Body(), out LaunchReport report));
        report.AssertClean();
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void AMayBeInRegisters(int depth)
    {
        Case product = new(32, depth, false, false) { AInRegisters = true };
        product.AssertProduct(product.Run(product.Body(), out LaunchReport report));
        report.AssertClean();
    }

    [Fact]
    public void ProductsOfOneShapeAddUpWithoutAFence()
    {
        Case product = new(24, 16, false, false);
        string twice = product.Body().Replace(product.Instruction, product.Instruction + "\n" + product.Instruction, StringComparison.Ordinal);
        product.AssertProduct(product.Run(twice, out LaunchReport report), times: 2);
        report.AssertClean();
        string negative = product.Body().Replace("p, 1, 1", "p, 1, -1", StringComparison.Ordinal);
        product.AssertProduct(product.Run(negative, out _), times: -1);
    }

    [Fact]
    public void WithoutScaleTheOldSumsDoNotCount()
    {
        Case product = new(24, 16, false, false);
        string body = product.Body().Replace("setp.eq.u32 p, 0, 0;", "setp.ne.u32 p, 0, 0;", StringComparison.Ordinal).Replace("0f00000000", "0f40000000", StringComparison.Ordinal);
        product.AssertProduct(product.Run(body, out _));
    }

    [Theory]
    [InlineData("fence.proxy.async.shared::cta;", "", FindingKind.ProxyFence)]
    [InlineData("fence.proxy.async.shared::cta;\nbar.sync 0;", "bar.sync 0;\nfence.proxy.async.shared::cta;", FindingKind.ProxyFence)]
    [InlineData("bar.sync 0;", "", FindingKind.SharedRace)]
    [InlineData("wgmma.fence.sync.aligned;", "", FindingKind.MatrixRegisters)]
    [InlineData("wgmma.fence.sync.aligned;", "wgmma.fence.sync.aligned;\nadd.f32 %f3, %f3, 0f3F800000;", FindingKind.MatrixRegisters)]
    [InlineData("wgmma.wait_group.sync.aligned 0;", "mov.f32 %f1, 0f00000000;\nwgmma.wait_group.sync.aligned 0;", FindingKind.MatrixRegisters)]
    [InlineData("wgmma.wait_group.sync.aligned 0;", "st.shared.u32 [%r22], 0;\nwgmma.wait_group.sync.aligned 0;", FindingKind.SharedRace)]
    [InlineData("wgmma.wait_group.sync.aligned 0;", "wgmma.wait_group.sync.aligned 0;\nst.shared.u32 [%r22], 0;", FindingKind.SharedRace)] // Another warp may still read it.
    [InlineData("wgmma.fence.sync.aligned;", "setp.ge.u32 %p2, %r0, 96;\n@%p2 bra END;\nwgmma.fence.sync.aligned;", FindingKind.WarpDivergence)]
    public void WhatLacksAFenceOrABarrierIsFound(string text, string broken, FindingKind kind)
    {
        Case product = new(24, 16, false, false);
        Assert.Contains(text, product.Body(), StringComparison.Ordinal);
        product.Run(product.Body().Replace(text, broken, StringComparison.Ordinal), out LaunchReport report);
        Assert.Contains(report.Findings, finding => finding.Kind == kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("wgmma.wait_group.sync.aligned 1;")]
    public void SumsAreNotThereBeforeTheWait(string wait)
    {
        Case product = new(24, 16, false, false);
        uint[] sums = product.Run(product.Body().Replace("wgmma.wait_group.sync.aligned 0;", wait, StringComparison.Ordinal), out _);
        Assert.All(sums[..(Threads * 12)], bits => Assert.True(float.IsNaN(BitConverter.UInt32BitsToSingle(bits))));
    }

    [Fact]
    public void BytesThatAreNotFencedAreNotANumber()
    {
        Case product = new(24, 16, false, false);
        uint[] sums = product.Run(product.Body().Replace("fence.proxy.async.shared::cta;", "", StringComparison.Ordinal), out _);
        Assert.All(sums[..(Threads * 12)], bits => Assert.True(float.IsNaN(BitConverter.UInt32BitsToSingle(bits))));
    }

    [Fact]
    public void AWriteAfterTheWaitAndABarrierIsInOrder()
    {
        Case product = new(24, 16, false, false);
        const string Wait = "wgmma.wait_group.sync.aligned 0;";
        product.AssertProduct(product.Run(product.Body().Replace(Wait, Wait + "\nbar.sync 0;\nst.shared.u32 [%r22], 0;", StringComparison.Ordinal), out LaunchReport report));
        report.AssertClean();
    }

    [Fact]
    public void CopiedBytesNeedTheFenceBehindTheWait()
    {
        Case product = new(24, 16, false, false);
        const string Fence = "fence.proxy.async.shared::cta;";
        string copied = product.Body().Replace("st.shared.u32 [%r20], %r21;", "cp.async.ca.shared.global [%r20], [%rd6], 4;", StringComparison.Ordinal);
        string right = copied.Replace(Fence, "cp.async.wait_all;\n" + Fence, StringComparison.Ordinal), wrong = copied.Replace(Fence, Fence + "\ncp.async.wait_all;", StringComparison.Ordinal);
        product.AssertProduct(product.Run(right, out LaunchReport report));
        report.AssertClean();
        product.Run(wrong, out report);
        Assert.Equal([FindingKind.ProxyFence], report.Findings.Select(finding => finding.Kind).Distinct());
        product.Run(copied, out report);
        Assert.Equal([FindingKind.AsyncCopyRead], report.Findings.Select(finding => finding.Kind).Distinct());
    }

    [Fact]
    public void AnotherSwizzleOrStrideGivesOtherSums()
    {
        Case product = new(24, 16, false, false);
        uint[] right = product.Run(product.Body(), out _);
        Assert.NotEqual(right, product.Run(product.Body(constant: 0x8000_0040_0001_0000), out _)); // Rows of 64 bytes.
        Assert.NotEqual(right, product.Run(product.Body(constant: 0x4000_0020_0001_0000), out _)); // Half the stride.
        Assert.Throws<PtxException>(() => product.Run(product.Body(constant: 0x4002_0040_0001_0000), out _)); // A base offset.
    }

    /// <summary>One product: its matrices, where they lie, and what the sums should be.</summary>
    private sealed class Case
    {
        private readonly double[,] a, b;
        private readonly int columns, depth, width, bytesOfA;
        private readonly bool aByRows, bByRows;
        private readonly byte[] image;

        public Case(int columns, int depth, bool aByRows, bool bByRows)
        {
            (this.columns, this.depth, this.aByRows, this.bByRows, width) = (columns, depth, aByRows, bByRows, 32 / depth);
            int blocks = (columns + 63) / 64;
            bytesOfA = 8192; // 64 rows of 128 bytes, or 64 places of the depth of 64 rows.
            image = new byte[bytesOfA + 8192 * blocks];
            Random random = new(columns);
            (a, b) = (Fill(Rows), Fill(columns));
            Lay(a, Rows, aByRows, 0);
            Lay(b, columns, bByRows, bytesOfA);

            double[,] Fill(int rows)
            {
                double[,] matrix = new double[rows, depth];
                for (int row = 0; row < rows; row++)
                    for (int k = 0; k < depth; k++) matrix[row, k] = Round(random.NextDouble() * 2 - 1);
                return matrix;
            }
        }

        public bool AInRegisters { get; init; }

        public string Instruction =>
            $"wgmma.mma_async.sync.aligned.m64n{columns}k{depth}.f32.{(width == 2 ? "bf16.bf16" : "tf32.tf32")} {{{string.Join(", ", Enumerable.Range(0, Sums).Select(i => $"%f{i}"))}}}, "
            + (AInRegisters ? "{%r40, %r41, %r42, %r43}" : "%rd10") + ", %rd11, p, 1, 1"
            + (width == 4 ? "" : AInRegisters ? ", 0" : $", {(aByRows ? 1 : 0)}, {(bByRows ? 1 : 0)}") + ";";

        private int Sums => columns / 2;

        /// <param name="constant">The constant part of the descriptor of B.</param>
        public string Body(ulong? constant = null) => $"""
            .reg .pred p;
            mov.u32 %r10, tiles;
            mov.u32 %r11, %r0;
            mad.lo.u32 %r22, %r0, 4, %r10;
            COPY: mul.wide.u32 %rd5, %r11, 4;
            add.u64 %rd6, %rd0, %rd5;
            ld.global.u32 %r21, [%rd6];
            mad.lo.u32 %r20, %r11, 4, %r10;
            st.shared.u32 [%r20], %r21;
            add.u32 %r11, %r11, {Threads};
            setp.lt.u32 %p1, %r11, {image.Length / 4};
            @%p1 bra COPY;
            {(AInRegisters ? LoadA() : "")}
            fence.proxy.async.shared::cta;
            bar.sync 0;
            shr.u32 %r12, %r10, 4;
            cvt.u64.u32 %rd9, %r12;
            add.s64 %rd10, %rd9, 0x{Constant(aByRows) + StepOf(aByRows):X};
            add.s64 %rd11, %rd9, 0x{(constant ?? Constant(bByRows)) + StepOf(bByRows) + (ulong)bytesOfA / 16:X};
            setp.eq.u32 p, 0, 0;
            {string.Join('\n', Enumerable.Range(0, Sums).Select(i => $"mov.f32 %f{i}, 0f00000000;"))}
            wgmma.fence.sync.aligned;
            {Instruction}
            wgmma.commit_group.sync.aligned;
            wgmma.wait_group.sync.aligned 0;
            mad.lo.u32 %r13, %r0, {4 * Sums}, 0;
            cvt.u64.u32 %rd12, %r13;
            add.u64 %rd12, %rd12, %rd1;
            {string.Join('\n', Enumerable.Range(0, Sums).Select(i => $"st.global.f32 [%rd12+{4 * i}], %f{i};"))}
            END:
            """;

        public uint[] Run(string body, out LaunchReport report)
        {
            uint[] words = new uint[Math.Max(Threads * Sums, (image.Length / 4) + (Threads * 4))];
            Buffer.BlockCopy(image, 0, words, 0, image.Length);
            for (int thread = 0; thread < Threads; thread++)
                for (int register = 0; register < 4; register++) words[(image.Length / 4) + (thread * 4) + register] = FragmentOfA(thread, register);
            body = body.Replace(".reg .pred p;", ".reg .pred p; .reg .f32 %f<128>;", StringComparison.Ordinal);
            uint[] output;
            (output, report) = PtxText.Report(body, Threads, words, ".extern .shared .align 1024 .b8 tiles[];", image.Length);
            return output;
        }

        /// <summary>Lane l of warp w has, in register i, row 16w + l/4 + 8 (i/2 mod 2) and column 8 (i/4) + 2 (l mod 4) + i mod 2.</summary>
        public void AssertProduct(uint[] sums, int times = 1)
        {
            for (int thread = 0; thread < Threads; thread++)
                for (int i = 0; i < Sums; i++)
                {
                    int lane = thread % 32, row = (16 * (thread / 32)) + (lane / 4) + (8 * (i / 2 % 2)), column = (8 * (i / 4)) + (2 * (lane % 4)) + (i % 2);
                    double truth = 0;
                    for (int k = 0; k < depth; k++) truth += times * a[row, k] * b[column, k];
                    Assert.Equal((float)truth, BitConverter.UInt32BitsToSingle(sums[(thread * Sums) + i]), 2e-6f);
                }
        }

        private string LoadA() => $$"""
            mul.wide.u32 %rd5, %r0, 16;
            add.u64 %rd5, %rd5, %rd0;
            ld.global.v4.u32 {%r40, %r41, %r42, %r43}, [%rd5+{{image.Length}}];
            """;

        private static ulong Constant(bool byRows) => byRows ? 0x4000_0040_0200_0000ul : 0x4000_0040_0001_0000ul;

        /// <summary>32 bytes along the depth, or 16 rows of 128 bytes.</summary>
        private static ulong StepOf(bool byRows) => (ulong)(Step * (byRows ? 128 : 2));

        private double Round(double value) => width == 2 ? MatrixTests.BFloat16(value)
            : BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & ~0x1FFFu);

        private void Lay(double[,] matrix, int rows, bool byRows, int start)
        {
            for (int row = 0; row < rows; row++)
                for (int k = 0; k < depth; k++)
                {
                    int place = k + (Step * depth);
                    int at = byRows
                        ? (row / 64 * 8192) + (place / 8 * 1024) + (place % 8 * 128) + (((row % 64 / 8) ^ (place % 8)) * 16) + (row % 8 * 2)
                        : (row / 8 * 1024) + (row % 8 * 128) + (((place * width / 16) ^ (row % 8)) * 16) + (place * width % 16);
                    uint bits = BitConverter.SingleToUInt32Bits((float)matrix[row, k]);
                    if (width == 2) BitConverter.TryWriteBytes(image.AsSpan(start + at), (ushort)(bits >> 16));
                    else BitConverter.TryWriteBytes(image.AsSpan(start + at), bits | 0x1FFF); // Bits below tf32 are ignored.
                }
        }

        /// <summary>Lane l of warp w: rows 16w + l/4 and 8 below in turn, places 2 (l mod 4) and the next, or l mod 4; the upper registers half the depth on.</summary>
        private uint FragmentOfA(int thread, int register)
        {
            int lane = thread % 32, row = (16 * (thread / 32)) + (lane / 4) + (8 * (register % 2)), half = register / 2 * depth / 2;
            if (width == 4) return BitConverter.SingleToUInt32Bits((float)a[row, (lane % 4) + half]);
            uint low = BitConverter.SingleToUInt32Bits((float)a[row, (2 * (lane % 4)) + half]) >> 16, high = BitConverter.SingleToUInt32Bits((float)a[row, (2 * (lane % 4)) + half + 1]);
            return low | (high & 0xFFFF_0000);
        }
    }
}
