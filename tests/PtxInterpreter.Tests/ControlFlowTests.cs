namespace NegSamples.PtxInterpreter.Tests;

public class ControlFlowTests
{
    [Fact]
    public void BothSidesOfABranchMeetBehindIt()
    {
        // The text puts the join between the two sides.
        const string Body = """
            and.b32 %r1, %r0, 1;
            setp.eq.u32 %p1, %r1, 0;
            @%p1 bra EVEN;
            mov.u32 %r2, 100;
            bra JOIN;
            JOIN: add.u32 %r2, %r2, %r0;
            st.global.u32 [%rd3], %r2;
            ret;
            EVEN: mov.u32 %r2, 200;
            bra JOIN;
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 32, new uint[32]);
        Assert.Equal(PtxText.Lanes(lane => (uint)(lane % 2 == 0 ? 200 + lane : 100 + lane)), output);
        LineReport store = report.Lines.Single(line => line.Text.StartsWith("st.", StringComparison.Ordinal));
        Assert.Equal((1, 32), (store.Warps, store.Threads));
    }

    [Fact]
    public void LanesThatLeaveALoopEarlyWaitBehindItThoughTheBodyStandsAtTheEnd()
    {
        const string Body = """
            mov.u32 %r1, 0;
            mov.u32 %r2, 0;
            HEAD: setp.lt.u32 %p1, %r1, %r0;
            @%p1 bra BODY;
            bra.uni NEXT;
            NEXT: st.global.u32 [%rd3], %r2;
            ret;
            BODY: add.u32 %r2, %r2, %r1;
            add.u32 %r1, %r1, 1;
            bra HEAD;
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 32, new uint[32]);
        Assert.Equal(PtxText.Lanes(lane => (uint)(lane * (lane - 1) / 2)), output);
        Assert.Equal(1, report.Lines.Single(line => line.Text.StartsWith("NEXT", StringComparison.Ordinal)).Warps);
        LineReport body = report.Lines.Single(line => line.Text.StartsWith("BODY", StringComparison.Ordinal));
        Assert.Equal((31, 31 * 32 / 2), (body.Warps, body.Threads));
    }

    [Fact]
    public void NestedLoopsWithALaneOfItsOwnTripCountEnd()
    {
        // r3 = Σ_{i < lane mod 3} Σ_{j < lane mod 5} (i + j), worked out by the loops below.
        const string Body = """
            rem.u32 %r4, %r0, 3;
            rem.u32 %r5, %r0, 5;
            mov.u32 %r3, 0;
            mov.u32 %r1, 0;
            OUTER: setp.ge.u32 %p1, %r1, %r4;
            @%p1 bra END;
            mov.u32 %r2, 0;
            INNER: setp.ge.u32 %p2, %r2, %r5;
            @%p2 bra STEP;
            add.u32 %r3, %r3, %r1;
            add.u32 %r3, %r3, %r2;
            add.u32 %r2, %r2, 1;
            bra INNER;
            STEP: add.u32 %r1, %r1, 1;
            bra OUTER;
            END: st.global.u32 [%rd3], %r3;
            """;
        Assert.Equal(PtxText.Lanes(Expected), PtxText.Run(Body, 32, new uint[32]));

        static uint Expected(int lane)
        {
            int sum = 0;
            for (int i = 0; i < lane % 3; i++)
                for (int j = 0; j < lane % 5; j++) sum += i + j;
            return (uint)sum;
        }
    }

    [Fact]
    public void ACallFromOneSideOfABranchReturnsToIt()
    {
        const string Declarations = """
            .visible .func (.param .b32 result) power(.param .b32 base, .param .b32 times);
            .visible .func (.param .b32 result) power(.param .b32 base, .param .b32 times)
            {
                .reg .pred %p<2>; .reg .b32 %r<5>;
                ld.param.b32 %r1, [base];
                ld.param.b32 %r2, [times];
                mov.u32 %r3, 1;
                LOOP: setp.eq.u32 %p1, %r2, 0;
                @%p1 bra DONE;
                mul.lo.u32 %r3, %r3, %r1;
                sub.u32 %r2, %r2, 1;
                bra LOOP;
                DONE: st.param.b32 [result], %r3;
                ret;
            }
            """;
        const string Body = """
            setp.lt.u32 %p1, %r0, 16;
            mov.u32 %r2, 7;
            @!%p1 bra SKIP;
            rem.u32 %r1, %r0, 4;
            { .param .b32 a; st.param.b32 [a], 3; .param .b32 n; st.param.b32 [n], %r1; .param .b32 value;
              call.uni (value), power, (a, n); ld.param.b32 %r2, [value]; }
            SKIP: st.global.u32 [%rd3], %r2;
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 32, new uint[32], Declarations);
        uint[] powers = [1, 3, 9, 27];
        Assert.Equal(PtxText.Lanes(lane => lane < 16 ? powers[lane % 4] : 7), output);
        Assert.Equal(1, report.Lines.Single(line => line.Text.StartsWith("SKIP", StringComparison.Ordinal)).Warps);
    }

    [Fact]
    public void AnIndexedBranchTakesItsTarget()
    {
        const string Body = """
            and.b32 %r1, %r0, 3;
            TARGETS: .branchtargets A, B, C, A;
            brx.idx %r1, TARGETS;
            A: mov.u32 %r2, 1; bra END;
            B: mov.u32 %r2, 2; bra END;
            C: mov.u32 %r2, 3;
            END: st.global.u32 [%rd3], %r2;
            """;
        uint[] expected = [1, 2, 3, 1];
        Assert.Equal(PtxText.Lanes(lane => expected[lane % 4]), PtxText.Run(Body, 32, new uint[32]));
    }

    [Fact]
    public void LanesThatReturnUnderAPredicateStoreNothing()
    {
        const string Body = "setp.gt.u32 %p1, %r0, 9;\n@%p1 ret;\nst.global.u32 [%rd3], %r0;";
        Assert.Equal(PtxText.Lanes(lane => lane > 9 ? uint.MaxValue : (uint)lane), PtxText.Run(Body, 32, new uint[32]));
    }

    [Fact]
    public void AKernelThatDoesNotEndIsGivenUp()
    {
        PtxMachine machine = new(PtxModule.Parse(PtxText.Kernel("HERE: bra HERE;"))) { InstructionLimit = 50_000 };
        DeviceBuffer<uint> buffer = machine.Allocate(0u);
        Assert.Throws<InvalidOperationException>(() => machine.Launch(1, 32, buffer, buffer));
    }

    [Fact]
    public void ThreadsKnowWhereTheyStandInThreeDimensions()
    {
        const string Body = """
            mov.u32 %r1, %tid.x; mov.u32 %r2, %tid.y; mov.u32 %r3, %tid.z; mov.u32 %r4, %ntid.x; mov.u32 %r5, %ntid.y;
            mov.u32 %r6, %ctaid.y; mov.u32 %r7, %nctaid.x; mov.u32 %r8, %ctaid.x;
            mad.lo.u32 %r9, %r3, %r5, %r2; mad.lo.u32 %r9, %r9, %r4, %r1;
            mad.lo.u32 %r10, %r6, %r7, %r8; mad.lo.u32 %r9, %r10, 24, %r9;
            mul.wide.u32 %rd5, %r9, 4; add.u64 %rd5, %rd5, %rd1;
            st.global.u32 [%rd5], %r9;
            """;
        PtxMachine machine = new(PtxModule.Parse(PtxText.Kernel(Body)));
        DeviceBuffer<uint> output = machine.AllocateUnwritten<uint>(6 * 24);
        machine.Launch((3, 2), (4, 3, 2), output, output).AssertClean();
        Assert.Equal(PtxText.Lanes(i => (uint)i, 6 * 24), output.ToArray());
    }
}
