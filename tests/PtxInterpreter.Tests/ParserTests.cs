namespace NegSamples.PtxInterpreter.Tests;

public class ParserTests
{
    [Theory]
    [InlineData("tcgen05.fence::before_thread_sync;", "tcgen05.fence::before_thread_sync")]
    [InlineData("add.rz.f32 %f0, %f1, %f2;", "add.rz.f32 %f0, %f1, %f2;")]
    [InlineData("add.s32 %r1, %r2, %nothing;", "%nothing")]
    [InlineData("bra NOWHERE;", "NOWHERE")]
    public void WhatIsNotKnownIsQuotedWithItsLine(string instruction, string quoted)
    {
        string text = PtxText.Kernel(instruction);
        PtxException exception = Assert.Throws<PtxException>(() => PtxModule.Parse(text));
        Assert.Contains(quoted, exception.Message);
        Assert.Contains(instruction, text.Split('\n')[exception.Line - 1]);
    }

    [Fact]
    public void NamesInBracesHideThoseWithout()
    {
        const string Body = """
            mov.u32 %r1, 1;
            { .reg .b32 %r1; mov.u32 %r1, 2; bra DONE; mov.u32 %r1, 3; DONE: }
            { .reg .b32 t; mov.u32 t, 5; bra DONE; mov.u32 t, 7; DONE: add.u32 %r1, %r1, t; }
            st.global.u32 [%rd3], %r1;
            """;
        Assert.Equal(6u, PtxText.Run(Body, 1, [0])[0]);
    }

    [Fact]
    public void ModuleVariablesHoldTheirInitialValues()
    {
        const string Declarations = ".const .align 4 .b32 table[4] = {10, 0x14, -1, 40};\n.global .align 4 .f32 one = 0f3F800000;\n.global .align 1 .b8 bytes[4] = {1, 2, 3, 4};";
        const string Body = """
            mov.u64 %rd5, table;
            add.u64 %rd5, %rd5, %rd4;
            ld.const.u32 %r1, [%rd5];
            ld.global.u32 %r2, [one];
            ld.global.u8 %r3, [bytes+2];
            add.u32 %r1, %r1, %r3;
            @%p1 add.u32 %r1, %r1, %r2;
            st.global.u32 [%rd3], %r1;
            setp.eq.u32 %p2, %r0, 3;
            @%p2 st.global.u32 [%rd3], %r2;
            """;
        Assert.Equal([13u, 23, 2, 0x3F800000], PtxText.Run(Body, 4, new uint[4], Declarations));
    }

    [Fact]
    public void CommentsAndDirectivesAreSkipped()
    {
        string text = "// comment\n.version 7.8\n.target sm_80, debug\n.address_size 64\n.file 1 \"a.cs\"\n/* two\nlines */\n"
            + ".visible .entry k(.param .u64 .ptr .global .align 8 x)\n.maxntid 64, 2, 1\n.minnctapersm 1\n{ .reg .b64 %rd<2>;\n.loc 1 2 3\n.pragma \"nounroll\";\n ret; }";
        PtxFunction kernel = PtxModule.Parse(text).Kernel();
        Assert.Equal(("k", 128, 1), (kernel.Name, kernel.MaximumThreads, kernel.Parameters.Count));
    }
}
