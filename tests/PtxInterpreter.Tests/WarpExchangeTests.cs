namespace NegSamples.PtxInterpreter.Tests;

public class WarpExchangeTests
{
    [Theory]
    [InlineData("shfl.sync.up.b32 %r2|%p1, %r1, 3, 0, -1;", 0)]
    [InlineData("shfl.sync.down.b32 %r2|%p1, %r1, 3, 31, -1;", 1)]
    [InlineData("shfl.sync.bfly.b32 %r2|%p1, %r1, 5, 31, -1;", 2)]
    [InlineData("shfl.sync.idx.b32 %r2|%p1, %r1, 9, 31, -1;", 3)]
    [InlineData("shfl.sync.down.b32 %r2|%p1, %r1, 3, 0x181F, -1;", 4)]
    [InlineData("shfl.sync.idx.b32 %r2|%p1, %r1, 2, 0x181F, -1;", 5)]
    public void ShufflesReadTheLaneTheySay(string shuffle, int which)
    {
        // The last two work in segments of 8 lanes: mask 0x18 in the upper byte, last lane 0x1F.
        Func<int, int>[] sources =
        [
            lane => lane - 3, lane => lane + 3 > 31 ? -1 : lane + 3, lane => lane ^ 5, _ => 9,
            lane => lane % 8 + 3 > 7 ? -1 : lane + 3, lane => lane / 8 * 8 + 2
        ];
        string body = $"ld.global.u32 %r1, [%rd2];\n{shuffle}\nselp.u32 %r3, 1000, 0, %p1;\nadd.u32 %r2, %r2, %r3;\nst.global.u32 [%rd3], %r2;";
        uint[] output = PtxText.Run(body, 32, PtxText.Lanes(lane => (uint)lane * 10));
        Assert.Equal(PtxText.Lanes(lane => (uint)(sources[which](lane) < 0 ? lane * 10 : sources[which](lane) * 10 + 1000)), output);
    }

    [Theory]
    [InlineData("vote.sync.ballot.b32 %r2, %p1, -1;", 0xAAAA_AAAA)]
    [InlineData("vote.sync.ballot.b32 %r2, !%p1, -1;", 0x5555_5555)]
    [InlineData("{ .reg .pred q; vote.sync.any.pred q, %p1, -1; selp.u32 %r2, 1, 0, q; }", 1)]
    [InlineData("{ .reg .pred q; vote.sync.all.pred q, %p1, -1; selp.u32 %r2, 1, 0, q; }", 0)]
    [InlineData("{ .reg .pred q; vote.sync.uni.pred q, %p1, -1; selp.u32 %r2, 1, 0, q; }", 0)]
    [InlineData("redux.sync.add.u32 %r2, %r0, -1;", 496)]
    [InlineData("redux.sync.max.s32 %r2, %r0, -1;", 31)]
    [InlineData("activemask.b32 %r2;", 0xFFFF_FFFF)]
    [InlineData("@%p1 activemask.b32 %r2; @!%p1 mov.u32 %r2, 0xAAAAAAAA;", 0xAAAA_AAAA)]
    public void VotesAndReductionsSeeTheWholeWarp(string instruction, uint expected)
    {
        string body = $"and.b32 %r1, %r0, 1;\nsetp.ne.u32 %p1, %r1, 0;\n{instruction}\nst.global.u32 [%rd3], %r2;";
        Assert.Equal(PtxText.Lanes(_ => expected), PtxText.Run(body, 32, new uint[32]));
    }

    [Fact]
    public void AMatchFindsTheLanesWithTheSameValue()
    {
        const string Body = "and.b32 %r1, %r0, 3;\nmatch.any.sync.b32 %r2, %r1, -1;\nst.global.u32 [%rd3], %r2;";
        Assert.Equal(PtxText.Lanes(lane => 0x1111_1111u << (lane % 4)), PtxText.Run(Body, 32, new uint[32]));
    }

    [Fact]
    public void HalvesOfADivergedWarpShuffleAmongThemselves()
    {
        const string Body = """
            setp.lt.u32 %p1, %r0, 16;
            @%p1 bra LOW;
            shfl.sync.bfly.b32 %r2, %r0, 1, 31, 0xFFFF0000;
            bra END;
            LOW: shfl.sync.bfly.b32 %r2, %r0, 2, 31, 0xFFFF;
            END: st.global.u32 [%rd3], %r2;
            """;
        Assert.Equal(PtxText.Lanes(lane => (uint)(lane < 16 ? lane ^ 2 : lane ^ 1)), PtxText.Run(Body, 32, new uint[32]));
    }

    [Fact]
    public void LanesWaitAtAShuffleForThoseThatTookALongerWay()
    {
        // Two instructions of one text: lanes below 8 come to the shuffle through a detour.
        const string Body = """
            mov.u32 %r1, %r0;
            setp.ge.u32 %p1, %r0, 8;
            @%p1 bra MEET;
            add.u32 %r1, %r1, 100;
            MEET: shfl.sync.idx.b32 %r2, %r1, 0, 31, -1;
            st.global.u32 [%rd3], %r2;
            """;
        Assert.Equal(PtxText.Lanes(_ => 100), PtxText.Run(Body, 32, new uint[32]));
    }

    [Fact]
    public void BarriersCountPredicatesOfTheWholeBlock()
    {
        const string Body = """
            setp.lt.u32 %p1, %r0, 40;
            bar.red.popc.u32 %r1, 0, %p1;
            bar.red.and.pred %p2, 0, %p1;
            bar.red.or.pred %p3, 0, !%p1;
            selp.u32 %r2, 1000, 0, %p2;
            selp.u32 %r3, 2000, 0, %p3;
            add.u32 %r1, %r1, %r2;
            add.u32 %r1, %r1, %r3;
            st.global.u32 [%rd3], %r1;
            """;
        Assert.Equal(PtxText.Lanes(_ => 2040, 64), PtxText.Run(Body, 64, new uint[64]));
    }
}
