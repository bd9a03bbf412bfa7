using NegSamples.Kernels;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda.Products;

namespace NegSamples.Tests.Kernels;

public class CudaMatMulTests
{
    /// <summary>One value; ragged in all three and less than a panel; a ragged tile; several tiles; a depth that is split.</summary>
    private static readonly (int M, int N, int K)[] Shapes = [(1, 1, 1), (33, 17, 40), (130, 70, 96), (257, 129, 64), (64, 72, 650)];

    [Theory]
    [InlineData(Precision.BFloat16, ElementType.BFloat16, ElementType.BFloat16)]
    [InlineData(Precision.BFloat16, ElementType.Float32, ElementType.Float32)]
    [InlineData(Precision.TensorFloat32, ElementType.Float32, ElementType.Float32)]
    [InlineData(Precision.Float32, ElementType.Float32, ElementType.Float32)]
    internal void MatchesTheDefinitionAndTheCpuHoweverItIsStored(Precision precision, ElementType operands, ElementType result)
    {
        using CudaRig rig = new(precision);
        foreach ((int m, int n, int k) in Shapes)
        {
            for (int form = 0; form < 4; form++) Check(rig, m, n, k, transposeA: form % 2 == 1, transposeB: form > 1, accumulate: form is 1 or 2, operands, operands, result);
        }
    }

    [Fact]
    public void TakesOperandsOfBothTypesAtOnce()
    {
        using CudaRig rig = new(Precision.BFloat16);
        Check(rig, 70, 72, 40, false, true, false, ElementType.BFloat16, ElementType.Float32, ElementType.BFloat16);
        Check(rig, 70, 72, 40, true, false, true, ElementType.Float32, ElementType.BFloat16, ElementType.Float32);
    }

    [Fact]
    public void TakesSlicesThatAreNotAligned()
    {
        using CudaRig rig = new(Precision.BFloat16);
        Tensor a = rig.Random(ElementType.BFloat16, 6, 6).Slice(1, 4), b = rig.Random(ElementType.BFloat16, 9, 6).Slice(1, 8), c = rig.Unwritten(ElementType.BFloat16, 5, 8).Slice(1, 4);
        rig.Ops.MatMul(a, b, c, transposeB: true);
        Reference(rig, a, b, null, 4, 8, 6, false, true).Check(rig.Floats(c), Precision.BFloat16, ElementType.BFloat16, ElementType.BFloat16);
    }

    /// <summary>Two of 64 x 64 in each direction, so that a block has four warps, and two steps of the depth.</summary>
    [Theory]
    [InlineData(Precision.BFloat16, 16)]
    [InlineData(Precision.TensorFloat32, 8)]
    [InlineData(Precision.Float32, 0)]
    internal void MovesWholeSectorsWithoutBankConflicts(Precision precision, int depthOfProduct)
    {
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        for (int form = 0; form < 4; form++)
        {
            Tensor a = rig.Random(type, 128, 128), b = rig.Random(type, 128, 128), c = rig.Unwritten(type, 128, 128);
            rig.Ops.MatMul(a, b, c, form % 2 == 1, form > 1);
            LaunchReport report = rig.Device.Report("MatMulKernel");
            Assert.InRange((double)report.SectorsNeeded / report.SectorsAsked, 0.9, 1);
            Assert.InRange((double)report.BankConflicts / report.Wavefronts, 0, 0.05);
            if (depthOfProduct > 0) Assert.Equal(128 * 128 * 128 / (16 * 8 * depthOfProduct), report.WarpCount(InstructionClass.Matrix));
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfMultiprocessors()
    {
        float[]? first = null;
        foreach (int multiprocessors in new[] { 1, 4, 132 })
        {
            using CudaRig rig = new(Precision.BFloat16, multiprocessors: multiprocessors);
            Tensor a = rig.Random(ElementType.BFloat16, 130, 600), b = rig.Random(ElementType.BFloat16, 600, 72), c = rig.Unwritten(130, 72);
            rig.Ops.MatMul(a, b, c);
            first ??= rig.Floats(c);
            Assert.Equal(first, rig.Floats(c));
        }
    }

    [Fact]
    public void APrecisionWithoutBFloat16RefusesIt()
    {
        using CudaRig rig = new(Precision.TensorFloat32);
        Tensor a = rig.Random(ElementType.BFloat16, 2, 2), b = rig.Random(2, 2);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.MatMul(a, b, rig.Unwritten(2, 2)));
        Assert.Contains("holds BFloat16; with TensorFloat32 it should be Float32", refused.Message, StringComparison.Ordinal);
    }

    internal static void Check(
        CudaRig rig, int m, int n, int k, bool transposeA, bool transposeB, bool accumulate, ElementType typeOfA, ElementType typeOfB, ElementType typeOfC)
    {
        Tensor a = transposeA ? rig.Random(typeOfA, k, m) : rig.Random(typeOfA, m, k), b = transposeB ? rig.Random(typeOfB, n, k) : rig.Random(typeOfB, k, n);
        Tensor c = accumulate ? rig.Random(typeOfC, m, n) : rig.Unwritten(typeOfC, m, n);
        float[] before = rig.Floats(c);
        ProductBound bound = Reference(rig, a, b, accumulate ? before : null, m, n, k, transposeA, transposeB);
        rig.Ops.MatMul(a, b, c, transposeA, transposeB, accumulate);
        ElementType operands = typeOfA == typeOfB ? typeOfA : ElementType.Float32;
        float[] actual = rig.Floats(c);
        bound.Check(actual, rig.Ops.Precision, operands, typeOfC);

        using Rig cpu = new((long)(m * k) + (k * n) + (m * n));
        Tensor aOfCpu = cpu.Take(a.Rows, a.Columns), bOfCpu = cpu.Take(b.Rows, b.Columns), cOfCpu = cpu.Take(m, n);
        rig.Floats(a).CopyTo(aOfCpu.Floats);
        rig.Floats(b).CopyTo(bOfCpu.Floats);
        before.CopyTo(cOfCpu.Floats);
        cpu.Ops.MatMul(aOfCpu, bOfCpu, cOfCpu, transposeA, transposeB, accumulate);
        bound.CheckTwin(actual, cOfCpu.Floats.ToArray(), rig.Ops.Precision, operands, typeOfC);
    }

    private static ProductBound Reference(CudaRig rig, Tensor a, Tensor b, float[]? before, int m, int n, int k, bool transposeA, bool transposeB)
    {
        float[] left = rig.Floats(a), right = rig.Floats(b);
        ProductBound bound = new((long)m * n);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                int at = (i * n) + j;
                if (before is not null) bound.Add(at, before[at]);
                for (int p = 0; p < k; p++) bound.Add(at, (double)left[transposeA ? (p * m) + i : (i * k) + p] * right[transposeB ? (j * k) + p : (p * n) + j]);
            }
        }

        return bound;
    }
}
