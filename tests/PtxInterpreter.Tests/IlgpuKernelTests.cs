using System.Diagnostics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NegSamples.PtxInterpreter.Tests;

/// <summary>Kernels as ILGPU compiles them, run without a GPU.</summary>
public class IlgpuKernelTests(ITestOutputHelper output)
{
    private const int TileSize = 64;

    [Fact]
    public void AnElementwiseSumReadsItsViewsWhole()
    {
        PtxMachine machine = IlgpuKernels.Load(AddKernel);
        float[] x = Random(1000, 1), y = Random(1000, 2);
        DeviceBuffer<float> sum = machine.AllocateUnwritten<float>(1000);
        LaunchReport report = machine.Launch(4, 256, machine.Allocate(x), machine.Allocate(y), sum, 1000).AssertClean();
        Assert.Equal(x.Zip(y, (a, b) => a + b), sum.ToArray());

        // 31 full warps of 4 sectors and one of 8 threads, for each of three buffers.
        Assert.Equal((3 * (31 * 4 + 1), 3 * (31 * 4 + 1)), (report.SectorsAsked, report.SectorsNeeded));
    }

    [Fact]
    public void ABoundThatIsOneTooHighIsFound()
    {
        PtxMachine machine = IlgpuKernels.Load(AddKernel);
        DeviceBuffer<float> buffer = machine.Allocate(new float[100]);
        LaunchReport report = machine.Launch(1, 128, buffer, buffer, buffer, 101);
        Assert.All(report.Findings, finding => Assert.Equal((FindingKind.OutOfBounds, new Extent(100, 0, 0)), (finding.Kind, finding.Thread)));
        Assert.Equal(3, report.Findings.Count);
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(777, 96)]
    [InlineData(5000, 256)]
    public void ABlockReductionSumsWithShufflesAndABarrier(int n, int threads)
    {
        PtxMachine machine = IlgpuKernels.Load(SumKernel);
        float[] x = [.. Enumerable.Range(0, n).Select(i => (float)(i % 17))]; // Small integers: every order of summation is exact.
        DeviceBuffer<float> sums = machine.AllocateUnwritten<float>(3);
        machine.Launch(3, threads, machine.Allocate(x), sums, n).AssertClean();
        Assert.Equal(x.Sum(), sums.ToArray().Sum());
    }

    [Fact]
    public void ATileOf64TimesA64By64MatrixTakesLessThanASecond()
    {
        PtxMachine machine = IlgpuKernels.Load(MatMulKernel);
        float[] a = Random(TileSize * TileSize, 3), b = Random(TileSize * TileSize, 4);
        DeviceBuffer<float> c = machine.AllocateUnwritten<float>(TileSize * TileSize), left = machine.Allocate(a), right = machine.Allocate(b);
        machine.Launch(1, 256, left, right, c, TileSize); // Compiles the interpreter.
        Stopwatch watch = Stopwatch.StartNew();
        LaunchReport report = machine.Launch(1, 256, left, right, c, TileSize).AssertClean();
        double seconds = watch.Elapsed.TotalSeconds;
        output.WriteLine($"{report.ThreadInstructions / 1e6:0.0} M thread instructions in {seconds * 1e3:0} ms: {report.ThreadInstructions / seconds / 1e6:0} M/s");
        for (int row = 0; row < TileSize; row++)
            for (int column = 0; column < TileSize; column++)
            {
                double truth = 0, magnitude = 0;
                for (int k = 0; k < TileSize; k++)
                {
                    truth += (double)a[row * TileSize + k] * b[k * TileSize + column];
                    magnitude += Math.Abs((double)a[row * TileSize + k] * b[k * TileSize + column]);
                }

                Assert.Equal(truth, c[row * TileSize + column], TileSize * 6e-8 * magnitude); // The bound of a sum of 64 rounded products.
            }

        Assert.Equal(0, report.BankConflicts);
        Assert.True(seconds < 5, $"{seconds} s"); // Far above what it takes, for a machine that others use too.
    }

