using TorchSharp;

namespace NegSamples.Peers;

/// <summary>All sides of one comparison and what they hold until it is over.</summary>
internal sealed class Contenders : IDisposable
{
    private readonly List<IDisposable> held = [];
    private readonly List<Contender> contenders = [];

    /// <summary>The sides, in the order in which they were added.</summary>
    public IReadOnlyList<Contender> All => contenders;

    /// <summary>Our devices, one for each precision.</summary>
    public IEnumerable<Fixture> Ours() => Fixture.Precisions.Select(precision => Keep(new Fixture(precision)));

    /// <summary>Adds a side.</summary>
    public void Add(string name, Action work) => contenders.Add(new(name, work));

    /// <summary>libtorch's copy of numbers.</summary>
    public torch.Tensor Copy(Numbers numbers, PeerForm form) => Keep(Fixture.Copy(numbers, form));

    /// <summary>Holds something until the comparison is over.</summary>
    public T Keep<T>(T owner)
        where T : IDisposable
    {
        held.Add(owner);
        return owner;
    }

    public void Dispose()
    {
        for (int i = held.Count - 1; i >= 0; i--) held[i].Dispose();
    }
}
