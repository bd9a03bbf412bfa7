using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Text;

/// <summary>One split of AG News (Zhang, Zhao and LeCun 2015, arXiv:1509.01626), held in memory as ids of words.</summary>
/// <remarks>
/// A text is the title, a space and the description, cut by <see cref="BasicEnglish"/>. The vocabulary holds the words that the training split has 5 times or
/// more; all others are left out of a text. A text is read as an image of one row: a pixel per word, whose three bytes are the id, the lowest first.
/// </remarks>
internal sealed class AgNewsSet : IImageSet
{
    /// <summary>The kind's name.</summary>
    public const string Kind = "ag-news";

    /// <summary>The least that a word must occur in the training split.</summary>
    public const int LeastCount = 5;

    /// <summary>Bytes of a word's id.</summary>
    internal const int BytesPerWord = 3;

    private const int MostWords = 1 << (8 * BytesPerWord), Columns = 3;

    private readonly byte[][] texts;
    private readonly int[] labels;

    private AgNewsSet(string split, Rows rows, IReadOnlyList<string> classes, Vocabulary vocabulary, string identity)
    {
        Name = $"{Kind} {split}";
        ClassNames = classes;
        Vocabulary = vocabulary;
        labels = [.. rows.Labels];
        texts = [.. rows.Tokens.Select(tokens => Packed(tokens, vocabulary))];
        MaximumBytes = texts.Max(text => text.Length);
        Fingerprint = $"{Name} count {Count} sha256 {identity}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => labels.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public long MaximumBytes { get; }

    /// <inheritdoc/>
    public Vocabulary? Vocabulary { get; }

    /// <summary>A sentence about texts of which no word is in the vocabulary; null where there is none.</summary>
    internal string? NoteOfWordless => texts.Count(text => text.Length == 0) is > 0 and int wordless
        ? $"{Name}: {Counted.Of(wordless, "text")} of {Count} {(wordless == 1 ? "has" : "have")} no word of the vocabulary, by which an encoder could tell one from another." : null;

    /// <inheritdoc/>
    public int Label(int index) => labels[index];

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        byte[] text = texts[index];
        if (pixels.Length < text.Length) pixels = new byte[MaximumBytes];
        text.CopyTo(pixels, 0);
        return (1, text.Length / BytesPerWord);
    }

    /// <summary>Reads both splits.</summary>
    /// <param name="files">The files.</param>
    /// <param name="neighbours">The file of <see cref="NeighbourFile"/>; null for none.</param>
    /// <exception cref="BadDataException">A file is missing or no such file; the message names the row. Or no word is frequent enough.</exception>
    internal static (AgNewsSet Train, AgNewsSet Test) Open(AgNewsFiles files, string? neighbours)
    {
        string classesName = files.NameOf(AgNewsFiles.Classes);
        string[] classes = [.. CsvRows.Read(classesName, files.Of(AgNewsFiles.Classes)).Select(row => string.Join(',', row).Trim()).Where(name => name.Length > 0)];
        if (classes.Length < 2) throw new BadDataException($"{classesName} has {classes.Length} names of classes; expected 2 or more, one a line.");
        Rows train = Rows.Read(files, AgNewsFiles.Train, classes.Length), test = Rows.Read(files, AgNewsFiles.Test, classes.Length);
        Vocabulary words = Vocabulary.Of(train.Tokens, LeastCount);
        if (words.Words.Count == 0)
            throw new BadDataException($"{files.NameOf(AgNewsFiles.Train)} has no word {LeastCount} times or more, which makes the vocabulary empty.");
        if (words.Words.Count > MostWords)
            throw new BadDataException($"{files.NameOf(AgNewsFiles.Train)} has {Counted.Of(words.Words.Count, "word")} {LeastCount} times or more; expected at most {MostWords}.");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(files.Of(AgNewsFiles.Train));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', classes)));
        if (neighbours is not null)
        {
            (int[] table, byte[] contents) = NeighbourFile.Read(neighbours, words);
            words = new Vocabulary(words.Words, table);
            hash.AppendData(contents);
        }

        string ofTrain = Convert.ToHexStringLower(hash.GetCurrentHash());
        hash.AppendData(files.Of(AgNewsFiles.Test));
        string ofTest = Convert.ToHexStringLower(hash.GetHashAndReset());
        return (new AgNewsSet("train", train, classes, words, ofTrain), new AgNewsSet("test", test, classes, words, ofTest));
    }

    private static byte[] Packed(string[] tokens, Vocabulary vocabulary)
    {
        byte[] text = new byte[BytesPerWord * tokens.Length];
        int at = 0;
        foreach (string token in tokens)
        {
            if (vocabulary.Find(token) is not { } id) continue;
            (text[at], text[at + 1], text[at + 2]) = ((byte)id, (byte)(id >> 8), (byte)(id >> 16));
            at += BytesPerWord;
        }

        return text[..at];
    }

    /// <summary>What a file's rows say.</summary>
    private sealed record Rows(List<int> Labels, List<string[]> Tokens)
    {
        public static Rows Read(AgNewsFiles files, string file, int classes)
        {
            string name = files.NameOf(file);
            Rows rows = new([], []);
            foreach (string[] fields in CsvRows.Read(name, files.Of(file)))
            {
                int row = rows.Labels.Count + 1;
                if (fields.Length != Columns) throw new BadDataException($"{name}: row {row} has {Counted.Of(fields.Length, "column")}; expected {Columns}: class, title, description.");
                if (!int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int label) || label < 1 || label > classes)
                    throw new BadDataException($"{name}: row {row} has the class '{fields[0]}'; expected 1 to {classes}.");
                rows.Labels.Add(label - 1);
                rows.Tokens.Add(BasicEnglish.Tokens($"{fields[1]} {fields[2]}"));
            }

            return rows.Labels.Count > 0 ? rows : throw new BadDataException($"{name} has no row; expected a text in each.");
        }
    }
}
