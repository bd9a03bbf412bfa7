using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Text;

/// <summary>The rows of a CSV file as RFC 4180 has it: a field may stand in double quotes, and a double quote within is doubled.</summary>
internal static class CsvRows
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The fields of each row. Empty lines are passed over.</summary>
    /// <param name="name">The file, for messages.</param>
    /// <param name="bytes">Its contents, UTF-8.</param>
    /// <exception cref="BadDataException">A field is no UTF-8, or its quote is never closed; the message names the row, from 1.</exception>
    public static IEnumerable<string[]> Read(string name, byte[] bytes)
    {
        int at = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        List<string> fields = [];
        for (int row = 1; at < bytes.Length;)
        {
            fields.Add(Field(name, bytes, ref at, row));
            if (at < bytes.Length && bytes[at] == ',')
            {
                at++;
                continue;
            }

            if (at < bytes.Length && bytes[at] == '\r') at++;
            if (at < bytes.Length && bytes[at] != '\n') throw new BadDataException($"{name}: row {row} goes on behind a closing quote; expected a comma or the end of the line.");
            at++;
            if (fields is not [""])
            {
                yield return [.. fields];
                row++;
            }

            fields.Clear();
        }
    }

    private static string Field(string name, byte[] bytes, ref int at, int row)
    {
        bool isQuoted = at < bytes.Length && bytes[at] == '"';
        int first = isQuoted ? ++at : at;
        for (; at < bytes.Length; at++)
        {
            if (!isQuoted && bytes[at] is (byte)',' or (byte)'\n' or (byte)'\r') break;
            if (!isQuoted || bytes[at] != '"') continue;
            if (at + 1 == bytes.Length || bytes[at + 1] != '"') break;
            at++; // the second of two
        }

        if (isQuoted && at == bytes.Length) throw new BadDataException($"{name}: row {row} has a quote that is never closed.");
        string text;
        try
        {
            text = Strict.GetString(bytes, first, at - first);
        }
        catch (DecoderFallbackException fault)
        {
            string advice = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? " The file begins as UTF-16 does; save it as UTF-8." : "";
            throw new BadDataException($"{name}: row {row} is no UTF-8: {fault.Message}{advice}", fault);
        }

        if (!isQuoted) return text;
        at++;
        return text.Replace("\"\"", "\"", StringComparison.Ordinal);
    }
}
