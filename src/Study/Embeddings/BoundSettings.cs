using NegSamples.Training.Settings;

namespace NegSamples.Study.Embeddings;

/// <summary>How the terms of the bounds are measured. The defaults are the protocol of Nozawa and Sato 2021, arXiv:2102.06866.</summary>
public sealed record BoundSettings
{
    /// <summary>K: the measurement is made for each of these. None takes the run's own: its negatives, or N − 1 where it has all.</summary>
    public IReadOnlyList<int> Negatives { get; init; } = [];

    /// <summary>A: augmented views of each image in the class means and in f̄.</summary>
    public int Augmentations { get; init; } = 10;

    /// <summary>Passes of shuffled batches over the test split; pass p has the views 2q and 2q + 1, q = p mod ⌊A/2⌋.</summary>
    public int Passes { get; init; } = 10;

    /// <summary>Key of the views and of the order.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>M: k-means splits every class into so many parts, which are the classes of the bounds then; 1 leaves them.</summary>
    public int Subclasses { get; init; } = 1;

    /// <summary>CPU threads of the sums over the batches; 0 takes one per core. They never change the numbers.</summary>
    public int Threads { get; init; }

    /// <summary>Refuses what cannot be measured.</summary>
    /// <exception cref="SettingsException">A setting is out of its range; the message names it.</exception>
    internal void Validate()
    {
        foreach (int negatives in Negatives) SettingsException.Require(negatives >= 1, "negatives", negatives, "at least 1");
        SettingsException.Require(Augmentations >= 2, "augmentations", Augmentations, "at least 2: an anchor and its positive");
        SettingsException.Require(Passes >= 1, "passes", Passes, "at least 1");
        SettingsException.Require(Subclasses >= 1, "subclasses", Subclasses, "at least 1, which leaves the classes as they are");
        SettingsException.Require(Threads >= 0, "threads", Threads, "at least 1, or 0 for one per core");
    }
}
