using System.Globalization;
using System.Numerics.Tensors;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Kernels;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Similarity;

/// <summary>The features of one tower in a file of another program: read where they lie, checked number by number.</summary>
internal sealed class TowerFile : IDisposable
{
    private const int NumbersAtOnce = 1 << 20;

    // Lengths nearer to 1 than this are those of unit rows that were rounded to half precision.
    private const float UnitRounding = 2e-3f;

    private readonly ArrayFile file;
    private float shortest = float.PositiveInfinity, longest;
    private long zeroRows;

    /// <summary>Opens a file.</summary>
    /// <exception cref="BadDataException">It is none of numbers, or not (N, D).</exception>
    public TowerFile(string path)
    {
        file = ArrayFile.OpenNamed(path);
        if (file.Shape.Length == 2 && file.Count > 0) return;
        string shape = ShapeText;
        file.Dispose();
        throw new BadDataException($"{file.Name} has the shape {shape}; expected (N, D), a row of features for each query or key.");
    }

    public long Rows => file.Shape[0];

    public long Dimension => file.Shape[1];

    public string ShapeText => $"({string.Join(", ", file.Shape.ToArray())})";

    public string Name => file.Name;

    /// <summary>Reads all rows.</summary>
    /// <exception cref="BadDataException">A number is not finite.</exception>
    public void Read(Ops ops, Tensor rows, CancellationToken stop)
    {
        int dimension = rows.Columns, perPiece = Math.Clamp(NumbersAtOnce / dimension, 1, rows.Rows);
        float[] piece = new float[perPiece * dimension];
        long bad = 0, place = 0;
        float firstBad = 0;
        for (int first = 0; first < rows.Rows; first += perPiece)
        {
            stop.ThrowIfCancellationRequested();
            int count = Math.Min(perPiece, rows.Rows - first);
            Span<float> numbers = piece.AsSpan(0, count * dimension);
            file.Read((long)first * dimension, numbers);
            ops.Upload<float>(numbers, rows.Slice(first, count));
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> row = numbers.Slice(i * dimension, dimension);
                float length = TensorPrimitives.Norm(row);
                (shortest, longest) = (MathF.Min(shortest, length), MathF.Max(longest, length));
                if (length == 0) zeroRows++;
                for (int d = 0; d < dimension && !float.IsFinite(length); d++)
                {
                    if (!float.IsFinite(row[d]) && bad++ == 0) (place, firstBad) = (((long)(first + i) * dimension) + d, row[d]);
                }
            }
        }

        if (bad > 0)
            throw new BadDataException(Text($"{Name} has {Counted.Of(bad, "number")} that {(bad == 1 ? "is" : "are")} not finite, the first {firstBad} in feature {place % dimension} ")
                + Text($"of row {place / dimension}; expected none."));
        if (!float.IsFinite(longest))
            throw ArrayFile.RowsTooLong(Name);
    }

    /// <summary>What should be known of the lengths of the rows; null where all are 1.</summary>
    public string? NoteOfLengths(string effect) => shortest >= 1 - UnitRounding && longest <= 1 + UnitRounding ? null
        : Text($"{Name}: rows have lengths from {shortest:G4} to {longest:G4}{(zeroRows > 0 ? Text($", {zeroRows} of them 0, which have no direction") : "")}; {effect}.");

    public void Dispose() => file.Dispose();

    private static string Text(FormattableString message) => message.ToString(CultureInfo.InvariantCulture);
}
