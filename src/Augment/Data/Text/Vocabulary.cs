namespace NegSamples.Augment.Data.Text;

/// <summary>The words of a text set: a word's id is its place.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> ids;

    /// <summary>Makes a vocabulary.</summary>
    /// <param name="words">The words in the order of their ids, each once.</param>
    /// <param name="neighbours">As <see cref="Neighbours"/>.</param>
    /// <exception cref="ArgumentException">A word is there twice, or the table is of another size.</exception>
    public Vocabulary(IReadOnlyList<string> words, int[]? neighbours = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        if (neighbours is not null && neighbours.Length != words.Count * NeighbourFile.PerWord)
            throw new ArgumentException($"neighbours has {Counted.Of(neighbours.Length, "id")}; expected {NeighbourFile.PerWord} for each of {Counted.Of(words.Count, "word")}.", nameof(neighbours));
        Words = words;
        Neighbours = neighbours;
        ids = new Dictionary<string, int>(words.Count, StringComparer.Ordinal);
        for (int id = 0; id < words.Count; id++) ids.Add(words[id], id);
    }

    /// <summary>The words in the order of their ids.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>[words, <see cref="NeighbourFile.PerWord"/>]: the ids that may stand in a word's place; null where no table was read.</summary>
    public int[]? Neighbours { get; }

    /// <summary>The words that stand at least so often in some texts: the most frequent first, equally frequent ones in ordinal order.</summary>
    /// <param name="texts">The tokens of each text.</param>
    /// <param name="leastCount">The least that a word must occur.</param>
    public static Vocabulary Of(IEnumerable<IReadOnlyList<string>> texts, int leastCount)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (string word in texts.SelectMany(text => text)) counts[word] = counts.GetValueOrDefault(word) + 1;
        return new([.. counts.Where(entry => entry.Value >= leastCount).OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => entry.Key)]);
    }

    /// <summary>The id of a word; null where it is none of these.</summary>
    /// <param name="word">The word.</param>
    public int? Find(string word) => ids.TryGetValue(word, out int id) ? id : null;
}
