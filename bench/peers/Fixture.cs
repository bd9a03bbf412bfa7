using NegSamples.Kernels;
using TorchSharp;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>Our device in one precision and tensors on it, and libtorch's copies of the same numbers.</summary>
internal sealed class Fixture(Precision precision) : IDisposable
{
    /// <summary>The precisions that we compute in here.</summary>
    public static IReadOnlyList<Precision> Precisions { get; } = [Precision.Float32, Precision.BFloat16];

    private readonly List<Arena> arenas = [];

    public CpuOps Ops { get; } = new(0, precision);

    /// <summary>The name of our side.</summary>
    public string Name => Contender.NameOf(precision);

    /// <summary>A float32 tensor with these numbers: parameters, unit rows.</summary>
    public Tensor Take(Numbers numbers) => Take(numbers, ElementType.Float32);

    /// <summary>A tensor with these numbers in the type that this device holds activations in.</summary>
    public Tensor Activations(Numbers numbers) => Take(numbers, Ops.ActivationType);

    /// <summary>Activations for a result.</summary>
    public Tensor Result(params ReadOnlySpan<int> shape) => Take(Ops.ActivationType, shape);

    /// <summary>A float32 tensor of zeros.</summary>
    public Tensor Zeros(params ReadOnlySpan<int> shape) => Take(ElementType.Float32, shape);

    /// <summary>The indices of two views of so many samples.</summary>
    public TwoViews Views(int samples)
    {
        Arena arena = Ops.CreateArena("indices", TwoViews.BytesFor(samples));
        arenas.Add(arena);
        return new TwoViews(arena, samples);
    }

    /// <summary>libtorch's copy, its channels before height and width.</summary>
    public static torch.Tensor Copy(Numbers numbers, PeerForm form)
    {
        using torch.Tensor copy = torch.tensor(numbers.Values, [.. numbers.Shape.Select(axis => (long)axis)]);
        if (numbers.Shape.Length != 4) return copy.to(form.Type).clone();
        using torch.Tensor permuted = copy.permute(0, 3, 1, 2);

        // With the strides of our own order it is what libtorch calls channels-last. Otherwise it is copied into a tensor made in libtorch's order: permuting and
        // packing leaves a 1 x 1 filter with strides that also read as channels-last, and libtorch 2.10's convolution of such a filter gives wrong numbers for
        // some shapes (256 channels of 8 x 8 to 512, stride 2).
        if (form.ChannelsLast) return form.Type == torch.float32 ? copy.clone().permute(0, 3, 1, 2) : copy.to(form.Type).permute(0, 3, 1, 2);
        return torch.empty(permuted.shape, form.Type).copy_(permuted);
    }

    /// <summary>Whether two results are the same: otherwise the times would not be of the same work.</summary>
    /// <param name="name">What they are, for the line that tells of a difference.</param>
    /// <param name="ours">Our numbers.</param>
    /// <param name="theirs">libtorch's.</param>
    /// <param name="form">The form that libtorch computed in.</param>
    public static bool Agree(string name, Numbers ours, torch.Tensor theirs, PeerForm form)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor copy = Copy(ours, new(torch.float32, false)), other = theirs.to(torch.float32);
        double difference = (copy - other).abs().max().ToDouble(), largest = other.abs().max().ToDouble();
        if (difference <= form.Tolerance * largest) return true;
        Console.WriteLine(FormattableString.Invariant($"{name}: the results of ours and of {form} differ by {difference:G3}, the largest value being {largest:G3}."));
        return false;
    }

    /// <summary>What a tensor holds.</summary>
    public Numbers Read(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Ops.Download<float>(tensor, values);
        return new(values, [.. Enumerable.Range(0, tensor.Rank).Select(axis => tensor[axis])]);
    }

    public void Dispose()
    {
        foreach (Arena arena in arenas) arena.Dispose();
        Ops.Dispose();
    }

    private Tensor Take(Numbers numbers, ElementType type)
    {
        Tensor tensor = Take(type, numbers.Shape);
        Ops.Upload<float>(numbers.Values, tensor);
        return tensor;
    }

    private Tensor Take(ElementType type, ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        Arena arena = Ops.CreateArena("peer", Arena.BytesFor(type, count));
        arenas.Add(arena);
        return arena.Take(type, shape);
    }
}
