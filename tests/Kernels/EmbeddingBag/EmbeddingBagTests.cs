using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class EmbeddingBagTests
{
    /// <summary>Random ids, a fifth of them no words: negative, or one past the last. The first bag has none.</summary>
    public static int[] Ids(int bags, int length, int words)
    {
        Random random = new(3);
        int[] ids = new int[bags * length];
        for (int i = 0; i < ids.Length; i++) ids[i] = i < length || random.Next(5) == 0 ? (i % 2 == 0 ? -1 : words) : Math.Min(random.Next(words), random.Next(words));
        return ids;
    }

    /// <summary>The formula in float64: the truth.</summary>
    public static double[] Forward(int[] ids, int bags, double[] w, int columns)
    {
        double[] y = new double[bags * columns];
        foreach ((int bag, int word, int count) in Words(ids, bags, w.Length / columns))
        {
            for (int c = 0; c < columns; c++) y[(bag * columns) + c] += w[(word * columns) + c] / count;
        }

        return y;
    }

    /// <summary>The gradient's formula in float64, added to what was there.</summary>
    public static double[] Backward(int[] ids, int bags, double[] dy, double[] dw, int columns)
    {
        double[] sum = [.. dw];
        foreach ((int bag, int word, int count) in Words(ids, bags, dw.Length / columns))
        {
            for (int c = 0; c < columns; c++) sum[(word * columns) + c] += dy[(bag * columns) + c] / count;
        }

        return sum;
    }

    /// <summary>One element, ragged ends, several chunks; columns of less than a vector and beside one.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(33, 5, 7, 50)]
    [InlineData(130, 41, 90, 67)]
    public void ForwardAndBackwardErrNoMoreThanTwiceTheNaiveFloatFormula(int bags, int length, int words, int columns)
    {
        using Rig rig = new((2L * bags * columns) + (2L * words * columns) + (bags * length) + 64);
        int[] ids = Ids(bags, length, words);
        Tensor w = rig.Random(words, columns), dy = rig.Random(bags, columns), dw = rig.Random(words, columns), y = rig.Take(bags, columns), places = Place(rig, ids, bags, length);
        double[] before = Rig.Doubles(dw), forward = Forward(ids, bags, Rig.Doubles(w), columns), backward = Backward(ids, bags, Rig.Doubles(dy), before, columns);
        float[] naiveForward = new float[bags * columns], naiveBackward = dw.Floats.ToArray();
        (int Bag, int Word, int Count)[] all = [.. Words(ids, bags, words)];
        foreach ((int bag, int word, int count) in all)
        {
            for (int c = 0; c < columns; c++)
            {
                naiveForward[(bag * columns) + c] += w.Floats[(word * columns) + c] / count;
                naiveBackward[(word * columns) + c] += dy.Floats[(bag * columns) + c] / count;
            }
        }

        rig.Ops.EmbeddingBagForward(places, w, y);
        rig.Ops.EmbeddingBagBackward(dy, places, dw);
        double oneRounding = 6e-8 * Math.Max(1, backward.Max(Math.Abs));
        Assert.InRange(Rig.MaxError(y.Floats, forward), 0, (2 * Rig.MaxError(naiveForward, forward)) + 6e-8);
        Assert.InRange(Rig.MaxError(dw.Floats, backward), 0, (2 * Rig.MaxError(naiveBackward, backward)) + oneRounding);
        Assert.All(y.Floats[..columns].ToArray(), mean => Assert.Equal(0, mean));
    }

    [Fact]
    public void BackwardIsTheSlopeOfForward()
    {
        using Rig rig = new(200);
        int[] ids = Ids(4, 3, 5);
        Tensor dy = rig.Random(4, 2), dw = rig.Take(5, 2);
        dw.Floats.Clear();
        rig.Ops.EmbeddingBagBackward(dy, Place(rig, ids, 4, 3), dw);
        double[] w = [.. Enumerable.Range(0, 10).Select(i => i * 0.1)];
        for (int i = 0; i < 10; i++)
        {
            double[] up = [.. w], down = [.. w];
            (up[i], down[i]) = (w[i] + 1e-3, w[i] - 1e-3);
            double slope = Forward(ids, 4, up, 2).Zip(Forward(ids, 4, down, 2)).Select((pair, place) => dy.Floats[place] * (pair.First - pair.Second) / 2e-3).Sum();
            Assert.Equal(slope, dw.Floats[i], 1e-6);
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(60_000, threads);
            Tensor ids = Place(rig, Ids(300, 40, 100), 300, 40), w = rig.Random(100, 50), y = rig.Take(300, 50);
            rig.Ops.EmbeddingBagForward(ids, w, y);
            rig.Ops.EmbeddingBagBackward(y, ids, w);
            float[] all = [.. y.Floats, .. w.Floats];
            first ??= all;
            Assert.Equal(first, all);
        }
    }

    [Fact]
    public void AWrongShapeIsNamed()
    {
        using Rig rig = new(100);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.EmbeddingBagForward(Place(rig, new int[6], 2, 3), rig.Take(5, 4), rig.Take(3, 4)));
        Assert.Contains("y is [3, 4]; expected [2, 4].", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Every word of every bag in order, with the number of words of its bag.</summary>
    private static IEnumerable<(int Bag, int Word, int Count)> Words(int[] ids, int bags, int words)
    {
        int length = ids.Length / bags;
        for (int bag = 0; bag < bags; bag++)
        {
            int[] found = [.. ids.Skip(bag * length).Take(length).Where(id => id >= 0 && id < words)];
            foreach (int word in found) yield return (bag, word, found.Length);
        }
    }

    private static Tensor Place(Rig rig, int[] ids, int bags, int length)
    {
        Tensor tensor = rig.Arena.Take(ElementType.Int32, bags, length);
        ids.CopyTo(tensor.Ints);
        return tensor;
    }
}
