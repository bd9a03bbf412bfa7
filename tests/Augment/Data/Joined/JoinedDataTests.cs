using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Joined;
using NegSamples.Files;
using NegSamples.Tables;
using NegSamples.Tests.Augment.Data.Shards;
using NegSamples.Tests.Tables;

namespace NegSamples.Tests.Augment.Data.Joined;

public sealed class JoinedDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TrainingImagesAreJoinedWithTheirLabelsByName()
    {
        string one = Write("first, with comma/ant/1.png", 1), two = Write("first, with comma/bee/2.png", 2);
        string first = folder.PathOf("first, with comma"), second = folder.PathOf("the second"), third = folder.PathOf("shards");
        folder.Table("the second/train-0.parquet", [ShardWriter.Picture(3), ShardWriter.Picture(4)], [0, 1], Names("bee", "ant"));
        folder.Table("the second/test-0.parquet", [ShardWriter.Picture(5), ShardWriter.Picture(6), ShardWriter.Picture(7)], [0, 0, 1], Names("bee", "ant"));
        folder.Shard("shards/train-0.tar", [.. ShardWriter.Sample("x", 8, "bee"), .. ShardWriter.Sample("y", 9, "ant")]);
        folder.Shard("shards/test-0.tar", [.. ShardWriter.Sample("z", 10, "ant")]);
        string all = JoinedPath.Of([first, second, third]);
        Assert.Equal([first, second, third], JoinedPath.Parts(all));
        using ImageData data = Open(all);
        Assert.Equal("mixed", data.Kind);
        Assert.Equal(["ant", "bee"], data.Train.ClassNames);
        Assert.Equal([(1, 0), (2, 1), (3, 1), (4, 0), (8, 1), (9, 0)], Pairs(data.Train));
        Assert.Equal([(5, 1), (6, 1), (7, 0)], Pairs(data.Test!));
        Assert.Contains($"The test split is that of {second}, the first that has one.", data.Warnings);
        Assert.Equal("2/train-0.parquet/row 1", data.Train.FileOf(3));
        Assert.True(data.Train.DecodesOnRead);
        using (ImageData again = Open(all, data.Kind)) Assert.Equal(data.Train.Fingerprint, again.Train.Fingerprint);
        using (ImageData other = Open(JoinedPath.Of([second, first, third]))) Assert.NotEqual(data.Train.Fingerprint, other.Train.Fingerprint);
        using ImageData folders = Open(JoinedPath.Of([first, Folder("third", "bee", "ant")]));
        Assert.Equal("folder", folders.Kind);
        Assert.Null(folders.Test);
        Assert.True(File.Exists(one) && File.Exists(two));
    }

    [Fact]
    public void UnlabelledImagesAreJoined()
    {
        Write("a/1.png", 1);
        Write("b/2.png", 2);
        using ImageData data = Open($"{folder.PathOf("a")};{folder.PathOf("b")}");
        Assert.Empty(data.Train.ClassNames);
        Assert.Equal(2, data.Train.Count);
        Assert.Throws<InvalidOperationException>(() => data.Train.Label(0));
    }

    [Fact]
    public void WhatDoesNotFitTogetherIsNamed()
    {
        string two = Folder("two", "ant", "bee"), three = Folder("three", "ant", "bee", "cat"), other = Folder("other", "ant", "dog");
        string none = Path.GetDirectoryName(Write("none/1.png", 1))!;
        Assert.Contains("three train has the class cat, which two train has not", Fault(two, three), StringComparison.Ordinal);
        Assert.Contains("two train has no class cat, which three train has", Fault(three, two), StringComparison.Ordinal);
        Assert.Contains("other train has the class dog, which two train has not", Fault(two, other), StringComparison.Ordinal);
        Assert.Contains("two train has labels and none train has none", Fault(two, none), StringComparison.Ordinal);
        Assert.Contains("two train has labels and none train has none", Fault(none, two), StringComparison.Ordinal);
        Assert.Contains("names a data set twice", Fault(two, two), StringComparison.Ordinal);
        Assert.Contains("names nothing before or after a semicolon", Fault(two, ""), StringComparison.Ordinal);
        Assert.Contains("expects several data sets", TemporaryFolder.Fault(two, "mixed"), StringComparison.Ordinal);
        Assert.Throws<BadDataException>(() => JoinedPath.Of([two, "a;b"]));
        Assert.Equal("a;b", JoinedPath.Of(["a;b"]));
        Assert.Throws<DataRequestException>(() => DataSets.Open($"{two};{three}", request: new() { SkipBad = 1 }));
        string odd = Folder("odd;name", "ant", "bee");
        Assert.Equal([odd], JoinedPath.Parts(odd)); // what is there under the name is that
        using ImageData data = Open(odd);
        Assert.Equal(4, data.Train.Count);
    }

    private string Fault(params string[] paths) => TemporaryFolder.Fault(JoinedPath.Of(paths));

    private static ImageData Open(string data, string? kind = null) => DataSets.Open(data, kind, new DataRequest { Tables = new ParquetTables() });

    private static string Names(params string[] names) =>
        $$$"""{"info": {"features": {"label": {"names": [{{{string.Join(", ", names.Select(name => $"\"{name}\""))}}}], "_type": "ClassLabel"} } } }""";

    private string Write(string relative, byte red) => folder.Write(relative, ShardWriter.Picture(red));

    private string Folder(string name, params string[] classes)
    {
        foreach (string of in classes)
            for (int i = 0; i < 2; i++) Write($"{name}/{of}/{i}.png", (byte)(i + 1));
        return folder.PathOf(name);
    }

    private static (int Red, int Label)[] Pairs(IImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i =>
    {
        byte[] pixels = [];
        set.Read(i, ref pixels);
        return ((int)pixels[0], set.Label(i));
    })];
}
