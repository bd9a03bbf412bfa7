using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One device with an arena, random tensors and the error measure that every kernel test uses.</summary>
internal sealed class Rig : IDisposable
{
    private readonly Random random = new(7);

    public Rig(long floats, int threads = 2)
    {
        Ops = new CpuOps(threads);
        Arena = Ops.CreateArena("test", (floats * sizeof(float)) + 65536);
    }

    public CpuOps Ops { get; }

    public Arena Arena { get; }

    public Tensor Take(params ReadOnlySpan<int> shape) => Arena.Take(shape);

    /// <summary>Numbers uniform in [-1, 1): not ones, which would hide the errors that cancel in a sum.</summary>
    public Tensor Random(params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Arena.Take(shape);
        foreach (ref float value in tensor.Floats) value = (float)((random.NextDouble() * 2) - 1);
        return tensor;
    }

    public static double[] Doubles(Tensor tensor)
    {
        double[] copy = new double[tensor.Count];
        for (int i = 0; i < copy.Length; i++) copy[i] = tensor.Floats[i];
        return copy;
    }

    public static double MaxError(ReadOnlySpan<float> values, double[] truth)
    {
        Assert.Equal(truth.Length, values.Length);
        double worst = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            double error = Math.Abs(values[i] - truth[i]);
            if (!(error <= worst)) worst = error; // NaN is an error too
        }

        return worst;
    }

    public void Dispose()
    {
        Arena.Dispose();
        Ops.Dispose();
    }
}
