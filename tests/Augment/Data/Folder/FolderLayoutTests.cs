using System.Formats.Tar;
using NegSamples.Augment.Data;

namespace NegSamples.Tests.Augment.Data.Folder;

public sealed class FolderLayoutTests : IDisposable
{
    private const string Annotations = "val_0.png\tb\t0\t0\t9\t9\nval_1.png\ta\t0\t0\t9\t9\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Files, then what must be read of them: classes, training and test images with their labels, and a part of a warning.</summary>
    public static TheoryData<string, string, string, string, string, string> Layouts => new()
    {
        { "validation alone", "train/a/0.png train/b/0.png val/a/0.png val/b/0.png", "a b", "01", "01", "val is the test split" },
        { "Roboflow", "train/a/0.jpg train/b/0.jpg valid/a/0.jpg valid/b/0.jpg test/a/0.jpg test/b/0.jpg", "a b", "01", "01", "valid is left out" },
        { "capitals", "Train/a/0.png Train/b/0.png Validation/a/0.png Validation/b/0.png", "a b", "01", "01", "Validation is the test split" },
        { "Tiny ImageNet", "train/a/images/0.png train/a/a_boxes.txt train/b/images/0.png val/images/val_0.png val/images/val_1.png val/val_annotations.txt "
            + "test/images/0.png", "a b", "01", "01", "test is left out: its images have no labels" },
        { "ImageNet", "ILSVRC/Data/CLS-LOC/train/a/0.JPEG ILSVRC/Data/CLS-LOC/train/b/0.JPEG ILSVRC/Data/CLS-LOC/test/0.JPEG "
            + "ILSVRC/Annotations/CLS-LOC/train/a/0.xml", "a b", "01", "", "no test split" },
        { "flat test", "train/a/0.png train/b/0.png test/0.png test/1.png", "a b", "01", "", "test is left out: its images have no labels" },
        { "classes alone", "cat/0.png dog/0.png dog/deep/er/1.png", "cat dog", "011", "", "no test split" },
        { "a class named train", "bus/0.png train/0.png", "bus train", "01", "", "no test split" },
        { "wrapped", "x/y/train/a/0.png x/y/train/b/0.png x/y/test/a/0.png x/y/test/b/0.png README.md x/LICENSE", "a b", "01", "01", "" },
        { "wrapped beside a picture", "logo.png set/train/a/0.png set/train/b/0.png", "a b", "01", "", "no test split" },
        { "doubled", "training_set/train/train/a/0.png training_set/train/train/b/0.png", "a b", "01", "", "no test split" },
        { "no labels", "train/0.png train/1.png", "", "??", "", "its images have no labels" },
        { "droppings", "a/0.png a/@eaDir/0.png/T.png b/0.png #recycle/a/0.png lost+found/0.png $RECYCLE.BIN/0.png __MACOSX/a/._0.png", "a b", "01", "", "images left out, hidden" },
        { "another folder of a split", "train/a/0.png train/b/0.png training/a/1.png test/a/0.png test/b/0.png", "a b", "01", "01", "1 image beside the splits left out" },
        { "pictures beside the splits", "train/a/0.png train/b/0.png logo.png", "a b", "01", "", "1 image beside the splits left out" },
        { "a class of no image", "a/0.png b/0.png c/labels.xml", "a b", "01", "", "c holds no images and is no class" },
        { "names of JPEG", "a/0.jfif b/0.jpe", "a b", "01", "", "no test split" },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void LayoutsOfTheFieldAreRead(string what, string files, string classes, string train, string test, string warning)
    {
        foreach (string file in files.Split(' '))
            folder.Write("set/" + file, file.EndsWith(".txt", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetBytes(Annotations) : TemporaryFolder.Png(4, 5, 1, 2, 3));
        foreach (string path in new[] { folder.PathOf("set"), folder.Zip("set"), folder.Tar("set") })
        {
            using ImageData data = DataSets.Open(path);
            Assert.True(classes == string.Join(' ', data.Train.ClassNames), what);
            Assert.Equal(train, Labels(data.Train));
            Assert.Equal(test, data.Test is null ? "" : Labels(data.Test));
            if (warning.Length > 0) Assert.Contains(data.Warnings, text => text.Contains(warning, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void ALinkInAnArchiveIsTheFileItLeadsTo()
    {
        string tar = folder.PathOf("links.tar");
        Pack(tar, ("a/0.png", null, false), ("a/hard.png", "a/0.png", true), ("b/first.png", "../b/later.png", false), ("b/later.png", null, false), ("b/text.txt", "nothing", false));
        using ImageData data = DataSets.Open(tar);
        Assert.Equal("0011", Labels(data.Train));
        byte[] pixels = [], again = [];
        data.Train.Read(2, ref pixels);
        data.Train.Read(3, ref again);
        Assert.Equal(pixels, again);

        Pack(tar, ("a/0.png", null, false), ("b/0.png", null, false), ("b/1.png", "/etc/passwd", false));
        Assert.Contains("b/1.png is a link to /etc/passwd, which is no image of the archive", TemporaryFolder.Fault(tar), StringComparison.Ordinal);
        Pack(tar, ("a/0.png", null, false), ("b/0.png", "1.png", false), ("b/1.png", "0.png", false));
        Assert.Contains("which is no image of the archive", TemporaryFolder.Fault(tar), StringComparison.Ordinal);
    }

    /// <summary>Packs pictures, and links with what they lead to.</summary>
    private static void Pack(string path, params (string Name, string? Target, bool IsHard)[] entries)
    {
        using FileStream file = File.Create(path);
        using TarWriter tar = new(file, TarEntryFormat.Pax);
        byte color = 0;
        foreach ((string name, string? target, bool isHard) in entries)
        {
            PaxTarEntry entry = new(target is null ? TarEntryType.RegularFile : isHard ? TarEntryType.HardLink : TarEntryType.SymbolicLink, name);
            if (target is null) entry.DataStream = new MemoryStream(TemporaryFolder.Png(4, 5, color++, 2, 3));
            else entry.LinkName = target;
            tar.WriteEntry(entry);
        }
    }

    [Theory]
    [InlineData("x/train/a/0.png y/train/a/0.png", "has a train/ in x/, y/")]
    [InlineData("0.png a/0.png", "holds images both in folders (a/) and without (0.png)")]
    [InlineData("val/a/0.png val/b/0.png", "train is missing; expected it beside val/")]
    [InlineData("train/a/0.png train/b/0.png val/images/0.png val/val_annotations.txt", "has no line for val/images/0.png")]
    [InlineData("train/a/0.png train/c/0.png val/images/val_1.png val/val_annotations.txt", "line 1 is 'val_0.png\tb\t0")]
    public void WhatIsAmbiguousIsNamed(string files, string expected)
    {
        foreach (string file in files.Split(' '))
            folder.Write("set/" + file, file.EndsWith(".txt", StringComparison.Ordinal) ? System.Text.Encoding.UTF8.GetBytes(Annotations) : TemporaryFolder.Png(4, 5, 1, 2, 3));
        Assert.Contains(expected, TemporaryFolder.Fault(folder.PathOf("set")), StringComparison.Ordinal);
    }

    [Fact]
    public void PipesAreLeftOutAndNamed()
    {
        if (OperatingSystem.IsWindows()) return;
        folder.Write("set/a/0.png", TemporaryFolder.Png(4, 5, 1, 2, 3));
        folder.Write("set/b/0.png", TemporaryFolder.Png(4, 5, 1, 2, 3));
        foreach (string pipe in new[] { "set/a/x.png", "pipe" })
        {
            using System.Diagnostics.Process made = System.Diagnostics.Process.Start("mkfifo", [folder.PathOf(pipe)]);
            made.WaitForExit();
        }

        File.CreateSymbolicLink(folder.PathOf("set/b/link.png"), folder.PathOf("set/b/0.png"));
        using (ImageData data = DataSets.Open(folder.PathOf("set")))
        {
            Assert.Equal("011", Labels(data.Train));
            Assert.Contains(data.Warnings, text => text.Contains("1 special file named like images", StringComparison.Ordinal));
        }

        Assert.Contains("is no regular file", TemporaryFolder.Fault(folder.PathOf("pipe")), StringComparison.Ordinal);
        Assert.Contains("is no regular file", TemporaryFolder.Fault("/dev/null"), StringComparison.Ordinal);
    }

    private static string Labels(IImageSet set)
    {
        byte[] pixels = [];
        return string.Concat(Enumerable.Range(0, set.Count).Select(index =>
        {
            Assert.Equal((4, 5), set.Read(index, ref pixels));
            return set.ClassNames.Count == 0 ? "?" : $"{set.Label(index)}";
        }));
    }
}
