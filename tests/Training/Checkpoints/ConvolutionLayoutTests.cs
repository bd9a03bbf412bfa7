using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Training.Checkpoints;

public class ConvolutionLayoutTests
{
    [Fact]
    public void EveryWeightFindsItsPlaceAndTheWayBack()
    {
        const int O = 3, H = 2, W = 5, I = 4;
        float[] weights = [.. Enumerable.Range(0, O * H * W * I).Select(i => (float)i)];
        float[] oihw = ConvolutionLayout.ToOihw(weights, O, H, W, I);
        for (int o = 0; o < O; o++)
        {
            for (int h = 0; h < H; h++)
            {
                for (int w = 0; w < W; w++)
                {
                    for (int i = 0; i < I; i++) Assert.Equal(weights[(((((o * H) + h) * W) + w) * I) + i], oihw[(((((o * I) + i) * H) + h) * W) + w]);
                }
            }
        }

        Assert.Equal(weights, ConvolutionLayout.FromOihw(oihw, O, I, H, W));
    }

    [Fact]
    public void AnotherNumberOfWeightsIsRefused() => Assert.Throws<ArgumentException>(() => ConvolutionLayout.ToOihw(new float[10], 2, 2, 1, 3));
}
