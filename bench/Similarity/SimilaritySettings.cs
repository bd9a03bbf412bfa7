using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Similarity;

/// <summary>What <see cref="SimilarityStudy"/> measures. The defaults are a batch of 1024 against MoCo's queue.</summary>
public sealed record SimilaritySettings
{
    /// <summary>The loss.</summary>
    public SimilarityForm Form { get; init; }

    /// <summary>N; not read for NT-Xent and two towers, which have as many rows as keys.</summary>
    public int Rows { get; init; } = 1024;

    /// <summary>The numbers of keys K, ascending.</summary>
    public IReadOnlyList<int> Keys { get; init; } = [65_536];

    /// <summary>D.</summary>
    public int Dimension { get; init; } = 128;

    /// <summary>T.</summary>
    public float Temperature { get; init; } = 0.1f;

    /// <summary>b of the sigmoid loss; null is −1/T.</summary>
    public float? Bias { get; init; }

    /// <summary>The methods, each measured at each K.</summary>
    public IReadOnlyList<SimilarityMethod> Methods { get; init; } = [SimilarityMethod.Streaming];

    /// <summary>How often each pass is timed, after one call that is not.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>Key of the random rows.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>CPU threads; 0 takes one per core. They never change the numbers.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes of logits that the streaming method may keep from its first pass to its second; null for
    /// <see cref="ContrastiveSettings.AutomaticSpillBytes"/>.</summary>
    public long? SpillBytes { get; init; }

    /// <summary>P: ranks that share the keys of each K evenly, and the queries.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>The size at one K.</summary>
    /// <param name="keys">K.</param>
    public SimilarityShape Shape(int keys) => new(Form, HasRowsOfKeys ? keys : Rows, keys, Dimension, Ranks);

    /// <summary>Whether there are as many rows as keys.</summary>
    public bool HasRowsOfKeys => Form is SimilarityForm.NtXent or SimilarityForm.TwoTower;

    /// <summary>The loss as the operation takes it.</summary>
    internal ContrastiveSettings Loss => Form == SimilarityForm.Sigmoid ? new(Temperature, new Sigmoid()) { Bias = BiasOfLoss } : new(Temperature);

    internal float BiasOfLoss => Bias ?? -1 / Temperature;

    /// <summary>Checks every setting by itself and the sizes together.</summary>
    /// <exception cref="SettingsException">A setting cannot be used; the message names it.</exception>
    public void Validate()
    {
        SettingsException.Require(Rows >= 1, "rows", Rows, "at least 1");
        SettingsException.Require(Dimension >= 1, "dimension", Dimension, "at least 1");
        SettingsException.Require(Temperature is >= 1e-30f and <= 1e30f, "temperature", Temperature, "a finite number above 0, 1e-30 to 1e30");
        float bias = BiasOfLoss;
        SettingsException.Require(Form != SimilarityForm.Sigmoid || bias is >= -1e6f and <= 1e6f, "bias", bias, "-1000000 to 1000000");
        SettingsException.Require(Repetitions >= 1, "repetitions", Repetitions, "at least 1");
        SettingsException.Require(Threads >= 0, "threads", Threads, "at least 1, or 0 for one per core");
        SettingsException.Require(SpillBytes is null or >= 0, "spillBytes", SpillBytes ?? 0, "at least 0");
        if (Keys.Count == 0) throw new SettingsException("`keys` names no number of keys.");
        if (Ranks > 1) RequireShares();
        if (Form is SimilarityForm.TwoTower or SimilarityForm.Sigmoid && Methods.Any(method => method != SimilarityMethod.Streaming))
            throw new SettingsException("`method` is not streaming; `form` two-tower and sigmoid have no other.");

        // A tensor's host side is a span, and a span's length is an int. The queue has a spare row (see SimilarityTensors).
        int most = (int.MaxValue / Dimension / (Form == SimilarityForm.TwoTower ? 2 : 1)) - (Form == SimilarityForm.Queue ? 1 : 0);
        SettingsException.Require(Rows <= most, "rows", Rows, FormattableString.Invariant($"at most {most} with `dimension` {Dimension}: a tensor has fewer than 2^31 numbers"));
        foreach (int keys in Keys)
        {
            SettingsException.Require(keys >= 1, "keys", keys, "at least 1");
            SettingsException.Require(Shape(keys).MostKeysOfRank <= most, "keys", keys, FormattableString.Invariant($"at most {most} with `dimension` {Dimension}: a tensor has fewer than 2^31 numbers"));
            SettingsException.Require(Form != SimilarityForm.NtXent || keys % 2 == 0, "keys", keys, "even numbers with `form` nt-xent, whose rows are pairs of views");
        }
    }

    private void RequireShares()
    {
        if (HasRowsOfKeys)
        {
            throw new SettingsException($"`form` is {(Form == SimilarityForm.NtXent ? "nt-xent" : "two-tower")}, whose rows are queries and keys at once; "
                + "of several ranks expected generic, queue or sigmoid.");
        }

        if (Methods.Any(method => method != SimilarityMethod.Streaming)) throw new SettingsException("`method` is not streaming; several ranks hold no matrix of logits: expected streaming.");
        if (SpillBytes is not null) throw new SettingsException("`spillBytes` has no meaning over several ranks, which compute the logits twice: expected none.");
        SettingsException.Require(Rows % Ranks == 0, "rows", Rows, FormattableString.Invariant($"a multiple of the {Counted.Of(Ranks, "rank")}"));
        SettingsException.Require(Keys.All(keys => keys >= Ranks), "keys", Keys.Min(), FormattableString.Invariant($"at least 1 for each of the {Counted.Of(Ranks, "rank")}"));
    }
}
