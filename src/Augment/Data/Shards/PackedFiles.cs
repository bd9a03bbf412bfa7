using System.Buffers;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>Pictures that lie one behind the other in large files, read from their places in them: nothing is held.</summary>
internal abstract class PackedFiles : ImageFiles
{
    private readonly List<(FileStream File, string Name)> opened = [];
    private readonly Dictionary<string, (int Pack, int Picture)> places = new(StringComparer.Ordinal);

    /// <summary>The kind of the data set.</summary>
    public abstract string Kind { get; }

    /// <summary>What the messages call a large file.</summary>
    public abstract string PackWord { get; }

    /// <summary>What the messages say of how a picture has its label.</summary>
    public abstract string LabelForms { get; }

    /// <summary>Whether files that are named after no split are left out beside others that are, and not refused.</summary>
    public virtual bool PassesOverUnnamed => false;

    /// <summary>The large files with their paths below the folder that all of them lie in.</summary>
    public List<(string Path, ShardIndex Index)> Packs { get; } = [];

    /// <summary>The path of a picture within the data set.</summary>
    public static string PathOf(string pack, ShardPicture picture) => $"{pack}/{picture.Name}";

    /// <summary>What the messages call a large file.</summary>
    public string NameOf(int pack) => opened[pack].Name;

    /// <summary>The name of a class of which the labels have a number; the number where no file says one.</summary>
    public virtual string ClassName(string label) => label;

    /// <inheritdoc/>
    public override string NameOf(string path) =>
        places.TryGetValue(path, out (int Pack, int Picture) place) ? $"{NameOf(place.Pack)}: {Of(place).Name}" : path;

    /// <inheritdoc/>
    public override FileStamp? StampOf(string path) => FileStamp.Of(opened[places[path].Pack].File.Name);

    /// <inheritdoc/>
    public override ArraySegment<byte> Rent(string path)
    {
        (int Pack, int Picture) place = places[path];
        ShardPicture picture = Of(place);
        int length = (int)picture.Length;
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (!RegularFile.TryRead(opened[place.Pack].File.SafeFileHandle, bytes.AsSpan(0, length), picture.Offset))
                throw new BadDataException($"{NameOf(path)} ends early: the {PackWord} has become shorter since it was opened.");
            Check(place.Pack, place.Picture, bytes.AsSpan(0, length));
            return new ArraySegment<byte>(bytes, 0, length);
        }
        catch (Exception fault)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            if (fault is IOException or UnauthorizedAccessException) throw Unreadable(path, fault);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach ((FileStream file, _) in opened) file.Dispose();
        base.Dispose();
    }

    /// <summary>Keeps a file open from now on.</summary>
    /// <param name="file">The file; disposed with this.</param>
    /// <param name="name">What the messages call it.</param>
    protected void Keep(FileStream file, string name) => opened.Add((file, name));

    /// <summary>The path of the open file that a pack is read from.</summary>
    protected string FileOf(int pack) => opened[pack].File.Name;

    /// <summary>Refuses bytes that are not those that were packed, where that can be told.</summary>
    protected virtual void Check(int pack, int picture, ReadOnlySpan<byte> bytes)
    {
    }

    /// <summary>Makes the pictures of all <see cref="Packs"/> known by their paths.</summary>
    /// <exception cref="BadDataException">One is too large, or there twice.</exception>
    protected void Place()
    {
        for (int pack = 0; pack < Packs.Count; pack++)
        {
            (string path, ShardIndex index) = Packs[pack];
            for (int i = 0; i < index.Pictures.Length; i++)
            {
                ShardPicture picture = index.Pictures[i];
                if (picture.Length > LargestFile)
                    throw new BadDataException($"{NameOf(pack)}: {picture.Name} has {Counted.Of(picture.Length, "byte")}; expected at most {LargestFile}.");
                if (!places.TryAdd(PathOf(path, picture), (pack, i)))
                    throw new BadDataException($"{NameOf(pack)}: {picture.Name} is there twice; expected it once.");
            }
        }
    }

    private ShardPicture Of((int Pack, int Picture) place) => Packs[place.Pack].Index.Pictures[place.Picture];
}
