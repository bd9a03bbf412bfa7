using NegSamples.Augment.Data.Cached;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Tables;

/// <summary>
/// The pictures of a table, unpacked once into a file of the cache folder: in the table itself some hundreds are packed together, and a picture in any order
/// is wanted.
/// </summary>
internal static class UnpackedTable
{
    /// <summary>Opens the unpacked file of a table.</summary>
    /// <param name="path">The table.</param>
    /// <param name="reader">Reads it where it was not unpacked before.</param>
    /// <param name="request">Has the cache folder, and ends the reading.</param>
    /// <param name="seen">Is told how many bytes have been unpacked.</param>
    /// <exception cref="BadDataException">The table cannot be read, or there is no room for its pictures.</exception>
    public static (FileStream File, PictureIndex Index) Open(string path, IImageTables reader, DataRequest request, Action<long> seen)
    {
        FileStamp stamp = FileStamp.Of(path) ?? throw new BadDataException($"{path} does not exist.");
        string about = FormattableString.Invariant($"{stamp.Length} {stamp.Written} {stamp.Changed} {stamp.Number}");
        return KeptPictures.Open(
            request.CacheFolder, TableFiles.TableKind, Path.GetFullPath(path), about, () => stamp.Length, $"The unpacked pictures of {path}", Unpack,
            request.Stop);

        IReadOnlyList<string>? Unpack(PictureWriter writer)
        {
            IReadOnlyList<string>? names = reader.Read(path, (picture, label) =>
            {
                writer.Add(picture, label);
                seen(writer.Written);
            }, request.Stop);
            return FileStamp.Of(path) == stamp ? names : throw new BadDataException($"{path} was changed while it was read.");
        }
    }
}
