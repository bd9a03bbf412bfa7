using System.Globalization;
using System.Numerics.Tensors;
using NegSamples.Files;
using NegSamples.Kernels;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Augment.Data.Text;

/// <summary>Vectors of the words of a vocabulary, from a text file in the form of fastText (.vec), and the nearest words by their cosine.</summary>
internal sealed class WordVectors
{
    private const int RowsBetweenLooks = 256, RowsPerBlock = 64;

    private readonly string path;
    private readonly int words, dimension;
    private readonly int[] ids; // of the words that have a vector
    private readonly float[] units; // [ids, dimension]

    private WordVectors(string path, int words, int dimension, int[] ids, float[] units) =>
        (this.path, this.words, this.dimension, this.ids, this.units) = (path, words, dimension, ids, units);

    /// <summary>How many words have a vector.</summary>
    public int Found => ids.Length;

    /// <summary>Reads the file: a word and its numbers in each row, spaces between; before them perhaps a row of the two counts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">The words; the rows of all others are checked and passed over.</param>
    /// <param name="progress">Is told of the bytes read and of all; null for nobody.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="BadDataException">It cannot be read, a row has another number of numbers or one that is not finite; the message names the row.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static WordVectors Read(string path, Vocabulary vocabulary, Action<long, long>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        try
        {
            using FileStream file = RegularFile.Open(path);
            using StreamReader reader = new(new BufferedStream(file, 1 << 16));
            SortedDictionary<int, float[]> found = [];
            float[] values = [];
            int dimension = 0;
            for (int row = 1; reader.ReadLine() is { } line; row++)
            {
                if (row % RowsBetweenLooks == 0)
                {
                    stop.ThrowIfCancellationRequested();
                    progress?.Invoke(file.Position, file.Length);
                }

                ReadOnlySpan<char> rest = line.AsSpan().TrimEnd();
                int numbers = rest.Count(' ');
                if (row == 1 && numbers == 1) continue; // how many words, and how many numbers
                if (dimension == 0) values = new float[dimension = Math.Max(1, numbers)];
                if (numbers != dimension) throw new BadDataException($"{path}: row {row} has {Counted.Of(numbers, "number")}; expected {dimension}, as in the rows before.");
                string word = Parse(path, row, rest, values);
                if (vocabulary.Find(word) is { } id && TensorPrimitives.Norm<float>(values) is > 0 and < float.PositiveInfinity) found.TryAdd(id, [.. values]);
            }

            if (found.Count == 0) throw new BadDataException($"{path} has none of the {Counted.Of(vocabulary.Words.Count, "word")} of the data.");
            float[] units = new float[checked(found.Count * dimension)];
            foreach ((int place, float[] vector) in found.Values.Index())
                TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), units.AsSpan(place * dimension, dimension));
            return new WordVectors(path, vocabulary.Words.Count, dimension, [.. found.Keys], units);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>The nearest words of each word by the cosine, itself left out, the nearest first; of equally near ones the more frequent.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="progress">Is told how many words are done and of how many; null for nobody.</param>
    /// <param name="stop">Ends the work between two blocks of words.</param>
    /// <returns>[words, <see cref="NeighbourFile.PerWord"/>] ids. A word without a vector has itself for neighbours, as has a place that no other word is left for.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public int[] Nearest(Ops ops, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(ops);
        int[] neighbours = new int[words * NeighbourFile.PerWord];
        for (int i = 0; i < neighbours.Length; i++) neighbours[i] = i / NeighbourFile.PerWord;
        int block = Math.Min(RowsPerBlock, Found);
        using Arena arena = ops.CreateArena(
            "word vectors", Arena.BytesFor(ElementType.Float32, (long)Found * dimension) + Arena.BytesFor(ElementType.Float32, (long)block * Found));
        Tensor all = arena.Take(Found, dimension), cosines = arena.Take(block, Found);
        ops.Upload<float>(units, all);
        float[] onHost = new float[checked(block * Found)];
        for (int first = 0; first < Found; first += block)
        {
            stop.ThrowIfCancellationRequested();
            int rows = Math.Min(block, Found - first), from = first;
            ops.MatMul(all.Slice(first, rows), all, cosines.Slice(0, rows), false, true);
            ops.Download(cosines.Slice(0, rows), onHost.AsSpan(0, rows * Found));
            Parallel.For(0, rows, row => Choose(onHost.AsSpan(row * Found, Found), from + row, neighbours));
            progress?.Invoke(first + rows, Found);
        }

        return neighbours;
    }

    private static string Parse(string path, int row, ReadOnlySpan<char> rest, Span<float> values)
    {
        int space = rest.IndexOf(' ');
        string word = rest[..Math.Max(0, space)].ToString();
        for (int i = 0; i < values.Length; i++)
        {
            rest = rest[(space + 1)..];
            space = rest.IndexOf(' ');
            ReadOnlySpan<char> number = space < 0 ? rest : rest[..space];
            if (!float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !float.IsFinite(values[i]))
                throw new BadDataException($"{path}: row {row} has '{number}' as number {i + 1}; expected a finite number.");
        }

        return word;
    }

    /// <summary>Keeps the largest cosines of a row in order, by insertion.</summary>
    private void Choose(ReadOnlySpan<float> cosines, int place, int[] neighbours)
    {
        Span<int> chosen = stackalloc int[NeighbourFile.PerWord];
        int count = 0;
        for (int other = 0; other < cosines.Length; other++)
        {
            if (other == place || (count == chosen.Length && !(cosines[other] > cosines[chosen[^1]]))) continue;
            int at = count < chosen.Length ? count++ : count - 1;
            for (; at > 0 && cosines[other] > cosines[chosen[at - 1]]; at--) chosen[at] = chosen[at - 1];
            chosen[at] = other;
        }

        for (int i = 0; i < count; i++) neighbours[(ids[place] * NeighbourFile.PerWord) + i] = ids[chosen[i]];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{path}: vectors of {Found} of {Counted.Of(words, "word")}, {Counted.Of(dimension, "number")} each";
}
