using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The moving average and the product with a number.</summary>
public class MovingAverageTests
{
    [Theory]
    [InlineData(1, 0.001f)]
    [InlineData(33, 0.001f)]
    [InlineData(33, 0.5f)]
    [InlineData(50_001, 0.001f)]
    [InlineData(50_001, 0.999f)]
    public void ManyStepsErrNoMoreThanTwiceTheNaiveWeightedSum(int count, float weight)
    {
        using Rig rig = new(2L * count);
        Tensor x = rig.Random(count), average = rig.Random(count);
        double[] truth = Rig.Doubles(average);
        float[] naive = average.Floats.ToArray();
        Random random = new(3);
        for (int step = 0; step < 20; step++)
        {
            foreach (ref float value in x.Floats) value = (float)((random.NextDouble() * 2) - 1);
            for (int i = 0; i < count; i++)
            {
                truth[i] = ((1 - (double)weight) * truth[i]) + ((double)weight * x.Floats[i]);
                naive[i] = ((1 - weight) * naive[i]) + (weight * x.Floats[i]);
            }

            rig.Ops.MovingAverage(x, weight, average);
        }

        Assert.InRange(Rig.MaxError(average.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 1.2e-7);
    }

    [Fact]
    public void WhatEqualsTheNewcomerStaysAndTheWeightOneCopies()
    {
        using Rig rig = new(200);
        Tensor x = rig.Random(77), average = rig.Take(77);
        rig.Ops.Copy(x, average);
        rig.Ops.MovingAverage(x, 0.001f, average);
        Assert.Equal(x.Floats.ToArray(), average.Floats.ToArray());
        average.Floats.Fill(1e9f);
        rig.Ops.MovingAverage(x, 0, average);
        Assert.All(average.Floats.ToArray(), value => Assert.Equal(1e9f, value));
        rig.Ops.MovingAverage(x, 1, average);
        Assert.Equal(x.Floats.ToArray(), average.Floats.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50_001)]
    public void ScaleIsTheRoundedProductInPlaceToo(int count)
    {
        using Rig rig = new(2L * count);
        Tensor x = rig.Random(count), y = rig.Take(count);
        float[] before = x.Floats.ToArray();
        rig.Ops.Scale(x, 1 / 3f, y);
        rig.Ops.Scale(x, 0.25f, x);
        for (int i = 0; i < count; i++)
        {
            Assert.Equal((float)((double)before[i] * (1 / 3f)), y.Floats[i]);
            Assert.Equal(before[i] / 4, x.Floats[i]);
        }
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Rig rig = new(100);
        Tensor x = rig.Take(3, 4), y = rig.Take(4, 3);
        Refused("y is [4, 3]; expected [3, 4].", () => rig.Ops.Scale(x, 2, y));
        Refused("average is [4, 3]; expected [3, 4].", () => rig.Ops.MovingAverage(x, 0.5f, y));
        Refused("weight is 1.5; expected 0 to 1.", () => rig.Ops.MovingAverage(x, 1.5f, x));
        Refused("weight is NaN; expected 0 to 1.", () => rig.Ops.MovingAverage(x, float.NaN, x));

        static void Refused(string words, Action action) => Assert.Contains(words, Assert.ThrowsAny<ArgumentException>(action).Message, StringComparison.Ordinal);
    }
}
