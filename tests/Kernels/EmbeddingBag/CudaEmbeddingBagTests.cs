using ILGPU;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>The kernels in the PTX interpreter.</summary>
public class CudaEmbeddingBagTests
{
    /// <summary>One element; ragged ends; more columns than a warp has lanes; both types.</summary>
    public static TheoryData<int, int, int, int, ElementType> Cases => new()
    {
        { 1, 1, 1, 1, ElementType.Float32 }, { 11, 5, 7, 50, ElementType.Float32 }, { 20, 40, 13, 32, ElementType.Float32 },
        { 1, 1, 1, 1, ElementType.BFloat16 }, { 11, 5, 7, 50, ElementType.BFloat16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void AgreesWithTheTruth(int bags, int length, int words, int columns, ElementType type)
    {
        using CudaRig rig = new();
        int[] ids = EmbeddingBagTests.Ids(bags, length, words);
        Tensor places = rig.Of(ids, bags, length), w = rig.Random(words, columns), y = rig.Unwritten(type, bags, columns);
        Tensor dy = rig.Random(type, bags, columns), dw = rig.Random(words, columns);
        double[] before = rig.Doubles(dw);
        rig.Ops.EmbeddingBagForward(places, w, y);
        rig.Ops.EmbeddingBagBackward(dy, places, dw);

        // A sum of so many numbers up to 1, and a quotient.
        double error = 6e-8 * (length + 1);
        Activations.AssertClose(EmbeddingBagTests.Forward(ids, bags, rig.Doubles(w), columns), rig.Floats(y), error, type);
        double[] truth = EmbeddingBagTests.Backward(ids, bags, rig.Doubles(dy), before, columns);
        Activations.AssertClose(truth, rig.Floats(dw), 6e-8 * bags * (length + 1) * truth.Max(Math.Abs));
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfMultiprocessors()
    {
        float[]? first = null;
        foreach (int multiprocessors in new[] { 1, 4, 7 })
        {
            using CudaRig rig = new(multiprocessors: multiprocessors);
            Tensor ids = rig.Of(EmbeddingBagTests.Ids(16, 9, 20), 16, 9), dy = rig.Random(16, 12), dw = rig.Random(20, 12);
            rig.Ops.EmbeddingBagBackward(dy, ids, dw);
            first ??= rig.Floats(dw);
            Assert.Equal(first, rig.Floats(dw));
        }
    }

    [Fact]
    public void BrokenCopiesFailTheSameChecks()
    {
        using CudaRig rig = new();
        int[] ids = [0, 1, -1, 1, 1, 2];
        Tensor places = rig.Of(ids, 2, 3), w = rig.Random(3, 1), dy = rig.Random(2, 1), y = rig.Unwritten(2, 1), dw = rig.Zeros(3, 1);
        rig.Launch(BrokenForwardKernel, 1, 32, places, w, y, 2, 3);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Activations.AssertClose(EmbeddingBagTests.Forward(ids, 2, rig.Doubles(w), 1), rig.Floats(y), 1e-6));
        rig.Launch(BrokenBackwardKernel, 1, 32, dy, places, dw, 2, 3);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Activations.AssertClose(EmbeddingBagTests.Backward(ids, 2, rig.Doubles(dy), new double[3], 1), rig.Floats(dw), 1e-6));
    }

    /// <summary>Divides by the length of the row, fillers included.</summary>
    private static void BrokenForwardKernel(ArrayView<int> ids, ArrayView<float> w, ArrayView<float> y, int bags, int length)
    {
        int bag = Grid.GlobalIndex.X;
        if (bag >= bags) return;
        float sum = 0;
        for (int place = 0; place < length; place++)
        {
            int id = ids[(bag * length) + place];
            if (id >= 0) sum += w[id];
        }

        y[bag] = sum / length;
    }

    /// <summary>Overwrites where it should add.</summary>
    private static void BrokenBackwardKernel(ArrayView<float> dy, ArrayView<int> ids, ArrayView<float> dw, int bags, int length)
    {
        if (Grid.GlobalIndex.X > 0) return;
        for (int place = 0; place < bags * length; place++)
        {
            int id = ids[place];
            if (id >= 0) dw[id] = dy[place / length] / length;
        }
    }
}
