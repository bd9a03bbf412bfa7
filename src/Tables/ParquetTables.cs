using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NegSamples.Augment.Data.Tables;
using NegSamples.Files;
using ParquetSharp;

namespace NegSamples.Tables;

/// <summary>Reads pictures and labels from Parquet files as the Hugging Face hub has them.</summary>
/// <remarks>
/// The picture is the column `image` or `img`, bytes or a struct of bytes and path, or else the only such struct there is. The label is the column `label`,
/// `labels`, `fine_label` or `class`: a number, whose name the file's metadata may say, or a text. A negative number is none.
/// </remarks>
internal sealed partial class ParquetTables : IImageTables
{
    private const int Batch = 256, MostRows = 1 << 24, Ends = 8;

    private static readonly string[] ImageColumns = ["image.bytes", "img.bytes", "image", "img"], LabelColumns = ["label", "labels", "fine_label", "class"];

    /// <inheritdoc/>
    public IReadOnlyList<string>? Read(string path, TableRow row, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(row);
        CheckEnds(path);
        try
        {
            using ParquetFileReader reader = new(path);
            FileMetaData file = reader.FileMetaData;
            string[] columns = [.. Enumerable.Range(0, file.NumColumns).Select(column => file.Schema.Column(column).Path.ToDotString())];
            int image = ImageColumn(path, columns, file.Schema), label = LabelColumn(path, columns, file.Schema);
            if (file.NumRows is < 0 or > MostRows) throw new BadDataException($"{path} claims {Counted.Of(file.NumRows, "row")}; expected at most {MostRows}.");
            int rows = 0;
            for (int group = 0; group < file.NumRowGroups; group++)
            {
                using RowGroupReader part = reader.RowGroup(group);
                long count = part.MetaData.NumRows;
                if (count < 0 || count > MostRows - rows) throw new BadDataException($"{path} claims {Counted.Of(count, "row")} in a group; expected at most {MostRows}.");
                string?[] labels = label < 0 ? new string?[count] : Labels(part, label, path, (int)count, stop);
                Pictures(part, image, path, rows, labels, row, stop);
                rows += (int)count;
            }

            return label < 0 ? null : Names(file.KeyValueMetadata, columns[label]);
        }
        catch (Exception fault) when (fault is ParquetException or ArgumentException or NotSupportedException or InvalidOperationException or OverflowException)
        {
            string reason = Inner().Match(fault.Message) is { Success: true } match ? match.Groups["text"].Value : fault.Message;
            throw new BadDataException($"{path} cannot be read as Parquet; it is cut short or corrupt: {reason.ReplaceLineEndings(" ")}", fault);
        }
    }

    /// <summary>Refuses a file that is cut short before anything of it is believed.</summary>
    private static void CheckEnds(string path)
    {
        Span<byte> first = stackalloc byte[Ends / 2], last = stackalloc byte[Ends];
        long length;
        try
        {
            using FileStream file = RegularFile.Open(path);
            length = file.Length;
            if (length < Ends + first.Length) throw CutShort(path, $"it has {Counted.Of(length, "byte")}");
            file.ReadExactly(first);
            file.Seek(-Ends, SeekOrigin.End);
            file.ReadExactly(last);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{path} cannot be read: {fault.Message}", fault);
        }

        if (last[4..] is [(byte)'P', (byte)'A', (byte)'R', (byte)'E']) throw new BadDataException($"{path} is encrypted Parquet, which is not read.");
        if (!first.SequenceEqual("PAR1"u8)) throw CutShort(path, "it does not begin with PAR1");
        if (!last[4..].SequenceEqual("PAR1"u8)) throw CutShort(path, "it does not end with PAR1");
        uint footer = BinaryPrimitives.ReadUInt32LittleEndian(last);
        if (footer > length - Ends - first.Length) throw CutShort(path, $"its footer claims {footer} of its {Counted.Of(length, "byte")}");
    }

    private static BadDataException CutShort(string path, string reason) => new($"{path} cannot be read as Parquet; it is cut short or corrupt: {reason}.");

    private static int ImageColumn(string path, string[] columns, SchemaDescriptor schema)
    {
        int found = ImageColumns.Select(name => Array.IndexOf(columns, name)).FirstOrDefault(column => column >= 0, -1);
        if (found < 0)
        {
            int[] features = [.. Enumerable.Range(0, columns.Length).Where(column => columns[column].EndsWith(".bytes", StringComparison.Ordinal)
                && columns.Contains(columns[column][..^".bytes".Length] + ".path"))];
            if (features.Length == 1) found = features[0];
        }

        if (found < 0)
        {
            string there = columns.Length == 0 ? "none" : string.Join(", ", columns.Select(column => $"'{column}'"));
            throw new BadDataException($"{path} has no column of images; expected 'image' or 'img', with bytes; it has {there}.");
        }

        ColumnDescriptor column = schema.Column(found);
        return column.PhysicalType == PhysicalType.ByteArray && column.MaxRepetitionLevel == 0 ? found
            : throw new BadDataException($"{path}: the column '{columns[found]}' holds {Held(column)}; expected bytes, an image file in each row.");
    }

