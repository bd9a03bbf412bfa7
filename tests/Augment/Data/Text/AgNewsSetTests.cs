using System.Formats.Tar;
using System.IO.Compression;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Data.Text;

public sealed class AgNewsSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Data => Path.Combine(folder.Root, "ag_news_csv");

    [Theory]
    [InlineData("Oil's 3.5 (\"new\"); U.S.: up!", "oil ' s 3 . 5 ( new ) u . s . up !")]
    [InlineData("A<br />b\\band, C?  ", "a b\\band , c ?")]
    [InlineData(" \t ", "")]
    public void TokensAreThoseOfBasicEnglish(string text, string tokens) => Assert.Equal(tokens, string.Join(' ', BasicEnglish.Tokens(text)));

    /// <summary>Words of 5 occurrences or more, the most frequent first; quotes doubled, a comma and a line break within quotes, and no quotes at all.</summary>
    [Fact]
    public void TheVocabularyAndTheTextsAreThoseOfTheRows()
    {
        Write("1,b b b b c,a a a a a\r\n\"2\",\"say \"\"b\"\", a\",\"rare\nrare\"\n\n\"2\",\"\",\"rare rare\"\n", "\"2\",\"b unknown\",\"a\"\n");
        using ImageData data = DataSets.Open(folder.Root);
        Assert.Equal((AgNewsSet.Kind, 3, 1), (data.Kind, data.Train.Count, data.Test!.Count));
        Assert.Equal(["Sports", "Business"], data.Train.ClassNames);
        Assert.Equal(["a", "b"], data.Train.Vocabulary!.Words);
        Assert.Equal([1, 1, 1, 1, 0, 0, 0, 0, 0], Ids(data.Train, 0));
        Assert.Equal([1, 0], Ids(data.Train, 1));
        Assert.Empty(Ids(data.Train, 2));
        Assert.Equal([1, 0], Ids(data.Test, 0));
        Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(data.Train.Label));
        Assert.Equal(27, data.Train.MaximumBytes);
        Assert.Equal(["ag-news train: 1 text of 3 has no word of the vocabulary, by which an encoder could tell one from another."], data.Warnings);
    }

    [Theory]
    [InlineData("\"1\",\"a\",\"b\"\n\"1\",\"a\"\n", "train.csv: row 2 has 2 columns; expected 3")]
    [InlineData("\"3\",\"a\",\"b\"\n", "train.csv: row 1 has the class '3'; expected 1 to 2")]
    [InlineData("\"x\",\"a\",\"b\"\n", "train.csv: row 1 has the class 'x'; expected 1 to 2")]
    [InlineData("\"1\",\"a\",\"b\"\n\"1\",\"a\",\"b\n", "train.csv: row 2 has a quote that is never closed")]
    [InlineData("\"1\",\"a\"b,\"c\"\n", "train.csv: row 1 goes on behind a closing quote")]
    [InlineData("\"1\",\"a\",\"\u00FF\"\n", "train.csv: row 1 is no UTF-8")]
    [InlineData("\u00FF\u00FE1\0,\0", "The file begins as UTF-16 does; save it as UTF-8.")]
    [InlineData("\"1\",\"a\",\"b\"\n", "which makes the vocabulary empty")]
    [InlineData("", "train.csv has no row")]
    public void BadRowsAreNamed(string rows, string message)
    {
        Write("", "\"1\",\"a\",\"b\"\n");
        File.WriteAllBytes(Path.Combine(Data, "train.csv"), System.Text.Encoding.Latin1.GetBytes(rows));
        Assert.Contains(message, Assert.Throws<BadDataException>(() => DataSets.Open(Data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        TinyTexts.Write(Data);
        File.Delete(Path.Combine(Data, "test.csv"));
        Assert.Contains("test.csv is missing; ag-news needs train.csv, test.csv, classes.txt", Assert.Throws<BadDataException>(() => DataSets.Open(Data)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArchiveHoldsTheSameTextsAndTheFingerprintFollowsTheContents()
    {
        TinyTexts.Write(Data);
        string archive = Path.Combine(folder.Root, "texts.tar.gz");
        using (GZipStream packed = new(File.Create(archive), CompressionLevel.Fastest)) TarFile.CreateFromDirectory(Data, packed, includeBaseDirectory: true);
        using ImageData one = DataSets.Open(Data), two = DataSets.Open(archive);
        Assert.Equal(one.Train.Fingerprint, two.Train.Fingerprint);
        Assert.Equal(Enumerable.Range(0, one.Train.Count).SelectMany(i => Ids(one.Train, i)), Enumerable.Range(0, two.Train.Count).SelectMany(i => Ids(two.Train, i)));
        File.AppendAllText(Path.Combine(Data, "train.csv"), "\"1\",\"goal\",\"\"\n");
        using ImageData changed = DataSets.Open(Data);
        Assert.NotEqual(one.Train.Fingerprint, changed.Train.Fingerprint);
        Assert.NotEqual(one.Test!.Fingerprint, changed.Test!.Fingerprint);
    }

    [Fact]
    public void NeighboursBelongToTheFingerprintAndImagesHaveNone()
    {
        TinyTexts.Write(Data);
        using ImageData plain = DataSets.Open(Data);
        string file = Path.Combine(folder.Root, "near.tsv");
        string[] prints = [.. Enumerable.Range(0, 2).Select(shift =>
        {
            int words = plain.Train.Vocabulary!.Words.Count;
            NeighbourFile.Write(file, plain.Train.Vocabulary, [.. Enumerable.Range(0, words * NeighbourFile.PerWord).Select(i => (i + shift) % words)]);
            using ImageData data = DataSets.Open(Data, request: new DataRequest { Neighbours = file });
            Assert.Equal((1 + shift) % words, data.Train.Vocabulary!.Neighbours![1]);
            return data.Train.Fingerprint;
        })];
        Assert.Equal(3, prints.Append(plain.Train.Fingerprint).Distinct().Count());
        Assert.Contains("`neighbours` is", Assert.Throws<DataRequestException>(() => DataSets.Open("shapes", request: new DataRequest { Neighbours = file })).Message, StringComparison.Ordinal);
        File.WriteAllLines(file, File.ReadAllLines(file).Reverse());
        Assert.Contains("row 1 is of", Assert.Throws<BadDataException>(() => DataSets.Open(Data, request: new DataRequest { Neighbours = file })).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void Write(string train, string test)
    {
        TinyTexts.Write(Data);
        File.WriteAllText(Path.Combine(Data, "train.csv"), train);
        File.WriteAllText(Path.Combine(Data, "test.csv"), test);
    }

    private static int[] Ids(IImageSet set, int index)
    {
        byte[] pixels = [];
        (int height, int width) = set.Read(index, ref pixels);
        Assert.Equal(1, height);
        return [.. Enumerable.Range(0, width).Select(i => pixels[3 * i] + (256 * pixels[(3 * i) + 1]) + (65536 * pixels[(3 * i) + 2]))];
    }
}
