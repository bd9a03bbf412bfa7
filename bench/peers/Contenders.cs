using TorchSharp;

namespace NegSamples.Peers;

/// <summary>All sides of one comparison and what they hold until it is over.</summary>
internal sealed class Contenders : IDisposable
{
    private readonly List<IDisposable> held = [];
    private readonly List<Contender> contenders = [];

    private int peers;

    /// <summary>The sides, in the order in which they were added.</summary>
    /// <exception cref="InvalidOperationException">libtorch gave other results than ours in every form.</exception>
    public IReadOnlyList<Contender> All => peers > 0 && contenders.TrueForAll(contender => contender.IsOurs)
        ? throw new InvalidOperationException("No form of libtorch agrees with ours. All sides must do the same work.")
        : contenders;

    /// <summary>Our devices, one for each precision.</summary>
    public IEnumerable<Fixture> Ours() => Fixture.Precisions.Select(precision => Keep(new Fixture(precision)));

    /// <summary>Adds a side.</summary>
    public void Add(string name, Action work) => contenders.Add(new(name, work));

    /// <summary>Adds a form of libtorch, or leaves it out where its result is not ours.</summary>
    /// <remarks>
    /// Some of libtorch's convolutions are wrong on some processors: 1 x 1 with stride 2, channels last, in float32 on Zen 5 (libtorch 2.10, oneDNN's brgconv_1x1).
    /// Another form has to agree, or it is ours that is wrong: <see cref="All"/> sees to that.
    /// </remarks>
    public void AddPeer(PeerForm form, bool agrees, Action work)
    {
        peers++;
        if (agrees) Add(form.ToString(), work);
    }

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
