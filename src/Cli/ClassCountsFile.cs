using System.Globalization;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Cli;

/// <summary>A text file of class counts: a count a line, or a name and a count, parted by blanks, tabs, commas or semicolons.</summary>
/// <remarks>Blank lines and what follows <c>#</c> at a line's start or after a blank are comments. A first line of words is a heading.</remarks>
internal static class ClassCountsFile
{
    private static readonly char[] Separators = [' ', '\t', ',', ';'];

    /// <summary>Reads the counts, in the order of the lines.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadDataException">It cannot be read, a line is no count, a name stands twice, or no count is above 0.</exception>
    public static IReadOnlyList<int> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {exception.Message}", exception);
        }

        List<int> counts = [];
        Dictionary<string, int> places = [];
        bool mayBeHeading = true;
        long total = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = Fields(path, i, Content(lines[i]));
            if (fields.Length == 0) continue;
            bool isHeading = mayBeHeading && fields.Length > 1 && fields.All(field => !IsNumber(field));
            mayBeHeading = false;
            if (isHeading) continue;
            counts.Add(Count(path, i, fields));
            total += counts[^1];
            string name = string.Join(' ', fields[..^1]);
            if (name.Length > 0 && !places.TryAdd(name, i + 1))
                throw new BadDataException(
                    FormattableString.Invariant($"{path}, line {i + 1}: the class '{name}' stands in line {places[name]} already; expected one line a class."));
        }

        if (counts.Count == 0) throw new BadDataException($"{path} holds no counts; expected a count a line, or a name and a count.");
        if (total == 0) throw new BadDataException($"{path}: all counts are 0; expected at least one above.");
        if (total > int.MaxValue)
            throw new BadDataException(FormattableString.Invariant($"{path}: the counts sum to {total}; expected at most {int.MaxValue}."));
        return counts;
    }

    private static int Count(string path, int line, string[] fields)
    {
        string text = fields[^1];
        if (fields.Length > 2 && fields.All(IsNumber))
            throw new BadDataException(
                FormattableString.Invariant($"{path}, line {line + 1} has {Counted.Of(fields.Length, "number")}; expected a count, or a name and a count."));
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) || count < 0)
            throw new BadDataException(
                FormattableString.Invariant($"{path}, line {line + 1}: the count is '{text}'; expected a whole number from 0 to {int.MaxValue}."));
        return count;
    }

    /// <summary>The fields of a line; within quotes separators are text, and two quotes are one.</summary>
    private static string[] Fields(string path, int line, string text)
    {
        List<string> fields = [];
        StringBuilder field = new();
        bool isQuoted = false, hasField = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"' && (isQuoted || field.Length == 0)) (isQuoted, hasField) = (!isQuoted, true);
            else if (isQuoted || !(Separators.Contains(c) || char.IsWhiteSpace(c))) field.Append(c);
            else Take();
        }

        if (isQuoted) throw new BadDataException(FormattableString.Invariant($"{path}, line {line + 1}: a quote is not closed."));
        Take();
        return [.. fields];

        void Take()
        {
            if (field.Length > 0 || hasField) fields.Add(field.ToString().Trim());
            field.Clear();
            hasField = false;
        }
    }

    private static string Content(string line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1]))) return line[..i];
        }

        return line;
    }

    private static bool IsNumber(string field) => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
