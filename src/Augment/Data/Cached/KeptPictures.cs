using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cached;

/// <summary>
/// A file of pictures in the cache folder that is made once, by one of several processes that want it at a time, and appears whole or not at all.
/// </summary>
internal static class KeptPictures
{
    /// <summary>Opens the file that is about something; makes it where it is not there, is damaged or is about something else.</summary>
    /// <param name="folder">The cache folder; null for a temporary file, which is gone when it is closed.</param>
    /// <param name="kind">What it holds, the beginning of its name.</param>
    /// <param name="key">What names it among its kind.</param>
    /// <param name="about">What the pictures are made from.</param>
    /// <param name="room">Bytes that must be free on the disk, asked for where the file is made.</param>
    /// <param name="what">What is made, for messages, as a subject.</param>
    /// <param name="make">Writes the pictures; gives the names of the classes.</param>
    /// <param name="stop">Ends the waiting for another process.</param>
    /// <exception cref="BadDataException">There is no room, or the file cannot be written.</exception>
    public static (FileStream File, PictureIndex Index) Open(
        string? folder, string kind, string key, string about, Func<long> room, string what, Func<PictureWriter, IReadOnlyList<string>?> make,
        CancellationToken stop)
    {
        string place = folder ?? Path.GetTempPath();
        try
        {
            if (folder is null) return OpenTemporary(about, room, what, make);
            string path = Path.Combine(folder, $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}.pictures");
            if (TryOpen(path, about) is { } known) return known;
            Disk.CreateFolder(folder);
            using FileStream claim = Claim(path, stop);
            if (TryOpen(path, about) is { } others) return others; // another process has made it meanwhile
            RequireRoom(folder, room, what);
            using AtomicFile file = new(path);
            PictureWriter writer = new(file.Stream);
            writer.Finish(about, make(writer));
            file.Commit();
            return TryOpen(path, about) ?? throw new IOException("what was written is not what is read");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{what} cannot be written into {place}: {fault.Message}", fault);
        }
    }

    private static (FileStream, PictureIndex) OpenTemporary(string about, Func<long> room, string what, Func<PictureWriter, IReadOnlyList<string>?> make)
    {
        RequireRoom(Path.GetTempPath(), room, what);
        string name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        FileStream file = new(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
        try
        {
            PictureWriter writer = new(file);
            return (file, writer.Finish(about, make(writer)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static (FileStream, PictureIndex)? TryOpen(string path, string about)
    {
        if (!File.Exists(path)) return null;
        FileStream file = RegularFile.Open(path);
        if (PictureIndex.Read(file, about) is { } index) return (file, index);
        file.Dispose();
        return null;
    }

    /// <summary>
    /// The right to write the file, until it is disposed: of several processes one makes it and the others wait. That of a process that dies ends with it.
    /// </summary>
    private static FileStream Claim(string path, CancellationToken stop)
    {
        const int most = 100; // tries where the claim is nobody's: between a try and the look at it, its owner may have given it up
        string claim = path + ".lock";
        for (int tries = 0; ;)
        {
            try
            {
                return new FileStream(claim, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException && (File.Exists(claim) || ++tries < most))
            {
                stop.ThrowIfCancellationRequested();
                Thread.Sleep(50);
            }
        }
    }

    private static void RequireRoom(string folder, Func<long> room, string what)
    {
        long needed = room();
        long free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;
        if (free < needed)
        {
            throw new BadDataException(string.Create(
                CultureInfo.InvariantCulture, $"{what} need about {Counted.Of(needed, "byte", "N0")} in {folder}; {free:N0} are free there."));
        }
    }
}
