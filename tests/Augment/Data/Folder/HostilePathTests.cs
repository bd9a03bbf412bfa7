using System.IO.Compression;
using NegSamples.Augment.Data;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Data.Folder;

/// <summary>Paths that lead round in a circle or out of the archive, and names of any letters.</summary>
public class HostilePathTests
{
    [Fact]
    public void ALinkToItsOwnFolderEndsInWordsOrInTheImages()
    {
        using TemporaryFolder folder = new();
        foreach (string file in new[] { "set/train/a/0.png", "set/train/b/0.png" }) folder.Write(file, TemporaryFolder.Png(4, 5, 1, 2, 3));
        Directory.CreateSymbolicLink(folder.PathOf("set/train/a/round"), "..");
        try
        {
            using ImageData data = DataSets.Open(folder.PathOf("set"));
            Assert.Equal(["a", "b"], data.Train.ClassNames);
        }
        catch (BadDataException)
        {
            // Refused in words.
        }
    }

    [Fact]
    public void AnEntryThatLeadsOutOfTheArchiveIsWrittenNowhere()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("in/set.zip");
        Directory.CreateDirectory(folder.PathOf("in"));
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (string name in new[] { "train/a/0.png", "train/b/0.png", "../../escaped.png", "/escaped.png", "train/a/../../../escaped.png" })
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(TemporaryFolder.Png(4, 5, 1, 2, 3));
            }
        }

        try
        {
            using ImageData data = DataSets.Open(path);
            byte[] image = [];
            for (int i = 0; i < data.Train.Count; i++) data.Train.Read(i, ref image);
        }
        catch (BadDataException)
        {
            // Refused in words.
        }

        Assert.Equal([path], Directory.GetFiles(folder.Root, "*", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(folder.Root, "..", "escaped.png")) || File.Exists("/escaped.png"));
    }

    [Fact]
    public void SpacesAndLettersOfAnyScriptAreNames()
    {
        using TemporaryFolder folder = new();
        string set = "mit Leerzeichen/" + new string('x', 200) + "/猫";
        foreach (string file in new[] { "train/ä ö/0.png", "train/б/0.png" }) folder.Write($"{set}/{file}", TemporaryFolder.Png(4, 5, 1, 2, 3));
        using ImageData data = DataSets.Open(folder.PathOf(set));
        Assert.Equal(["ä ö", "б"], data.Train.ClassNames);
    }
}
