using NegSamples.Augment.Data.Text;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Tests.Augment.Data.Text;

public sealed class WordVectorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder.Root, "words.vec");

    /// <summary>Enough words for several blocks, some without a vector; a row of counts, trailing spaces, and words that the vocabulary lacks.</summary>
    [Fact]
    public void TheNearestAreThoseOfTheCosineInFloat64()
    {
        const int words = 150, dimension = 7;
        Random random = new(3);
        Vocabulary vocabulary = new([.. Enumerable.Range(0, words).Select(i => $"w{i}")]);
        double[][] vectors = [.. Enumerable.Range(0, words + 5).Select(_ => Enumerable.Range(0, dimension).Select(_ => Math.Round(random.NextDouble() - 0.5, 4)).ToArray())];
        int[] known = [.. Enumerable.Range(0, words).Where(i => i % 10 != 3)];
        System.IO.File.WriteAllLines(File, known.Concat(Enumerable.Range(words, 5)).Reverse()
            .Select(i => FormattableString.Invariant($"w{i} {string.Join(' ', vectors[i].Select(x => x.ToString(System.Globalization.CultureInfo.InvariantCulture)))} ")).Prepend("140 7"));
        int[]? first = null;
        foreach (int threads in new[] { 1, 3 })
        {
            using CpuOps ops = new(threads);
            WordVectors read = WordVectors.Read(File, vocabulary);
            Assert.Equal(known.Length, read.Found);
            int[] nearest = read.Nearest(ops);
            first ??= nearest;
            Assert.Equal(first, nearest);
        }

        for (int word = 0; word < words; word++)
        {
            int[] expected = known.Contains(word)
                ? [.. known.Where(other => other != word).OrderByDescending(other => Cosine(vectors[word], vectors[other])).Take(NeighbourFile.PerWord)]
                : [.. Enumerable.Repeat(word, NeighbourFile.PerWord)];
            Assert.Equal(expected, first![(word * NeighbourFile.PerWord)..((word + 1) * NeighbourFile.PerWord)]);
        }
    }

    [Theory]
    [InlineData("a 1 2\nb 1\n", "row 2 has 1 number; expected 2")]
    [InlineData("2 2\na 1 2\nb 1 2 3\n", "row 3 has 3 numbers; expected 2")]
    [InlineData("a 1 2\nb 1 NaN\n", "row 2 has 'NaN' as number 2")]
    [InlineData("a 1 x\n", "row 1 has 'x' as number 2")]
    [InlineData("z 1 2\n", "has none of the 2 words")]
    public void BadRowsAreNamed(string text, string message)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Contains(message, Assert.Throws<BadDataException>(() => WordVectors.Read(File, new Vocabulary(["a", "b"]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AStopEndsReadingAndSearching()
    {
        System.IO.File.WriteAllLines(File, Enumerable.Range(0, 1000).Select(i => $"w{i} 1 {i}"));
        Vocabulary vocabulary = new([.. Enumerable.Range(0, 1000).Select(i => $"w{i}")]);
        using CancellationTokenSource stop = new();
        WordVectors vectors = WordVectors.Read(File, vocabulary);
        using CpuOps ops = new(1);
        Assert.Throws<OperationCanceledException>(() => vectors.Nearest(ops, (_, _) => stop.Cancel(), stop.Token));
        Assert.Throws<OperationCanceledException>(() => WordVectors.Read(File, vocabulary, stop: stop.Token));
    }

    public void Dispose() => folder.Dispose();

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
}
