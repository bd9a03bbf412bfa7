using System.Globalization;

namespace NegSamples.Files.Arrays;

/// <summary>A table of numbers as text: one row a line, separated by commas, semicolons, tabs or spaces, with or without a line of names above.</summary>
internal static class NumberTable
{
    private static readonly char[] Separators = [',', ';', '\t', ' '];

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The numbers row by row, and how many a row has.</returns>
    /// <exception cref="BadDataException">A row has other columns than the first, or something that is no number; the message names the line.</exception>
    public static (float[] Values, int Columns) Read(string path)
    {
        List<float> values = [];
        int columns = 0, number = 0;
        char separator = ',';
        bool hasNamelessColumn = false, mayBeNames = false;
        using StreamReader lines = new(RegularFile.Open(path));
        while (lines.ReadLine() is { } line)
        {
            number++;
            if (line.Contains('\0')) throw Bad(path, number, "holds binary data", "numbers as text; or .npy, .npz, .safetensors");
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (columns == 0) separator = Separators.FirstOrDefault(line.Trim().Contains, ',');
            string[] cells = line.Trim().Split(separator, StringSplitOptions.TrimEntries | (separator == ' ' ? StringSplitOptions.RemoveEmptyEntries : 0));
            if (columns == 0 && number == 1 && !cells.Any(IsNumber))
            {
                hasNamelessColumn = cells.Length > 1 && cells[0].Trim('"').Length == 0;
                continue; // names
            }

            if (columns == 0)
            {
                columns = cells.Length;
                mayBeNames = number == 1 && columns > 1 && cells.Select((cell, place) => cell == place.ToString(CultureInfo.InvariantCulture)).All(same => same);
            }
            else if (mayBeNames && values.Count == columns && cells.Any(cell => cell.AsSpan().ContainsAny('.', 'e', 'E')))
                throw Bad(path, 1, $"counts from 0 to {columns - 1}, as pandas names columns that have no names", "rows of numbers: write them with header=False");

            if (cells.Length != columns) throw Bad(path, number, $"has {Counted.Of(cells.Length, "column")}", $"{columns}, as the first row");
            foreach (string cell in cells)
            {
                if (!float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
                    throw Bad(path, number, $"has '{(cell.Length > 40 ? cell[..40] + "…" : cell)}'", "a number with a decimal point");
                if (values.Count == Array.MaxLength) throw Bad(path, number, "is one too many", $"{Counted.Of(Array.MaxLength, "number")} at most; .npy has no such limit");
                values.Add(value);
            }
        }

        if (hasNamelessColumn && Enumerable.Range(0, values.Count / Math.Max(1, columns)).All(row => values[row * columns] == row))
            throw Bad(path, 1, "gives the first column no name, and it counts the rows, as the index that pandas writes", "features alone: write them with index=False");
        if (columns == 0) throw new BadDataException($"{path} has no numbers; expected rows of numbers as text, or .npy, .npz, .safetensors.");
        return ([.. values], columns);
    }

    private static bool IsNumber(string cell) => float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static BadDataException Bad(string path, int line, string found, string expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{path}: line {line} {found}; expected {expected}."));
}