    [Fact]
    public void InlinePtxMultipliesBf16Matrices()
    {
        PtxMachine machine = IlgpuKernels.Load(MmaKernel);
        uint[] fragments = new uint[32 * 6];
        Random random = new(5);
        for (int i = 0; i < fragments.Length; i++) fragments[i] = Pair(random);
        DeviceBuffer<float> result = machine.AllocateUnwritten<float>(128);
        machine.Launch(1, 32, machine.Allocate(fragments), result).AssertClean();

        // Row 0 of A are the even registers of lanes 0 to 3, column 0 of B is in the same lanes; C(0, 0) is in lane 0.
        double truth = 0;
        for (int lane = 0; lane < 4; lane++)
            for (int half = 0; half < 2; half++)
                truth += Low(fragments[lane * 6 + 2 * half]) * Low(fragments[lane * 6 + 4 + half]) + High(fragments[lane * 6 + 2 * half]) * High(fragments[lane * 6 + 4 + half]);
        Assert.Equal((float)truth, result[0], 1e-6f);

        static uint Pair(Random random) => BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16 | BitConverter.SingleToUInt32Bits(-random.NextSingle()) & 0xFFFF_0000;
        static double Low(uint pair) => BitConverter.UInt32BitsToSingle(pair << 16);
        static double High(uint pair) => BitConverter.UInt32BitsToSingle(pair & 0xFFFF_0000);
    }

    [Fact]
    public void ParametersOfEveryShapeArriveWhole()
    {
        PtxMachine machine = IlgpuKernels.Load(ParametersKernel);
        DeviceBuffer<float> x = machine.Allocate(1f, 2, 3, 4), y = machine.AllocateUnwritten<float>(4);
        Settings settings = new() { Rows = 4, Flag = 1, Big = 1L << 40, Scale = 0.5f, Pair = new Pair { A = 3, B = 7 } };
        machine.Launch(1, 32, x, y, settings, true, (byte)200, -2.5, (short)-3).AssertClean();
        Assert.Equal(Enumerable.Range(1, 4).Select(i => i * 0.5f + 3 + 7 + 1 + 256 + 1 + 200 - 2.5f - 3), y.ToArray());

        PtxMachine views = IlgpuKernels.Load(ViewsKernel);
        DeviceBuffer<float> from = views.Allocate(1f, 2, 3, 4), to = views.AllocateUnwritten<float>(4);
        views.Launch(1, 4, new KernelStruct(from, 10, to, 0.25f)).AssertClean();
        Assert.Equal([10.25f, 20.25f, 30.25f, 40.25f], to.ToArray());
    }

    /// <summary>
    /// A fault of ILGPU 1.5.3: it takes the bits of integer constants for those of floats when it draws a conversion into a choice. Should this
    /// test fail, the fault is mended and kernels may write <c>x + (condition ? 1 : 0)</c> again.
    /// </summary>
    [Fact]
    public void AChoiceBetweenIntegersMustNotBeConvertedToFloat()
    {
        PtxMachine machine = IlgpuKernels.Load(ConvertedChoiceKernel);
        DeviceBuffer<float> y = machine.Allocate(10f);
        machine.Launch(1, 1, y, true).AssertClean();
        Assert.Equal(10f, y[0]);
        Assert.Contains("0f00000001", machine.Module.Source);
    }

    [Fact]
    public void VectorsLocalArraysCallsAndMathematicsRun()
    {
        PtxMachine machine = IlgpuKernels.Load(MixtureKernel);
        float[] x = Random(32 * 4, 6);
        DeviceBuffer<float> y = machine.AllocateUnwritten<float>(32);
        machine.Launch(1, 32, machine.Allocate(x), y, 5).AssertClean();
        for (int lane = 0; lane < 32; lane++)
        {
            double a = x[4 * lane], b = x[4 * lane + 1], c = x[4 * lane + 2], d = x[4 * lane + 3], power = 1;
            for (int i = 0; i < 5; i++) power = power * a + 1;
            double truth = Math.Exp(a) + Math.Log(b + 2) + Math.Sqrt(c + 2) + Math.Max(a, d) + power + (a + 2 * b + 3 * c + 4 * d) + lane / 7 + lane % 5;
            Assert.Equal(truth, y[lane], 1e-5 * (Math.Abs(truth) + 30));
        }
    }

