using System.Numerics.Tensors;
using NegSamples.Files;
using NegSamples.Study.Sweep;

namespace NegSamples.Study.Embeddings;

/// <summary>The lengths of a run's features of the test images, before they are scaled to unit length.</summary>
internal static class FeatureNorms
{
    /// <summary>Reads <c>features/CHECKPOINT/KEY.feature.val.npy</c>; null where it was not written.</summary>
    /// <param name="run">The run.</param>
    /// <param name="key">"encoder" before the head, "head" after it.</param>
    /// <exception cref="BadDataException">The file is damaged.</exception>
    public static double[]? Load(RunData run, string key)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (SweepFolder.FeatureFile(run, $"{key}.feature.val.npy") is not { } path) return null;
        (float[] values, int[] shape) = Npy.ReadFloats(path);
        if (shape is not [int rows, int dimension] || dimension < 1 || rows < 1)
            throw new BadDataException($"{path} has the shape ({string.Join(", ", shape)}); expected (n, D).");
        if (Array.Exists(values, value => !float.IsFinite(value))) throw new BadDataException($"{path} has a number that is not finite.");
        return [.. Enumerable.Range(0, rows).Select(i => (double)TensorPrimitives.Norm(values.AsSpan(i * dimension, dimension)))];
    }
}
