using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Study.Embeddings;

public class NearestImagesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheyAreTheLargestCosinesOfTheWrittenFeatures(bool head)
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 2);
        IImageSet train = TinyRun.Images(), test = TinyRun.Images(train: false);
        using CpuOps ops = new(2);
        FeatureFiles.Write(tiny.Folder("run"), ops, train, test, new FeatureSettings { Output = tiny.Folder("features") }, _ => { });
        (float[] values, int[] shape) = Npy.ReadFloats(tiny.Folder($"features/{(head ? "head" : "encoder")}.feature.val.npy"));
        double[] Row(int i)
        {
            double[] row = [.. values.AsSpan(i * shape[1], shape[1]).ToArray().Select(value => (double)value)];
            double length = Math.Sqrt(row.Sum(value => value * value));
            return [.. row.Select(value => value / length)];
        }

        NearestImages found = Assert.Single(NearestImages.Of(tiny.Folder("run"), ops, train, test, [1], 3, head, _ => { }));
        double[] cosines = [.. Enumerable.Range(0, shape[0]).Select(i => Row(1).Zip(Row(i), (a, b) => a * b).Sum())];
        Assert.Equal(3, found.Nearest.Count);
        Assert.DoesNotContain(found.Nearest, entry => entry.Image == 1);
        double bar = cosines.Where((_, i) => i != 1).OrderDescending().ElementAt(2);
        Assert.All(found.Nearest, entry =>
        {
            Assert.Equal(cosines[entry.Image], entry.Cosine, 1e-5);
            Assert.True(entry.Cosine >= bar - 1e-5);
        });
        Assert.Equal(found.Nearest.Select(entry => entry.Cosine).OrderDescending(), found.Nearest.Select(entry => entry.Cosine));
    }
}
