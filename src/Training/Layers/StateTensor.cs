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

/// <summary>One tensor of the model's state as a layer declares it; <see cref="Blueprint.Build"/> gives it memory.</summary>
internal sealed class StateTensor(string name, TensorLayout layout, bool trainable, bool decay, Distribution distribution, float scale, int[] shape)
{
    public string Name => name;

    public TensorLayout Layout => layout;

    public bool Trainable => trainable;

    /// <summary>Whether it stays as it is, though it is a parameter.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Whether weight decay applies.</summary>
    public bool Decay => decay;

    public ReadOnlySpan<int> Shape => shape;

    public int Count => shape.Aggregate(1, (product, length) => checked(product * length));

    public Tensor Value { get; set; }

    /// <summary>The gradient's place; no tensor for a running statistic.</summary>
    public Tensor Gradient { get; set; }

    /// <summary>The first values: a pure function of the seed and of the tensor's place in the model.</summary>
    public void Initialize(Ops ops, ulong seed, int place)
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
