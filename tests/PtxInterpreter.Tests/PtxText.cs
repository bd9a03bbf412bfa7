namespace NegSamples.PtxInterpreter.Tests;

/// <summary>PTX written by hand around the few instructions that a test is about.</summary>
internal static class PtxText
{
    public const string Header = ".version 7.8\n.target sm_80\n.address_size 64\n";

    private const string Registers = ".reg .pred %p<16>; .reg .b16 %h<16>; .reg .b32 %r<64>; .reg .b64 %rd<32>; .reg .f32 %f<64>; .reg .f64 %fd<16>;\n";

    // What nearly every test needs: the two buffers in %rd0 and %rd1, the thread in %r0, its four bytes of either buffer in %rd2 and %rd3.
    private const string Start = """
        ld.param.u64 %rd0, [input];
        ld.param.u64 %rd1, [output];
        mov.u32 %r0, %tid.x;
        mul.wide.u32 %rd4, %r0, 4;
        add.u64 %rd2, %rd0, %rd4;
        add.u64 %rd3, %rd1, %rd4;

        """;

    public static string Kernel(string body, string declarations = "") =>
        $"{Header}{declarations}\n.visible .entry Kernel_Test(.param .u64 input, .param .u64 output)\n{{\n{Registers}{Start}{body}\nret;\n}}\n";

    /// <summary>One block of a kernel from uints to as many uints; every finding fails the test.</summary>
    public static uint[] Run(string body, int threads, uint[] input, string declarations = "")
    {
        (uint[] output, LaunchReport report) = Report(body, threads, input, declarations);
        report.AssertClean();
        return output;
    }

    public static (uint[] Output, LaunchReport Report) Report(string body, int threads, uint[] input, string declarations = "", int dynamicSharedBytes = 0)
    {
        PtxMachine machine = new(PtxModule.Parse(Kernel(body, declarations)));
        DeviceBuffer<uint> from = machine.Allocate(input), to = machine.AllocateUnwritten<uint>(Math.Max(threads, input.Length));
        LaunchReport report = machine.Launch("Test", 1, threads, dynamicSharedBytes, from, to);
        return (to.ToArray(), report);
    }

    public static uint[] Lanes(Func<int, uint> value, int count = 32) => [.. Enumerable.Range(0, count).Select(value)];
}
