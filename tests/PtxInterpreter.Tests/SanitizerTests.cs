namespace NegSamples.PtxInterpreter.Tests;

/// <summary>Kernels that are wrong on purpose, and beside them the ones that are right but look alike.</summary>
public class SanitizerTests
{
    private const string SharedWord = """
        .shared .align 4 .b8 array[512];
        mov.u32 %r1, array;
        mad.lo.u32 %r2, %r0, 4, %r1;
        xor.b32 %r3, %r0, 1;
        mad.lo.u32 %r3, %r3, 4, %r1;
        xor.b32 %r4, %r0, 32;
        mad.lo.u32 %r4, %r4, 4, %r1;

        """;

    [Theory]
    [InlineData("ld.global.u32 %r1, [%rd2+4];", "buffer 0")]
    [InlineData("st.global.u32 [%rd2+4], %r0;", "buffer 0")]
    [InlineData("ld.global.u32 %r1, [%rd0-4];", "before every buffer")]
    [InlineData("mov.u64 %rd5, 0; ld.u32 %r1, [%rd5];", "before every buffer")]
    [InlineData("cvt.u32.u64 %r1, %rd2; cvt.u64.u32 %rd5, %r1; ld.global.u32 %r1, [%rd5];", "before every buffer")]
    public void AccessesOutsideABufferAreFound(string instruction, string said)
    {
        LaunchReport report = PtxText.Report(instruction, 64, new uint[64]).Report;
        Finding finding = Assert.Single(report.Findings);
        Assert.Equal(FindingKind.OutOfBounds, finding.Kind);
        Assert.Contains(said, finding.Message);
        Assert.Contains(instruction.Split("; ")[^1].TrimEnd(), finding.Instruction);
    }

    [Fact]
    public void AFindingNamesBlockThreadAndLine()
    {
        // Block 1 of two: its thread 33 is the first beyond the 97 elements.
        const string Body = "mov.u32 %r1, %ctaid.x;\nmad.lo.u32 %r1, %r1, 64, %r0;\nmul.wide.u32 %rd5, %r1, 4;\nadd.u64 %rd5, %rd5, %rd0;\nst.global.u32 [%rd5], %r1;";
        string text = PtxText.Kernel(Body);
        PtxMachine machine = new(PtxModule.Parse(text));
        DeviceBuffer<uint> buffer = machine.Allocate(new uint[97]);
        Finding finding = Assert.Single(machine.Launch(2, 64, buffer, buffer).Findings);
        Assert.Equal(("Kernel_Test", new Extent(1, 0, 0), new Extent(33, 0, 0), 31), (finding.Kernel, finding.Block, finding.Thread, finding.Count));
        Assert.Equal("st.global.u32 [%rd5], %r1;", text.Split('\n')[finding.Line - 1]);
    }

    [Theory]
    [InlineData("ld.shared.u32 %r5, [%r2+512];")]
    [InlineData("st.shared.u32 [%r2-4], %r0;")]
    [InlineData("mov.u32 %r5, 0; ld.shared.u32 %r5, [%r5];")]
    [InlineData(".local .align 4 .b8 own[16]; st.local.u32 [own+16], %r0;")]
    public void AccessesOutsideAnArrayOfTheBlockAreFound(string instruction) => AssertFinds(FindingKind.OutOfBounds, SharedWord + instruction);

    [Theory]
    [InlineData("ld.global.u32 %r5, [%rd2+2];")]
    [InlineData("ld.global.v2.u32 {%r5, %r6}, [%rd0+4];")]
    [InlineData("st.shared.u32 [%r2+1], %r0;")]
    [InlineData("setp.eq.u32 %p1, %r0, 9; @%p1 st.shared.v4.u32 [%r1], {%r0, %r0, %r0, %r0};")] // Declared .align 4: a device may put it anywhere.
    public void MisalignedAccessesAreFound(string instruction) => AssertFinds(FindingKind.Misaligned, SharedWord + instruction);

    [Fact]
    public void ReadsOfSharedMemoryThatNobodyWroteAreFound()
    {
        AssertFinds(FindingKind.UninitializedShared, SharedWord + "ld.shared.u32 %r5, [%r2];");
        AssertFinds(FindingKind.UninitializedShared, SharedWord + "st.shared.u16 [%r2], 7;\nld.shared.u32 %r5, [%r2];");
        AssertClean(SharedWord + "st.shared.u32 [%r2], %r0;\nld.shared.u32 %r5, [%r2];");
    }

    [Theory]
    [InlineData("st.shared.u32 [%r2], %r0;", "ld.shared.u32 %r5, [%r4];")] // Of another warp.
    [InlineData("st.shared.u32 [%r2], %r0;", "ld.shared.u32 %r5, [%r3];")] // Of the same warp.
    [InlineData("st.shared.u32 [%r2], %r0;", "st.shared.u32 [%r4], %r0;")]
    [InlineData("st.shared.u32 [%r2], %r0;", "atom.shared.add.u32 %r5, [%r3], 1;")]
    [InlineData("st.shared.u32 [%r2], %r0; bar.sync 0; ld.shared.u32 %r5, [%r4];", "st.shared.u32 [%r2], %r0;")] // Write after read.
    [InlineData("st.shared.u32 [%r2], %r0; bar.sync 0; ld.shared.u32 %r5, [%r1];", "setp.eq.u32 %p1, %r0, 0; @%p1 st.shared.u32 [%r1], %r0;")]
    [InlineData("st.shared.u32 [%r2], %r0; bar.sync 0; ld.shared.u32 %r5, [%r1];", "setp.eq.u32 %p1, %r0, 63; @%p1 st.shared.u32 [%r1], %r0;")]
    public void RacesAreFoundUnlessABarrierStandsBetween(string first, string second)
    {
        AssertFinds(FindingKind.SharedRace, $"{SharedWord}{first}\n{second}", mayAlsoFind: FindingKind.UninitializedShared);
        AssertClean($"{SharedWord}{first}\nbar.sync 0;\n{second}");
    }

