namespace NegSamples.PtxInterpreter.Tests;

public class AsyncCopyTests
{
    private const string Address = """
        .shared .align 16 .b8 tile[512];
        mul.wide.u32 %rd5, %r0, 16;
        add.u64 %rd6, %rd0, %rd5;
        mov.u32 %r1, tile;
        mad.lo.u32 %r2, %r0, 16, %r1;

        """;

    private const string ReadNeighbour = """

        xor.b32 %r3, %r0, 1;
        mad.lo.u32 %r3, %r3, 16, %r1;
        ld.shared.u32 %r4, [%r3+12];
        st.global.u32 [%rd3], %r4;
        """;

    private static uint[] Input => PtxText.Lanes(i => (uint)i * 7, 128);

    [Fact]
    public void BytesArriveWithTheWait()
    {
        const string Body = Address + "cp.async.cg.shared.global [%r2], [%rd6], 16;\ncp.async.commit_group;\ncp.async.wait_group 0;\nbar.sync 0;" + ReadNeighbour;
        Assert.Equal(PtxText.Lanes(lane => (uint)((lane ^ 1) * 4 + 3) * 7), PtxText.Run(Body, 32, Input)[..32]);
    }

    [Theory]
    [InlineData("cp.async.ca.shared.global [%r2+12], [%rd6+12], 4, %r5;", 4, true)]
    [InlineData("cp.async.ca.shared.global [%r2+12], [%rd6+12], 4, %r5;", 0, false)]
    [InlineData("cp.async.ca.shared.global.L2::128B [%r2+8], [%rd6+8], 8, %r5;", 8, true)]
    [InlineData("cp.async.cg.shared::cta.global [%r2], [%rd6], 16, %r5;", 12, false)]
    public void BytesBeyondTheSourceAreZero(string copy, int sourceBytes, bool arrives)
    {
        string body = $"{Address}mov.u32 %r5, {sourceBytes};\n{copy}\ncp.async.wait_all;\nbar.sync 0;{ReadNeighbour}";
        Assert.Equal(PtxText.Lanes(lane => arrives ? (uint)((lane ^ 1) * 4 + 3) * 7 : 0), PtxText.Run(body, 32, Input)[..32]);
    }

    [Fact]
    public void AWaitForAllButOneGroupLandsTheOlder()
    {
        const string Body = Address + """
            cp.async.cg.shared.global [%r2], [%rd6], 16;
            cp.async.commit_group;
            .shared .align 16 .b8 other[512];
            mov.u32 %r6, other;
            mad.lo.u32 %r7, %r0, 16, %r6;
            cp.async.cg.shared.global [%r7], [%rd6], 16;
            cp.async.commit_group;
            cp.async.wait_group 1;
            bar.sync 0;
            """ + ReadNeighbour + "\nld.shared.u32 %r8, [%r7];";
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 32, Input);
        Assert.Equal(PtxText.Lanes(lane => (uint)((lane ^ 1) * 4 + 3) * 7), output[..32]);
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.AsyncCopyRead, "ld.shared.u32 %r8, [%r7];"), (finding.Kind, finding.Instruction));
    }

    [Theory]
    [InlineData("cp.async.commit_group;\nbar.sync 0;")]
    [InlineData("cp.async.wait_group 0;\nbar.sync 0;")] // The copy was never committed to a group.
    [InlineData("cp.async.wait_all;")]
    public void AReadBeforeTheWaitOrTheBarrierIsFound(string synchronization)
    {
        string body = $"{Address}cp.async.cg.shared.global [%r2], [%rd6], 16;\n{synchronization}{ReadNeighbour}";
        LaunchReport report = PtxText.Report(body, 32, Input).Report;
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal(FindingKind.AsyncCopyRead, finding.Kind);
        Assert.Contains("ld.shared", finding.Instruction);
    }
}
