namespace NegSamples.PtxInterpreter.Tests;

/// <summary>Sectors of global accesses and wavefronts of shared ones, counted by hand for one warp.</summary>
public class AccessCountTests
{
    [Theory]
    [InlineData(4, 0, 1, 4, 4)] // 32 neighbouring floats: one line of four sectors.
    [InlineData(8, 0, 1, 8, 4)] // Every other float: twice the sectors that the bytes fill.
    [InlineData(32, 0, 1, 32, 4)] // A float per sector.
    [InlineData(0, 0, 1, 1, 1)] // All lanes read one float.
    [InlineData(4, 16, 1, 5, 4)] // Neighbouring, but from the middle of a sector.
    [InlineData(16, 0, 4, 16, 16)] // float4 per lane: four lines.
    [InlineData(32, 0, 4, 32, 16)]
    public void GlobalSectors(int stride, int offset, int vector, long asked, long needed)
    {
        string registers = vector == 1 ? "%r5" : "{%r5, %r6, %r7, %r8}";
        string body = $"mul.wide.u32 %rd5, %r0, {stride};\nadd.u64 %rd5, %rd5, %rd0;\nld.global.{(vector == 1 ? "" : "v4.")}u32 {registers}, [%rd5+{offset}];";
        LaunchReport report = PtxText.Report(body, 32, new uint[512]).Report.AssertClean();
        Assert.Equal((asked, needed), (report.SectorsAsked, report.SectorsNeeded));
    }

    [Fact]
    public void LanesThatDoNotTakePartTouchNoSector()
    {
        LaunchReport report = PtxText.Report("setp.lt.u32 %p1, %r0, 8;\n@%p1 ld.global.u32 %r5, [%rd2];", 32, new uint[32]).Report;
        Assert.Equal((1, 1), (report.SectorsAsked, report.SectorsNeeded));
    }

    [Theory]
    [InlineData("mad.lo.u32 %r2, %r0, 4, %r1;", "ld.shared.u32 %r5, [%r2];", 1, 1)]
    [InlineData("mad.lo.u32 %r2, %r0, 8, %r1;", "ld.shared.u32 %r5, [%r2];", 2, 1)]
    [InlineData("mad.lo.u32 %r2, %r0, 128, %r1;", "ld.shared.u32 %r5, [%r2];", 32, 1)]
    [InlineData("mad.lo.u32 %r2, %r0, 132, %r1;", "ld.shared.u32 %r5, [%r2];", 1, 1)] // A row of 33 words: the usual padding.
    [InlineData("mov.u32 %r2, %r1;", "ld.shared.u32 %r5, [%r2];", 1, 1)] // A broadcast.
    [InlineData("shr.u32 %r3, %r0, 1; mad.lo.u32 %r2, %r3, 4, %r1;", "ld.shared.u32 %r5, [%r2];", 1, 1)]
    [InlineData("mad.lo.u32 %r2, %r0, 2, %r1;", "ld.shared.u16 %h1, [%r2];", 1, 1)] // Two lanes in one word.
    [InlineData("mad.lo.u32 %r2, %r0, 8, %r1;", "ld.shared.v2.u32 {%r5, %r6}, [%r2];", 2, 2)] // Half a warp at a time.
    [InlineData("mad.lo.u32 %r2, %r0, 16, %r1;", "ld.shared.v2.u32 {%r5, %r6}, [%r2];", 4, 2)]
    [InlineData("mad.lo.u32 %r2, %r0, 16, %r1;", "ld.shared.v4.u32 {%r5, %r6, %r7, %r8}, [%r2];", 4, 4)] // A quarter at a time.
    [InlineData("mad.lo.u32 %r2, %r0, 32, %r1;", "ld.shared.v4.u32 {%r5, %r6, %r7, %r8}, [%r2];", 8, 4)]
    [InlineData("mad.lo.u32 %r2, %r0, 128, %r1;", "ld.shared.v4.u32 {%r5, %r6, %r7, %r8}, [%r2];", 32, 4)]
    [InlineData("mad.lo.u32 %r2, %r0, 144, %r1;", "ld.shared.v4.u32 {%r5, %r6, %r7, %r8}, [%r2];", 4, 4)] // Rows of 128 + 16 bytes.
    public void SharedWavefronts(string address, string load, long taken, long needed)
    {
        LaunchReport report = PtxText.Report($".shared .align 16 .b8 array[4736];\nmov.u32 %r1, array;\n{address}\n{load}", 32, new uint[32]).Report;
        Assert.DoesNotContain(report.Findings, finding => finding.Kind != FindingKind.UninitializedShared);
        Assert.Equal((taken, taken - needed), (report.Wavefronts, report.BankConflicts));
    }

    [Fact]
    public void InstructionsAreCountedByClassForThreadsAndWarps()
    {
        const string Body = "mov.f32 %f0, 0f3F800000;\nfma.rn.f32 %f1, %f0, %f0, %f0;\nsetp.lt.u32 %p1, %r0, 5;\n@%p1 ex2.approx.f32 %f2, %f1;\nbar.sync 0;";
        LaunchReport report = PtxText.Report(Body, 64, new uint[64]).Report;
        Assert.Equal((64, 2), (report.Count(InstructionClass.Float), report.WarpCount(InstructionClass.Float)));
        Assert.Equal((5, 2), (report.Count(InstructionClass.Special), report.WarpCount(InstructionClass.Special)));
        Assert.Equal((64, 128), (report.Count(InstructionClass.Barrier), report.Count(InstructionClass.Parameter)));
    }
}
