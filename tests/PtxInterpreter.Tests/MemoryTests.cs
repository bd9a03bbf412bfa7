namespace NegSamples.PtxInterpreter.Tests;

public class MemoryTests
{
    [Fact]
    public void VectorsLoadAndStoreTheirElementsInOrder()
    {
        const string Body = """
            ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd0];
            ld.global.nc.L1::no_allocate.v2.u16 {%h1, %h2}, [%rd0+16];
            cvt.u32.u16 %r5, %h2;
            st.global.v4.u32 [%rd1], {%r4, %r3, %r2, %r1};
            st.global.u32 [%rd1+16], %r5;
            ld.global.s8 %r6, [%rd0+3];
            st.global.u32 [%rd1+20], %r6;
            ld.global.u8 %r6, [%rd0+3];
            st.global.u32 [%rd1+24], %r6;
            """;
        Assert.Equal([4u, 3, 2, 0x8000_0001, 0x1234, 0xFFFF_FF80, 0x80], PtxText.Run(Body, 1, [0x8000_0001, 2, 3, 4, 0x1234_5678, 0, 0]));
    }

    [Fact]
    public void GenericAddressesReachEverySpace()
    {
        const string Body = """
            .shared .align 4 .b8 array[256];
            .local .align 4 .b8 own[16];
            mov.u64 %rd5, array;
            add.u64 %rd5, %rd5, %rd4;
            cvta.shared.u64 %rd6, %rd5;
            st.u32 [%rd6], %r0;
            mov.u64 %rd7, own;
            cvta.local.u64 %rd8, %rd7;
            add.u32 %r1, %r0, 1000;
            st.u32 [%rd8+4], %r1;
            ld.shared.u32 %r2, [%rd5];
            ld.local.u32 %r3, [own+4];
            cvta.to.shared.u64 %rd9, %rd6;
            cvt.u32.u64 %r4, %rd9;
            ld.shared.u32 %r5, [%r4];
            isspacep.shared %p1, %rd6;
            selp.u32 %r6, 10000, 0, %p1;
            add.u32 %r2, %r2, %r3;
            add.u32 %r2, %r2, %r5;
            add.u32 %r2, %r2, %r6;
            st.u32 [%rd3], %r2;
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 64, new uint[64]);
        report.AssertClean();
        Assert.Equal(PtxText.Lanes(thread => (uint)(3 * thread + 11000), 64), output);
        Assert.Equal((64, 64, 64), (report.Count(InstructionClass.SharedStore), report.Count(InstructionClass.LocalStore), report.Count(InstructionClass.GlobalStore)));
    }

    [Fact]
    public void DynamicSharedMemoryHasTheSizeOfTheLaunch()
    {
        const string Body = """
            mov.u32 %r1, dynamic;
            mad.lo.u32 %r1, %r0, 4, %r1;
            st.shared.u32 [%r1], %r0;
            bar.sync 0;
            xor.b32 %r2, %r0, 63;
            mov.u32 %r3, dynamic;
            mad.lo.u32 %r3, %r2, 4, %r3;
            ld.shared.u32 %r4, [%r3];
            mov.u32 %r5, %dynamic_smem_size;
            add.u32 %r4, %r4, %r5;
            st.global.u32 [%rd3], %r4;
            """;
        (uint[] output, LaunchReport report) = PtxText.Report(Body, 64, new uint[64], ".extern .shared .align 4 .b8 dynamic[];", 256);
        report.AssertClean();
        Assert.Equal(PtxText.Lanes(thread => (uint)(63 - thread + 256), 64), output);
    }

    [Theory]
    [InlineData("red.global.add.u32 [%rd1], %r0;", 0, 2016)]
    [InlineData("red.add.f32 [%rd1], 0f3F800000;", 0, 0x42800000)]
    [InlineData("atom.global.max.s32 %r1, [%rd1], %r0;", 5, 63)]
    [InlineData("atom.global.exch.b32 %r1, [%rd1], 9;", 5, 9)]
    [InlineData("atom.global.cas.b32 %r1, [%rd1], 5, 6;", 5, 6)]
    [InlineData("atom.global.inc.u32 %r1, [%rd1], 9;", 0, 4)]
    [InlineData("red.relaxed.gpu.global.or.b32 [%rd1], %r0;", 0, 63)]
    public void AtomicsOfAllThreadsAddUp(string instruction, uint start, uint expected)
    {
        PtxMachine machine = new(PtxModule.Parse(PtxText.Kernel(instruction)));
        DeviceBuffer<uint> buffer = machine.Allocate(start);
        machine.Launch(1, 64, buffer, buffer).AssertClean();
        Assert.Equal(expected, buffer[0]);
    }

    [Fact]
    public void AnAtomicReturnsWhatWasThere()
    {
        const string Body = "atom.global.add.u32 %r1, [%rd0], 1;\nst.global.u32 [%rd3], %r1;";
        Assert.Equal(PtxText.Lanes(i => (uint)i, 64), PtxText.Run(Body, 64, new uint[64]).Order());
    }
}
