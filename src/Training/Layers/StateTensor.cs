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
    private const int Together = 1 << 14; // normal numbers that one thread draws at a time

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
    /// <param name="ops">The device.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="place">The place.</param>
    /// <param name="room">At least as many numbers, for the values on their way.</param>
    internal void Initialize(Ops ops, ulong seed, int place, float[] room)
    {
        Memory<float> values = room.AsMemory(0, Count);
        if (ops.HoldsNumbers) Fill(values, seed, place);
        ops.Upload<float>(values.Span, Value);
    }

    private void Fill(Memory<float> values, ulong seed, int place)
    {
        Philox random = new(seed, RandomPurpose.Initialization, sample: (uint)place);
        switch (distribution)
        {
            case Distribution.Constant:
                values.Span.Fill(scale);
                break;
            case Distribution.Normal:
                // Millions of logarithms: worth all cores. Each number is a function of its index alone.
                Parallel.For(0, (values.Length + Together - 1) / Together, part =>
                {
                    int first = part * Together;
                    random.Normals((uint)first, scale, values.Span.Slice(first, Math.Min(Together, values.Length - first)));
                });
                break;
            case Distribution.Uniform:
                Span<float> uniform = values.Span;
                for (int i = 0; i < uniform.Length; i++) uniform[i] = random.Uniform((uint)i, -scale, scale);
                break;
            default:
                throw new InvalidOperationException($"{distribution} is not a distribution.");
        }
    }
}
