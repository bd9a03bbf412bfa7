using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.SelfTest;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Operations on activations in bfloat16: float32's arithmetic on the numbers as they are stored, each result rounded once.</summary>
public unsafe class IActivationTests
{
    /// <summary>Less than a vector, all widths of vectors and a rest of 3, whole cache lines.</summary>
    private static readonly SelfTestScale[] Scales =
        [SelfTestScale.Small, new(3, 17, 64 + 32 + 16 + 8 + 3, 33, 37, 67, 1), new(2, 8, 128, 16, 64, 64, 0)];

    /// <summary>All operations but products. Float32's own tests hold it to float64.</summary>
    [Fact]
    public void AnOperationIsThatOfFloat32RoundedOnce()
    {
        using CpuOps wide = new(2), narrow = new(2, Precision.BFloat16);
        int rounded = 0;
        foreach (SelfTestCase test in Cases())
        {
            (float[] Truth, float[] Values)[] results = [.. Results(wide, test).Zip(Results(narrow, test))];
            Assert.All(results, result =>
            {
                bool isStored = test.Kind == SelfTestKind.Activations && result.Values.All(value => value == Nearest(value));
                Assert.Equal(isStored ? Array.ConvertAll(result.Truth, Nearest) : result.Truth, result.Values);
                if (isStored) rounded++;
            });
        }

        Assert.True(rounded > 30);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(int threads)
    {
        using CpuOps one = new(1, Precision.BFloat16), several = new(threads, Precision.BFloat16);
        foreach (SelfTestCase test in Cases())
        {
            float[][] expected = Results(one, test), found = Results(several, test);
            Assert.Equal(expected.Length, found.Length);

            // The same bits: as spans, for element by element the assertion takes longer than the operation.
            Assert.All(expected.Zip(found), pair => Assert.Equal(MemoryMarshal.AsBytes(pair.First.AsSpan()), MemoryMarshal.AsBytes(pair.Second.AsSpan())));
        }
    }

    [Fact]
    public void TheSecondCallAllocatesNothing()
    {
        using Rig rig = new(100_000, threads: 1, precision: Precision.BFloat16);
        Tensor Map(params ReadOnlySpan<int> shape) => rig.Arena.Take(ElementType.BFloat16, shape);
        Tensor x = Map(3, 6, 6, 19), y = Map(3, 6, 6, 19), pooled = Map(3, 3, 3, 19), mean = Map(3, 19), dx = Map(3, 6, 6, 19);
        Tensor winner = rig.Arena.Take(ElementType.Int32, 3, 3, 3, 19), ids = rig.Arena.Take(ElementType.Int32, 3, 4), w = rig.Random(5, 19);
        Tensor[] of = [.. Enumerable.Range(0, 8).Select(_ => rig.Random(19))];
        Tensor unit = rig.Take(3, 19), scale = rig.Take(3, 1);
        void Call()
        {
            rig.Ops.BatchNormForward(x, of[0], of[1], of[2], of[3], of[4], of[5], default, true, y);
            rig.Ops.BatchNormInference(x, of[0], of[1], of[2], of[3], x, true, y);
            rig.Ops.BatchNormBackward(y, x, y, of[0], of[4], of[5], true, of[6], of[7], dx, default);
            rig.Ops.MaxPoolForward(x, pooled, winner, 2, 2, 0);
            rig.Ops.MaxPoolBackward(pooled, winner, dx, 2, 2, 0);
            rig.Ops.GlobalAveragePoolForward(x, mean);
            rig.Ops.GlobalAveragePoolBackward(mean, dx);
            rig.Ops.L2NormalizeForward(mean, unit, scale);
            rig.Ops.L2NormalizeBackward(unit, unit, scale, mean);
            rig.Ops.EmbeddingBagForward(ids, w, mean);
            rig.Ops.EmbeddingBagBackward(mean, ids, w);
            rig.Ops.Scale(x, 2, y);
        }

        Call();
        Assert.Equal(0, ManagedBytes.EachRoundOf(Call));
    }

    /// <summary>A NaN whose fraction rounding would carry away, a tie each way, the largest number that does not become infinite, and the first that does.</summary>
    [Fact]
    public void EveryWidthStoresTheNearestNumberAndKeepsNaN()
    {
        uint[] bits = [0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000, 0x3F808000, 0x3F818000, 0x3F808001, 0x80000000, 0x7F7F7FFF, 0x7F7F8000, 0xFF800000, 0x00000001, 0x00018000];
        foreach (uint pattern in bits)
        {
            float value = BitConverter.UInt32BitsToSingle(pattern);
            float[] values = [.. Enumerable.Repeat(value, 16)];
            ushort[] stored = new ushort[33], expected = [.. Enumerable.Repeat(BFloat16.FromFloat(value), 33)];
            fixed (float* from = values)
            fixed (ushort* to = stored)
            {
                SixteenLanes.Load(from).Store((BFloat16Activation*)to);
                for (int i = 16; i < 32; i += VectorLanes.Count) VectorLanes.Load(from).Store((BFloat16Activation*)(to + i));
                OneLane.Load(from).Store((BFloat16Activation*)(to + 32));
                Assert.Equal(expected, stored);
                Assert.Equal(float.IsNaN(value), float.IsNaN(BFloat16.ToFloat(stored[0])));
                SixteenLanes.Load((BFloat16Activation*)to).Store(from);
                Assert.All(values, read => Assert.Equal(BFloat16.ToFloat(expected[0]), read));
                for (int i = 0; i < 16; i += VectorLanes.Count) VectorLanes.Load((BFloat16Activation*)(to + i)).Store(from + i);
                Assert.All(values, read => Assert.Equal(BFloat16.ToFloat(expected[0]), read));
            }
        }
    }

    private static IEnumerable<SelfTestCase> Cases() => Scales.SelectMany(scale => SelfTestCases.All(scale)).Where(test => test.Kind != SelfTestKind.Products);

    private static float[][] Results(CpuOps ops, SelfTestCase test)
    {
        using SelfTestRun run = new(ops, ElementType.BFloat16);
        test.Body(run);
        return run.Download();
    }

    private static float Nearest(float value) => BFloat16.ToFloat(BFloat16.FromFloat(value));
}