    [Fact]
    public void TheAssemblerTakesThem()
    {
        Assert.SkipUnless(Assembler.IsPresent, "ptxas is not on the path.");
        Delegate[] kernels = [AddKernel, SumKernel, MatMulKernel, MmaKernel, ParametersKernel, ViewsKernel, MixtureKernel];
        foreach (Delegate kernel in kernels) Assembler.Assemble(IlgpuKernels.Compile(kernel));
        Assert.Contains("0 bytes stack frame", Assembler.Assemble(IlgpuKernels.Compile(MmaKernel)));
    }

    private static float[] Random(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    private static void AddKernel(ArrayView<float> x, ArrayView<float> y, ArrayView<float> sum, int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n) sum[i] = x[i] + y[i];
    }

    private static void SumKernel(ArrayView<float> x, ArrayView<float> sums, int n)
    {
        ArrayView<float> ofWarps = SharedMemory.Allocate<float>(32);
        float sum = 0;
        for (int i = Grid.GlobalIndex.X; i < n; i += Grid.DimX * Group.DimX) sum += x[i];
        for (int offset = 16; offset > 0; offset >>= 1) sum += Warp.ShuffleDown(sum, offset);
        if (Warp.LaneIdx == 0) ofWarps[Group.IdxX / 32] = sum;
        Group.Barrier();
        if (Group.IdxX >= 32) return;
        sum = Group.IdxX < Group.DimX / 32 ? ofWarps[Group.IdxX] : 0f;
        for (int offset = 16; offset > 0; offset >>= 1) sum += Warp.ShuffleXor(sum, offset);
        if (Group.IdxX == 0) sums[Grid.IdxX] = sum;
    }

    /// <summary>256 threads compute 4 x 4 elements each; thread (tx, ty) has rows ty + 16i and columns tx + 16j, so lanes read neighbouring words.</summary>
    private static void MatMulKernel(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int depth)
    {
        ArrayView<float> tileA = SharedMemory.Allocate<float>(TileSize * 16), tileB = SharedMemory.Allocate<float>(16 * TileSize);
        int tx = Group.IdxX % 16, ty = Group.IdxX / 16;
        Tile4x4 sum = default;
        for (int start = 0; start < depth; start += 16)
        {
            for (int at = Group.IdxX; at < TileSize * 16; at += 256)
            {
                tileA[at] = a[at / 16 * depth + start + at % 16];
                tileB[at] = b[(start + at / TileSize) * TileSize + at % TileSize];
            }

            Group.Barrier();
            for (int k = 0; k < 16; k++)
                sum.MultiplyAdd(
                    tileA[ty * 16 + k], tileA[(ty + 16) * 16 + k], tileA[(ty + 32) * 16 + k], tileA[(ty + 48) * 16 + k],
                    tileB[k * TileSize + tx], tileB[k * TileSize + tx + 16], tileB[k * TileSize + tx + 32], tileB[k * TileSize + tx + 48]);
            Group.Barrier();
        }

        Store(c, ty, tx, sum.C00, sum.C01, sum.C02, sum.C03);
        Store(c, ty + 16, tx, sum.C10, sum.C11, sum.C12, sum.C13);
        Store(c, ty + 32, tx, sum.C20, sum.C21, sum.C22, sum.C23);
        Store(c, ty + 48, tx, sum.C30, sum.C31, sum.C32, sum.C33);
    }

