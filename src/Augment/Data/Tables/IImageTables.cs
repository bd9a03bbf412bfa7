using NegSamples.Files;

namespace NegSamples.Augment.Data.Tables;

/// <summary>Takes a row of a table.</summary>
/// <param name="picture">The image file in it, for the time of the call.</param>
/// <param name="label">The number or the name of its class; null where it has none.</param>
internal delegate void TableRow(ReadOnlySpan<byte> picture, string? label);

/// <summary>Reads tables of pictures.</summary>
internal interface IImageTables
{
    /// <summary>Reads all rows of a file in their order, some at a time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="row">Takes each row.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <returns>The names of the classes from number 0 on, or null where the file says none.</returns>
    /// <exception cref="BadDataException">It is damaged, or has no column of images; the message names those that it has.</exception>
    IReadOnlyList<string>? Read(string path, TableRow row, CancellationToken stop);
}
