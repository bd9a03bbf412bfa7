using System.IO.Compression;
using NegSamples.Augment.Data;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Data.Folder;

public sealed class FolderSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("wrapped zip")]
    [InlineData("tar")]
    public void ClassesAndFilesAreInOrdinalOrder(string way)
    {
        WriteClasses();
        folder.Write("set/train/Zebra/readme.txt", [1]);
        folder.Write("set/train/Zebra/.hidden.png", [1]);
        string path = way == "folder" ? folder.PathOf("set") : way == "tar" ? folder.Tar("set") : folder.Zip("set", way == "wrapped zip");
        using ImageData data = DataSets.Open(path);
        Assert.Equal("folder", data.Kind);
        Assert.Equal(["Zebra", "ant", "bee"], data.Train.ClassNames);
        Assert.Equal([0, 0, 1, 2, 2], Enumerable.Range(0, data.Train.Count).Select(data.Train.Label));
        Assert.Equal([50, 51, 52, 53, 54], Enumerable.Range(0, 5).Select(i => Red(data.Train, i)));
        Assert.Equal([60, 61, 62], Enumerable.Range(0, 3).Select(i => Red(data.Test!, i)));
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(data.Test!.Label));
        if (way == "tar") return; // the packer of this test leaves hidden files out itself
        Assert.Equal(
            [
                $"{path}: 1 file left out by name (.txt); what is read: .png, .jpg, .jpeg, .jpe, .jfif, .bmp, .webp.",
                $"{path}: 1 image left out, hidden or in folders of the system (such as @eaDir).",
            ],
            data.Warnings);
    }

    [Fact]
    public void TheFingerprintIsThatOfNamesAndContents()
    {
        WriteClasses();
        string Print(string path)
        {
            using ImageData data = DataSets.Open(path);
            Assert.Contains("names and sizes", Assert.Single(data.Train.FormerFingerprints), StringComparison.Ordinal);
            return data.Train.Fingerprint;
        }

        string first = Print(folder.PathOf("set"));
        Assert.Equal(first, Print(folder.Zip("set")));
        Assert.Equal(first, Print(folder.Tar("set")));
        byte[] before = File.ReadAllBytes(folder.PathOf("set/train/ant/B.PNG")), after = TemporaryFolder.Png(4, 4, 99, 2, 3);
        Assert.Equal(before.Length, after.Length);
        folder.Write("set/train/ant/B.PNG", after);
        string replaced = Print(folder.PathOf("set"));
        Assert.NotEqual(first, replaced);
        File.Move(folder.PathOf("set/train/ant/B.PNG"), folder.PathOf("set/train/ant/C.PNG"));
        Assert.NotEqual(replaced, Print(folder.PathOf("set")));
    }

    [Fact]
    public void AFolderOfImagesAloneIsForTrainingWithoutLabels()
    {
        folder.Write("b.png", TemporaryFolder.Png(4, 6, 2, 0, 0));
        folder.Write("a.png", TemporaryFolder.Png(3, 5, 1, 0, 0));
        using ImageData data = DataSets.Open(folder.Root);
        Assert.Null(data.Test);
        Assert.Empty(data.Train.ClassNames);
        Assert.Equal([1, 2], Enumerable.Range(0, 2).Select(i => Red(data.Train, i)));
        byte[] pixels = [];
        Assert.Equal((4, 6), data.Train.Read(1, ref pixels));
        Assert.Contains("has no labels", Assert.Throws<InvalidOperationException>(() => data.Train.Label(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainAloneIsEnoughAndTestAloneIsNot()
    {
        WriteClasses();
        Directory.Delete(folder.PathOf("set/test"), recursive: true);
        using (ImageData data = DataSets.Open(folder.PathOf("set"))) Assert.Null(data.Test);
        Directory.Move(folder.PathOf("set/train"), folder.PathOf("set/test"));
        Assert.Equal($"{folder.PathOf("set/train")} is missing; expected it beside test/.", TemporaryFolder.Fault(folder.PathOf("set")));
    }

    [Fact]
    public void AnEmptyClassIsNamed()
    {
        WriteClasses();
        Directory.CreateDirectory(folder.PathOf("set/train/cow"));
        Assert.Equal($"{folder.PathOf("set/train/cow")} is a class without images; expected at least one (.png, .jpg, .jpeg, .jpe, .jfif, .bmp, .webp).", TemporaryFolder.Fault(folder.PathOf("set")));
        folder.Write("set/train/cow/notes.txt", [1]);
        string zip = folder.Zip("set");
        Assert.Equal($"{zip}: train/cow is a class without images; it has 1 file of other names (.txt); expected at least one (.png, .jpg, .jpeg, .jpe, .jfif, .bmp, .webp).", TemporaryFolder.Fault(zip));
    }

    [Fact]
    public void OtherClassesInTestAreNamed()
    {
        WriteClasses();
        Directory.Move(folder.PathOf("set/test/bee"), folder.PathOf("set/test/wasp"));
        Assert.EndsWith("has other classes than train/: missing bee; not in train/ wasp.", TemporaryFolder.Fault(folder.PathOf("set")), StringComparison.Ordinal);
    }

    [Fact]
    public void AnImageOutsideTheClassFoldersIsNamed()
    {
        WriteClasses();
        string path = folder.Write("set/train/stray.jpg", [1]);
        Assert.Equal($"{path} lies outside the class folders; expected train/<class>/.", TemporaryFolder.Fault(folder.PathOf("set")));
    }

    [Fact]
    public void AnEmptyTrainFolderIsAFault()
    {
        Directory.CreateDirectory(folder.PathOf("train"));
        Assert.EndsWith("has no class folders; expected train/<class>/ with images.", TemporaryFolder.Fault(folder.Root), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "is empty (0 bytes)")]
    [InlineData(30, "is truncated")]
    public void ABadImageIsNamedWhenTheSetIsOpened(int length, string expected)
    {
        WriteClasses();
        string path = folder.Write("set/train/Zebra/a.png", TemporaryFolder.Png(4, 4, 1, 2, 3)[..length]);
        string zip = folder.Zip("set");
        foreach ((string data, string name) in new[] { (folder.PathOf("set"), path), (zip, $"{zip}: train/Zebra/a.png") })
        {
            Assert.StartsWith($"1 of the 8 images cannot be read:\n{name} {expected}", TemporaryFolder.Fault(data), StringComparison.Ordinal);
            using ImageData opened = DataSets.Open(data, request: new() { SkipBad = 1 });
            Assert.Contains(opened.Warnings, text => text.StartsWith($"1 of the 8 images cannot be read and are left out:\n{name}", StringComparison.Ordinal));
            Assert.Equal([51, 52, 53, 54], Enumerable.Range(0, opened.Train.Count).Select(i => Red(opened.Train, i)));
        }
    }

    /// <summary>What an opening left out is left out by every later one, whatever has become of the files; a file that became bad since is refused.</summary>
    [Fact]
    public void TheSameImagesAreLeftOutAgain()
    {
        WriteClasses();
        byte[] sound = File.ReadAllBytes(folder.PathOf("set/train/Zebra/a.png"));
        folder.Write("set/train/Zebra/a.png", sound[..30]);
        string fingerprint;
        using (ImageData first = DataSets.Open(folder.PathOf("set"), request: new() { SkipBad = 2 }))
        {
            Assert.Equal(["train/Zebra/a.png"], first.LeftOut);
            fingerprint = first.Train.Fingerprint;
        }

        DataRequest again = new() { SkipBad = 2, LeftOut = ["train/Zebra/a.png"] };
        foreach (string path in new[] { folder.PathOf("set"), folder.Zip("set", includeBase: true), folder.Tar("set") })
        {
            using ImageData data = DataSets.Open(path, request: again);
            Assert.Equal((fingerprint, "train/Zebra/a.png"), (data.Train.Fingerprint, Assert.Single(data.LeftOut)));
            Assert.Contains(data.Warnings, text => text.Contains("1 image left out, as when the run began", StringComparison.Ordinal));
        }

        folder.Write("set/train/Zebra/a.png", sound);
        using (ImageData mended = DataSets.Open(folder.PathOf("set"), request: again)) Assert.Equal(fingerprint, mended.Train.Fingerprint);
        string other = folder.Write("set/train/bee/x.png", sound[..30]);
        string message = Assert.Throws<BadDataException>(() => DataSets.Open(folder.PathOf("set"), request: again)).Message;
        Assert.Contains("could be when the run began", message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatVanishedIsNamed()
    {
        WriteClasses();
        using ImageData data = DataSets.Open(folder.PathOf("set"));
        File.Delete(folder.PathOf("set/train/Zebra/a.png"));
        byte[] pixels = [];
        Assert.StartsWith($"{folder.PathOf("set/train/Zebra/a.png")} cannot be read:", Assert.Throws<BadDataException>(() => data.Train.Read(0, ref pixels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATruncatedZipAndADamagedEntryAreFaults()
    {
        WriteClasses();
        string zip = folder.Zip("set");
        byte[] whole = File.ReadAllBytes(zip);
        File.WriteAllBytes(zip, whole[..(whole.Length / 2)]);
        Assert.StartsWith($"{zip} cannot be read as a zip archive; it is truncated or corrupt:", TemporaryFolder.Fault(zip), StringComparison.Ordinal);
        byte[] damaged = [.. whole];
        damaged.AsSpan(0, 200).Fill(0xEE);
        (damaged[0], damaged[1]) = ((byte)'P', (byte)'K');
        File.WriteAllBytes(zip, damaged);
        Assert.Contains($"images cannot be read:\n{zip}: t", TemporaryFolder.Fault(zip), StringComparison.Ordinal);
    }

    [Fact]
    public void AllBadImagesAreNamedTogether()
    {
        WriteClasses();
        for (int i = 0; i < 25; i++) folder.Write($"set/train/bee/bad{i:d2}.png", [.. TemporaryFolder.Png(4, 4, 1, 2, 3).Take(40)]);
        string message = TemporaryFolder.Fault(folder.PathOf("set"));
        Assert.StartsWith("25 of the 33 images cannot be read:\n", message, StringComparison.Ordinal);
        Assert.Contains("bad19.png is truncated", message, StringComparison.Ordinal);
        Assert.EndsWith("\nand 5 more\nMend or remove them, or leave them out: `skipBad` 25.", message, StringComparison.Ordinal);
        Assert.Throws<BadDataException>(() => DataSets.Open(folder.PathOf("set"), request: new() { SkipBad = 24 }));
        folder.Write("set/train/ant/B.PNG", [1]);
        Assert.Contains("no image that can be read of ant", Assert.Throws<BadDataException>(() => DataSets.Open(folder.PathOf("set"), request: new() { SkipBad = 26 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFlippedBitOfAZipIsFoundByItsChecksum()
    {
        folder.Write("set/a.bmp", Bmp());
        string path = folder.PathOf("set.zip");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create)) archive.CreateEntryFromFile(folder.PathOf("set/a.bmp"), "a.bmp", CompressionLevel.NoCompression);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[30 + 5 + 60] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("do not have the checksum", TemporaryFolder.Fault(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ReadingFromManyThreadsGivesTheSame(bool zip)
    {
        for (int i = 0; i < 60; i++) folder.Write($"set/{i:d3}.png", TemporaryFolder.Png(8 + i, 9, (byte)i, 1, 2));
        using ImageData data = DataSets.Open(zip ? folder.Zip("set") : folder.PathOf("set"));
        Parallel.For(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            byte[] pixels = [];
            Assert.Equal((8 + (i % 60), 9), data.Train.Read(i % 60, ref pixels));
            Assert.Equal(i % 60, pixels[^3]);
        });
    }

    private static byte[] Bmp()
    {
        using SixLabors.ImageSharp.Image<SixLabors.ImageSharp.PixelFormats.Rgb24> image = new(9, 7, new(1, 2, 3));
        using MemoryStream stream = new();
        SixLabors.ImageSharp.ImageExtensions.SaveAsBmp(image, stream);
        return stream.ToArray();
    }

    private static int Red(IImageSet set, int index)
    {
        byte[] pixels = [];
        set.Read(index, ref pixels);
        return pixels[0];
    }

    private void WriteClasses()
    {
        folder.Write("set/train/Zebra/b.png", TemporaryFolder.Png(4, 4, 51, 2, 3));
        folder.Write("set/train/Zebra/a.png", TemporaryFolder.Png(4, 4, 50, 2, 3));
        folder.Write("set/train/ant/B.PNG", TemporaryFolder.Png(4, 4, 52, 2, 3));
        folder.Write("set/train/bee/deep/er/a.png", TemporaryFolder.Png(4, 4, 54, 2, 3));
        folder.Write("set/train/bee/a.png", TemporaryFolder.Png(4, 4, 53, 2, 3));
        folder.Write("set/test/Zebra/a.png", TemporaryFolder.Png(4, 4, 60, 2, 3));
        folder.Write("set/test/ant/a.png", TemporaryFolder.Png(4, 4, 61, 2, 3));
        folder.Write("set/test/bee/a.png", TemporaryFolder.Png(4, 4, 62, 2, 3));
    }
}
