using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Augment.Pictures;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Augment.Pictures;

public class ShownViewsTests
{
    /// <summary>A sheet shows what the encoder gets, not something like it.</summary>
    [Fact]
    public void TheyAreThoseOfTrainingsFirstEpoch()
    {
        const int Side = 8, Batch = 5;
        IImageSet images = TinyRun.Images();
        SimClrRecipe recipe = new(Side);
        using CpuOps ops = new(1);
        ShownViews shown = new(ops, images, Side);
        using BatchProducer producer = BatchProducer.ForTraining(images, recipe, 42, Batch);
        using ViewMaker maker = new(ops, PixelRange.Unit);
        (Arena arena, Tensor views) = ViewTensor.Create(ops, images, 2 * Batch, Side);
        using (arena)
        {
            RawBatch batch = producer.Next()!;
            maker.Make(batch, views);
            for (int i = 0; i < Batch; i++)
            {
                float[][] two = shown.Of(batch.Samples[i], recipe, 2, 42);
                for (int view = 0; view < 2; view++)
                    Assert.Equal(views.Floats.Slice(((view * Batch) + i) * Side * Side * 3, Side * Side * 3).ToArray(), two[view]);
            }

            producer.Return(batch);
        }
    }
}
