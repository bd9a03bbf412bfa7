using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Augment;

public class AugmentedViewTests
{
    /// <summary>The bits of a batch that training makes, of each of its images alone.</summary>
    [Fact]
    public void ItIsTheViewThatTrainingMakes()
    {
        const int Side = 8, Batch = 5;
        const ulong Seed = 42;
        ShapesSet images = TinyRun.Images();
        RecipeSettings settings = new() { Strength = 1, MinimumScale = 0.3 };
        using CpuOps ops = new(3);
        using BatchProducer producer = BatchProducer.ForTraining(images, new SimClrRecipe(Side, settings), Seed, Batch);
        using ViewMaker maker = new(ops, PixelRange.Unit);
        (Arena arena, Tensor views) = ViewTensor.Create(ops, images, 2 * Batch, Side);
        using (arena)
        {
            RawBatch batch = producer.Next()!;
            maker.Make(batch, views);
            byte[] pixels = [];
            for (int i = 0; i < Batch; i++)
            {
                (int height, int width) = images.Read(batch.Samples[i], ref pixels);
                ReadOnlySpan<byte> image = pixels.AsSpan(0, 3 * height * width);
                for (uint view = 0; view < 2; view++)
                {
                    float[] expected = views.Floats.Slice((int)((view * Batch) + i) * Side * Side * 3, Side * Side * 3).ToArray();
                    ViewNumber number = new(Seed, 0, (uint)batch.Samples[i], view);
                    Assert.Equal(expected, AugmentedView.Of(image, height, width, Side, number, settings));
                    byte[] bytes = AugmentedView.BytesOf(image, height, width, Side, number, settings, ops);
                    Assert.All(expected.Zip(bytes), both => Assert.InRange((255 * both.First) - both.Second, -0.5001f, 0.5001f));
                }
            }

            producer.Return(batch);
        }
    }

    [Fact]
    public void AnImageOfTheViewsSizeIsItselfByThePlainRecipe()
    {
        byte[] image = new byte[5 * 5 * 3];
        new Random(1).NextBytes(image);
        float[] view = new float[image.Length];
        AugmentedView.Of(image, 5, 5, new PlainRecipe(), default, view);
        Assert.All(image.Zip(view), both => Assert.Equal(both.First / 255.0, both.Second, 1e-6));
    }

    [Fact]
    public void ErrorsNameTheArgumentAndTheExpectedLength()
    {
        AssertRefused("pixels has 10 bytes; expected 2 x 2 x 3 = 12", () => AugmentedView.Of(new byte[10], 2, 2, 4, default));
        AssertRefused("view has 13 numbers; expected side x side x 3", () => AugmentedView.Of(new byte[12], 2, 2, new PlainRecipe(), default, new float[13]));
        AssertRefused("side is 0", () => AugmentedView.Of(new byte[12], 2, 2, 0, default));
        AssertRefused("Strength is 9", () => AugmentedView.Of(new byte[12], 2, 2, 4, default, new RecipeSettings { Strength = 9 }));
        AssertRefused("height", () => AugmentedView.Of([], 0, 2, 4, default));
    }

    private static void AssertRefused(string expected, Action call) => Assert.Contains(expected, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
}
