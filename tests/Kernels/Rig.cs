using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One device with an arena, random tensors and the error measure that every kernel test uses.</summary>
internal sealed class Rig : IDisposable
{
    private readonly Random random = new(7);
    private readonly HostArena memory;

    public Rig(long floats, int threads = 2, Precision precision = Precision.Float32)
    {
        Ops = new CpuOps(threads, precision);
        memory = new HostArena(Ops, (floats * sizeof(float)) + 65536);
    }

    public CpuOps Ops { get; }

    public Arena Arena => memory.Arena;

    public Tensor Take(params ReadOnlySpan<int> shape) => Arena.Take(shape);

    /// <summary>Numbers uniform in [-1, 1): not ones, which would hide the errors that cancel in a sum.</summary>
    public Tensor Random(params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Arena.Take(shape);
        foreach (ref float value in tensor.Floats) value = (float)((random.NextDouble() * 2) - 1);
        return tensor;
    }

    /// <summary>Activations of the device's type, uniform in [-1, 1) and rounded to it.</summary>
    public Tensor Activations(params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Arena.Take(Ops.ActivationType, shape);
        float[] values = new float[tensor.Count];
        foreach (ref float value in values.AsSpan()) value = (float)((random.NextDouble() * 2) - 1);
        Ops.Upload<float>(values, tensor);
        return tensor;
    }

    /// <summary>The numbers of activations.</summary>
    public float[] Floats(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Ops.Download<float>(tensor, values);
        return values;
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
        memory.Dispose();
        Ops.Dispose();
    }
}