    private static int LabelColumn(string path, string[] columns, SchemaDescriptor schema)
    {
        int found = LabelColumns.Select(name => Array.IndexOf(columns, name)).FirstOrDefault(column => column >= 0, -1);
        if (found < 0) found = Array.FindIndex(columns, column => LabelColumns.Any(name => column.StartsWith(name + ".", StringComparison.Ordinal))); // lists and records
        if (found < 0) return found;
        ColumnDescriptor column = schema.Column(found);
        return column.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.ByteArray && column.MaxRepetitionLevel == 0 ? found
            : throw new BadDataException($"{path}: the column '{columns[found]}' holds {Held(column)}; expected whole numbers or texts, the labels.");
    }

    private static string Held(ColumnDescriptor column) => column.MaxRepetitionLevel > 0 ? $"lists of {column.PhysicalType}" : $"{column.PhysicalType}";

    private static string?[] Labels(RowGroupReader part, int label, string path, int count, CancellationToken stop)
    {
        using ColumnReader column = part.Column(label);
        List<string?> labels = [];
        switch (column)
        {
            case ColumnReader<int> numbers:
                Walk(numbers, path, count, value => labels.Add(Text(value)), stop);
                break;
            case ColumnReader<long> numbers:
                Walk(numbers, path, count, value => labels.Add(Text(value)), stop);
                break;
            case ColumnReader<ByteArray> texts:
                Walk(texts, path, count, value => labels.Add(value is { } text ? System.Text.Encoding.UTF8.GetString(Bytes(text)) : null), stop);
                break;
            default:
                throw new BadDataException($"{path} has labels that are neither whole numbers nor texts.");
        }

        return [.. labels];
    }

    private static void Pictures(RowGroupReader part, int image, string path, int first, string?[] labels, TableRow row, CancellationToken stop)
    {
        using ColumnReader column = part.Column(image);
        if (column is not ColumnReader<ByteArray> pictures) throw new BadDataException($"{path} has images that are not bytes.");
        int at = 0;
        Walk(pictures, path, labels.Length, value =>
        {
            if (value is not { Length: > 0 } picture)
                throw new BadDataException($"{path}: row {first + at} has no bytes of a picture; pictures that lie elsewhere are not read.");
            row(Bytes(picture), labels[at++]);
        }, stop);
    }

    /// <summary>Gives each value of a column in the order of the rows, null where a row has none.</summary>
    private static void Walk<T>(ColumnReader<T> column, string path, int rows, Action<T?> take, CancellationToken stop)
        where T : unmanaged
    {
        short present = column.ColumnDescriptor.MaxDefinitionLevel;
        short[] levels = new short[Batch], repetitions = new short[Batch];
        T[] values = new T[Batch];
        for (int seen = 0; seen < rows;)
        {
            stop.ThrowIfCancellationRequested();
            int wanted = Math.Min(Batch, rows - seen), next = 0;
            long read = column.HasNext ? column.ReadBatch(wanted, levels, repetitions, values, out _) : 0;
            if (read <= 0) throw CutShort(path, $"a column ends after {seen} of {Counted.Of(rows, "row")}");
            for (int i = 0; i < read; i++) take(present == 0 || levels[i] == present ? values[next++] : null);
            seen += (int)read;
        }
    }

    private static unsafe ReadOnlySpan<byte> Bytes(ByteArray array) => new((void*)array.Pointer, array.Length);

    private static string? Text(long? label) => label is >= 0 ? label.Value.ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>The class names that the hub's programs write beside the columns; null where there are none.</summary>
    private static string[]? Names(IReadOnlyDictionary<string, string> metadata, string label)
    {
        if (!metadata.TryGetValue("huggingface", out string? text)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement feature = document.RootElement.GetProperty("info").GetProperty("features").GetProperty(label);
            return [.. feature.GetProperty("names").EnumerateArray().Select(name => name.GetString() ?? "")];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null; // the numbers name the classes
        }
    }

    // The library's messages begin with the name of a type of C++.
    [GeneratedRegex(@"\(message: '(?<text>.*)'\)$", RegexOptions.Singleline)]
    private static partial Regex Inner();
}