    private static void Store(ArrayView<float> c, int row, int column, float c0, float c1, float c2, float c3)
    {
        c[row * TileSize + column] = c0;
        c[row * TileSize + column + 16] = c1;
        c[row * TileSize + column + 32] = c2;
        c[row * TileSize + column + 48] = c3;
    }

    private struct Tile4x4
    {
        public float C00, C01, C02, C03, C10, C11, C12, C13, C20, C21, C22, C23, C30, C31, C32, C33;

        public void MultiplyAdd(float a0, float a1, float a2, float a3, float b0, float b1, float b2, float b3)
        {
            C00 += a0 * b0; C01 += a0 * b1; C02 += a0 * b2; C03 += a0 * b3;
            C10 += a1 * b0; C11 += a1 * b1; C12 += a1 * b2; C13 += a1 * b3;
            C20 += a2 * b0; C21 += a2 * b1; C22 += a2 * b2; C23 += a2 * b3;
            C30 += a3 * b0; C31 += a3 * b1; C32 += a3 * b2; C33 += a3 * b3;
        }
    }

    private static void MmaKernel(ArrayView<uint> fragments, ArrayView<float> result)
    {
        int first = Group.IdxX * 6;
        Input<uint> a0 = fragments[first], a1 = fragments[first + 1], a2 = fragments[first + 2], a3 = fragments[first + 3];
        Input<uint> b0 = fragments[first + 4], b1 = fragments[first + 5];
        Ref<float> c0 = 0f, c1 = 0f, c2 = 0f, c3 = 0f;
        CudaAsm.EmitRef(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};",
            ref c0, ref c1, ref c2, ref c3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        int at = Group.IdxX * 4;
        result[at] = c0.Value;
        result[at + 1] = c1.Value;
        result[at + 2] = c2.Value;
        result[at + 3] = c3.Value;
    }

    private struct Pair
    {
        public float A;
        public int B;
    }

    private struct Settings
    {
        public int Rows;
        public byte Flag;
        public long Big;
        public float Scale;
        public Pair Pair;
    }

    private static void ParametersKernel(
        ArrayView1D<float, Stride1D.Dense> x, ArrayView1D<float, Stride1D.Dense> y, Settings settings, bool plusOne, byte bytes, double number, short small)
    {
        int i = Group.IdxX;
        if (i < settings.Rows && i < x.Length)
            y[i] = x[i] * settings.Scale + settings.Pair.A + settings.Pair.B + settings.Flag + (settings.Big >> 32) + (plusOne ? 1f : 0f) + bytes + (float)number + small;
    }

    private static void ConvertedChoiceKernel(ArrayView<float> y, bool plusOne) => y[0] += plusOne ? 1 : 0;

    private readonly record struct Views(ArrayView<float> X, int Factor, ArrayView<float> Y, float Add);

    private static void ViewsKernel(Views views) => views.Y[Group.IdxX] = views.X[Group.IdxX] * views.Factor + views.Add;

    private readonly record struct Float4(float X, float Y, float Z, float W);

    private static void MixtureKernel(ArrayView1D<float, Stride1D.Dense> x, ArrayView<float> y, int times)
    {
        Float4 four = x.Cast<float, Float4>()[Group.IdxX];
        ArrayView<float> weighted = LocalMemory.Allocate<float>(4);
        for (int i = 0; i < 4; i++) weighted[i] = x[4 * Group.IdxX + i] * (i + 1);
        float sum = 0;
        for (int i = 0; i < 4; i++) sum += weighted[3 - i];
        y[Group.IdxX] = XMath.Exp(four.X) + XMath.Log(four.Y + 2) + XMath.Sqrt(four.Z + 2) + XMath.Max(four.X, four.W) + Power(four.X, times) + sum
            + Group.IdxX / 7 + Group.IdxX % 5;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Power(float a, int times)
    {
        float result = 1;
        for (int i = 0; i < times; i++) result = result * a + 1;
        return result;
    }
}
