using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>How a tensor's numbers are drawn at the start.</summary>
internal enum Distribution
{
    /// <summary>All equal to the scale.</summary>
    Constant,

    /// <summary>Normal with mean 0; the scale is the standard deviation.</summary>
    Normal,

    /// <summary>Uniform between −scale and scale.</summary>
    Uniform,
}

/// <summary>One tensor of the model's state as a layer declares it; it has memory once the model is built.</summary>
public sealed class StateTensor
{
    private readonly Distribution distribution;
    private readonly float scale;
    private readonly int[] shape;

    internal StateTensor(string name, TensorLayout layout, bool trainable, bool decay, Distribution distribution, float scale, int[] shape)
    {
        (Name, Layout, Trainable, Decay) = (name, layout, trainable, decay);
        (this.distribution, this.scale, this.shape) = (distribution, scale, shape);
    }

    /// <summary>Its name in a state dictionary.</summary>
    public string Name { get; }

    /// <summary>Its numbers, float32.</summary>
    public Tensor Value { get; internal set; }

    /// <summary>Where a backward pass adds its gradient; no tensor for a running statistic.</summary>
    public Tensor Gradient { get; internal set; }

    internal TensorLayout Layout { get; }

    internal bool Trainable { get; }

    /// <summary>Whether it stays as it is, though it is a parameter.</summary>
    internal bool IsFrozen { get; init; }

    /// <summary>Whether weight decay applies.</summary>
    internal bool Decay { get; }

    internal ReadOnlySpan<int> Shape => shape;

    internal int Count => shape.Aggregate(1, (product, length) => checked(product * length));

    /// <summary>The first values: a pure function of the seed and of the tensor's place in the model.</summary>
    internal void Initialize(Ops ops, ulong seed, int place)
    {
        float[] values = new float[Count];
        if (ops.HoldsNumbers) Fill(values, seed, place);
        ops.Upload<float>(values, Value);
    }

    private void Fill(float[] values, ulong seed, int place)
    {
        Philox random = new(seed, RandomPurpose.Initialization, sample: (uint)place);
        switch (distribution)
        {
            case Distribution.Constant:
                values.AsSpan().Fill(scale);
                break;
            case Distribution.Normal:
                // Millions of logarithms: worth all cores. Each number is a function of its index alone.
                Parallel.For(0, values.Length, i => values[i] = (float)(scale * random.Normal((uint)i)));
                break;
            case Distribution.Uniform:
                for (int i = 0; i < values.Length; i++) values[i] = random.Uniform((uint)i, -scale, scale);
                break;
            default:
                throw new InvalidOperationException($"{distribution} is not a distribution.");
        }
    }
}
