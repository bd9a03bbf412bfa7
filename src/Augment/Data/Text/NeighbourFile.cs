using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Text;

/// <summary>A text file with the nearest words of each word: a line per word of the vocabulary in its order, the word first, tabs between.</summary>
internal static class NeighbourFile
{
    /// <summary>Neighbours of each word.</summary>
    public const int PerWord = 5;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">The words.</param>
    /// <param name="neighbours">[words, <see cref="PerWord"/>]: their ids.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, Vocabulary vocabulary, int[] neighbours)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(neighbours);
        StringBuilder text = new();
        for (int id = 0; id < vocabulary.Words.Count; id++)
        {
            text.Append(vocabulary.Words[id]);
            foreach (int neighbour in neighbours.AsSpan(id * PerWord, PerWord)) text.Append('\t').Append(vocabulary.Words[neighbour]);
            text.Append('\n');
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">The words that it must be of.</param>
    /// <returns>[words, <see cref="PerWord"/>] ids, and the SHA-256 of the file.</returns>
    /// <exception cref="BadDataException">It cannot be read, or is of other words; the message names the row.</exception>
    public static (int[] Neighbours, byte[] Sum) Read(string path, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        byte[] bytes;
        try
        {
            using FileStream stream = RegularFile.Open(path);
            bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }

        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int[] neighbours = new int[vocabulary.Words.Count * PerWord];
        for (int row = 0; row < lines.Length; row++)
        {
            string[] words = lines[row].TrimEnd('\r').Split('\t');
            if (row >= vocabulary.Words.Count || words[0] != vocabulary.Words[row])
                throw new BadDataException($"{path}: row {row + 1} is of '{words[0]}'; expected {(row < vocabulary.Words.Count ? $"'{vocabulary.Words[row]}'" : "the end")}: make the file for these data.");
            if (words.Length != PerWord + 1) throw new BadDataException($"{path}: row {row + 1} has {Counted.Of(words.Length - 1, "neighbour")}; expected {PerWord}.");
            for (int i = 0; i < PerWord; i++)
            {
                neighbours[(row * PerWord) + i] = vocabulary.Find(words[i + 1])
                    ?? throw new BadDataException($"{path}: row {row + 1} has the neighbour '{words[i + 1]}', which is no word of the data.");
            }
        }

        if (lines.Length < vocabulary.Words.Count)
            throw new BadDataException($"{path} ends after row {lines.Length}; expected a row for each of {Counted.Of(vocabulary.Words.Count, "word")}.");
        return (neighbours, SHA256.HashData(bytes));
    }
}
