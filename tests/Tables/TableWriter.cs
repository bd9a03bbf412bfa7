using ParquetSharp;
using ParquetSharp.Schema;

namespace NegSamples.Tests.Tables;

/// <summary>Writes Parquet files as the programs of the Hugging Face hub do: a struct of bytes and path, and a column of labels.</summary>
internal static class TableWriter
{
    /// <summary>What the hub's programs write of the classes.</summary>
    public const string Named = """{"info": {"features": {"label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}}}""";

    /// <summary>Writes a file.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="relative">The path in it.</param>
    /// <param name="pictures">The picture of each row, null for none.</param>
    /// <param name="labels">The label of each row, null for none.</param>
    /// <param name="metadata">What the file says of the classes.</param>
    /// <param name="image">The column of pictures.</param>
    /// <param name="compression">How pages are packed.</param>
    /// <param name="rowsInGroup">The rows of a row group.</param>
    public static string Table(
        this TemporaryFolder folder, string relative, byte[]?[] pictures, long?[] labels, string? metadata = Named, string image = "image",
        Compression compression = Compression.Snappy, int rowsInGroup = 3)
    {
        using PrimitiveNode bytes = new("bytes", Repetition.Optional, LogicalType.None(), PhysicalType.ByteArray);
        using PrimitiveNode name = new("path", Repetition.Optional, LogicalType.String(), PhysicalType.ByteArray);
        using GroupNode column = new(image, Repetition.Optional, [bytes, name]);
        using PrimitiveNode label = new("label", Repetition.Optional, LogicalType.None(), PhysicalType.Int64);
        using GroupNode root = new("schema", Repetition.Required, [column, label]);
        using WriterPropertiesBuilder builder = new();
        using WriterProperties properties = builder.Compression(compression).Build();
        string path = folder.Write(relative, []);
        using ParquetFileWriter writer = new(path, root, properties, metadata is null ? null : new Dictionary<string, string> { ["huggingface"] = metadata });
        for (int first = 0; first < pictures.Length; first += rowsInGroup)
        {
            int count = Math.Min(rowsInGroup, pictures.Length - first);
            using RowGroupWriter group = writer.AppendRowGroup();
            Write(group, pictures.AsSpan(first, count));
            Write(group, new byte[]?[count]);
            using ColumnWriter<long> numbers = (ColumnWriter<long>)group.NextColumn();
            long?[] part = labels[first..(first + count)];
            numbers.WriteBatch(count, [.. part.Select(value => (short)(value is null ? 0 : 1))], default, [.. part.OfType<long>()]);
        }

        writer.Close();
        return path;
    }

    private static unsafe void Write(RowGroupWriter group, ReadOnlySpan<byte[]?> values)
    {
        byte[] all = [.. values.ToArray().SelectMany(value => value ?? [])];
        short[] levels = new short[values.Length];
        List<ByteArray> present = [];
        fixed (byte* start = all)
        {
            int offset = 0;
            for (int i = 0; i < values.Length; i++)
            {
                levels[i] = (short)(values[i] is null ? 1 : 2);
                if (values[i] is not { } value) continue;
                present.Add(new ByteArray((nint)(start + offset), value.Length));
                offset += value.Length;
            }

            using ColumnWriter<ByteArray> column = (ColumnWriter<ByteArray>)group.NextColumn();
            column.WriteBatch(values.Length, levels, default, [.. present]);
        }
    }
}
