using NegSamples.Files;
using NegSamples.Study.Foreign;

namespace NegSamples.Tests.Study.Foreign;

/// <summary>Files of features as another program writes them.</summary>
internal sealed class GivenFiles : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public string PathOf(string name) => folder.PathOf(name);

    public string Features(string name, float[] values, params int[] shape)
    {
        Npy.Write(PathOf(name), values, shape);
        return PathOf(name);
    }

    public string Labels(string name, params long[] labels)
    {
        Npy.Write(PathOf(name), labels, labels.Length);
        return PathOf(name);
    }

    /// <summary>Random rows about a centre for each class, three classes in turn.</summary>
    public ForeignPaths Split(string name, int count, int dimension, int views, int seed)
    {
        Random random = new(seed);
        float[] values = new float[count * views * dimension];
        for (int i = 0; i < values.Length; i++)
        {
            int sample = i / (views * dimension), feature = i % dimension;
            values[i] = (float)(random.NextDouble() - 0.5 + (feature % 3 == sample % 3 ? 1 : 0));
        }

        return new ForeignPaths(
            views == 1 ? Features(name + ".npy", values, count, dimension) : Features(name + ".npy", values, count, views, dimension),
            Labels(name + "-labels.npy", [.. Enumerable.Range(0, count).Select(i => (long)i % 3)]));
    }

    public void Dispose() => folder.Dispose();
}