    [Fact]
    public void ALaneOfTheSameInstructionRacesToo() => AssertFinds(FindingKind.SharedRace, SharedWord + "st.shared.u32 [%r1], %r0;");

    [Fact]
    public void AtomicsDoNotRaceWithEachOther() => AssertClean(SharedWord
        + "setp.eq.u32 %p1, %r0, 0;\n@%p1 st.shared.u32 [%r1], 0;\nbar.sync 0;\natom.shared.add.u32 %r5, [%r1], 1;\nred.shared.add.u32 [%r1], 1;");

    [Theory]
    [InlineData("bar.warp.sync -1;")]
    [InlineData("shfl.sync.bfly.b32 %r6, %r0, 1, 31, -1;")]
    public void AWarpsExchangeOrdersItsOwnLanesOnly(string exchange)
    {
        AssertClean($"{SharedWord}st.shared.u32 [%r2], %r0;\n{exchange}\nld.shared.u32 %r5, [%r3];");
        AssertFinds(FindingKind.SharedRace, $"{SharedWord}st.shared.u32 [%r2], %r0;\n{exchange}\nld.shared.u32 %r5, [%r4];", mayAlsoFind: FindingKind.UninitializedShared);
    }

    [Fact]
    public void ABarrierOfSomeWarpsOrdersThose()
    {
        // Warps 0 and 1 meet at barrier 1, warps 2 and 3 at barrier 2; a read across the pairs is a race.
        const string Meet = "shr.u32 %r7, %r0, 6;\nadd.u32 %r7, %r7, 1;\nst.shared.u32 [%r2], %r0;\nbar.sync %r7, 64;\n";
        AssertClean(SharedWord + Meet + "ld.shared.u32 %r5, [%r4];", threads: 128);
        AssertFinds(FindingKind.SharedRace, SharedWord + Meet + "xor.b32 %r8, %r0, 64;\nmad.lo.u32 %r8, %r8, 4, %r1;\nld.shared.u32 %r5, [%r8];", 128, FindingKind.UninitializedShared);
    }

    [Fact]
    public void AProducerThatOnlyArrivesIsOrderedBeforeTheConsumer()
    {
        const string Body = SharedWord + """
            setp.ge.u32 %p1, %r0, 32;
            @%p1 bra CONSUME;
            st.shared.u32 [%r2], %r0;
            bar.arrive 1, 64;
            bra END;
            CONSUME: bar.sync 1, 64;
            ld.shared.u32 %r5, [%r4];
            END:
            """;
        AssertClean(Body);
        AssertFinds(FindingKind.SharedRace, Body.Replace("st.shared.u32 [%r2], %r0;\nbar.arrive 1, 64;", "bar.arrive 1, 64;\nst.shared.u32 [%r2], %r0;"), mayAlsoFind: FindingKind.UninitializedShared);
    }

    [Theory]
    [InlineData("setp.lt.u32 %p1, %r0, 40;\n@%p1 ret;\nbar.sync 0;")]
    [InlineData("setp.lt.u32 %p1, %r0, 32;\n@%p1 bar.sync 0;")]
    [InlineData("setp.lt.u32 %p1, %r0, 32;\n@%p1 bra OTHER;\nbar.sync 0;\nbra END;\nOTHER: bar.sync 1;\nEND:")]
    [InlineData("setp.lt.u32 %p1, %r0, 16;\n@%p1 bra OTHER;\nbar.sync 0;\nbra END;\nOTHER: bar.sync 0;\nEND:")]
    public void BarriersThatNotAllThreadsReachAreFound(string body) => AssertFinds(FindingKind.BarrierDivergence, body);

    [Theory]
    [InlineData("setp.lt.u32 %p1, %r0, 16;\n@%p1 shfl.sync.idx.b32 %r5, %r0, 0, 31, -1;")] // The others exit; lane 0 is there.
    [InlineData("setp.ge.u32 %p1, %r0, 16;\n@%p1 shfl.sync.idx.b32 %r5, %r0, 0, 31, 0xFFFF0000;")]
    [InlineData("setp.lt.u32 %p1, %r0, 16;\n@%p1 bra SHUFFLE;\nbar.sync 0;\nSHUFFLE: shfl.sync.idx.b32 %r5, %r0, 0, 31, -1;")]
    public void AShuffleWithoutALaneItNamesIsFound(string body)
    {
        IReadOnlyList<Finding> findings = PtxText.Report(body, 32, new uint[32]).Report.Findings;
        if (body.Contains("bar.sync")) Assert.Contains(findings, finding => finding.Kind is FindingKind.WarpDivergence or FindingKind.BarrierDivergence);
        else if (body.Contains("0xFFFF0000")) Assert.Equal(FindingKind.WarpDivergence, Assert.Single(findings).Kind);
        else Assert.Empty(findings);
    }

    [Fact]
    public void ATrapIsFound() => AssertFinds(FindingKind.Trap, "trap;");

    private static void AssertClean(string body, int threads = 64) => PtxText.Report(body, threads, new uint[threads]).Report.AssertClean();

    private static void AssertFinds(FindingKind kind, string body, int threads = 64, FindingKind? mayAlsoFind = null)
    {
        IReadOnlyList<Finding> findings = PtxText.Report(body, threads, new uint[threads]).Report.Findings;
        Assert.Contains(findings, finding => finding.Kind == kind);
        Assert.All(findings, finding => Assert.True(finding.Kind == kind || finding.Kind == mayAlsoFind, finding.ToString()));
    }
}
