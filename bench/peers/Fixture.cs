using NegSamples.Kernels;
using TorchSharp;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>Our device and tensors, and their copies on libtorch's side.</summary>
internal sealed class Fixture(bool libtorch) : IDisposable
{
    private readonly List<Arena> arenas = [];
    private readonly Random random = new(1);

    public CpuOps Ops { get; } = new();

    /// <summary>A tensor of numbers spread evenly over −scale to scale.</summary>
    public Tensor Random(ReadOnlySpan<int> shape, float scale = 1)
    {
        Tensor tensor = Zeros(shape);
        foreach (ref float value in tensor.Floats) value = scale * ((2 * random.NextSingle()) - 1);
        return tensor;
    }

    /// <summary>The indices of two views of so many samples.</summary>
    public TwoViews Views(int samples)
    {
        Arena arena = Ops.CreateArena("indices", TwoViews.BytesFor(samples));
        arenas.Add(arena);
        return new TwoViews(arena, samples);
    }

    public Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        Arena arena = Ops.CreateArena("peer", Arena.BytesFor(ElementType.Float32, count));
        arenas.Add(arena);
        return arena.Take(shape);
    }

    /// <summary>libtorch's copy, in its own order of axes: channels before height and width. Null where libtorch is absent.</summary>
    public torch.Tensor Copy(Tensor tensor)
    {
        if (!libtorch) return null!;
        long[] shape = [.. Enumerable.Range(0, tensor.Rank).Select(axis => (long)tensor[axis])];
        using torch.Tensor copy = torch.tensor(tensor.Floats.ToArray(), shape);
        if (tensor.Rank != 4) return copy.clone();

        // Copied into a tensor made in libtorch's order: permuting and packing leaves a 1 x 1 filter with strides that also read as channels-last, and
        // libtorch 2.10's convolution of such a filter gives wrong numbers for some shapes (256 channels of 8 x 8 to 512, stride 2).
        using torch.Tensor permuted = copy.permute(0, 3, 1, 2);
        return torch.empty(permuted.shape).copy_(permuted);
    }

    /// <summary>Stops when libtorch's result is another one: then the two times would not be of the same work.</summary>
    public void MustAgree(string name, Tensor ours, torch.Tensor theirs)
    {
        if (!libtorch) return;
        using torch.Tensor copy = Copy(ours);
        double difference = (copy - theirs).abs().max().ToDouble(), largest = theirs.abs().max().ToDouble();
        if (!(difference <= 1e-3 * largest))
            throw new InvalidOperationException(
                $"{name}: ours and libtorch's results differ by {difference:G3}, the largest value being {largest:G3}. Both sides must do the same work.");
    }

    public void Dispose()
    {
        foreach (Arena arena in arenas) arena.Dispose();
        Ops.Dispose();
    }
}
