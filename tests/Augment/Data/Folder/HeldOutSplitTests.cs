using NegSamples.Augment.Data;

namespace NegSamples.Tests.Augment.Data.Folder;

public sealed class HeldOutSplitTests : IDisposable
{
    private static readonly (string Class, int Images, int HeldOut)[] Classes = [("ant", 10, 3), ("bee", 1, 0), ("cow", 2, 1), ("dog", 5, 2)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("train/")]
    public void EachClassGivesItsShare(string prefix)
    {
        Write(prefix);
        using ImageData data = DataSets.Open(folder.PathOf("set"), request: Request(0.3));
        Assert.Equal(Classes.Select(entry => entry.Class), data.Train.ClassNames);
        Assert.Equal(data.Train.ClassNames, data.Test!.ClassNames);
        for (int label = 0; label < Classes.Length; label++)
        {
            Assert.Equal(Classes[label].HeldOut, Colours(data.Test, label).Length);
            Assert.Equal(Classes[label].Images - Classes[label].HeldOut, Colours(data.Train, label).Length);
            Assert.Equal(Enumerable.Range(0, Classes[label].Images), Colours(data.Train, label).Concat(Colours(data.Test, label)).Order());
        }

        Assert.Contains(data.Warnings, text => text.Contains("6 of the 18 images, drawn by the seed 5 (`testShare` 0.3)", StringComparison.Ordinal));
        Assert.DoesNotContain(data.Warnings, text => text.Contains("no test split", StringComparison.Ordinal));
    }

    /// <summary>The images that this seed holds out, on every machine.</summary>
    [Fact]
    public void TheSplitIsAFunctionOfTheSeedAndThePaths()
    {
        Write("");
        HashSet<string> fingerprints = [];
        foreach (string path in new[] { folder.PathOf("set"), folder.Zip("set"), folder.Tar("set") })
        {
            using ImageData data = DataSets.Open(path, request: Request(0.3));
            Assert.Equal("1,3,5", string.Join(',', Colours(data.Test!, 0)));
            fingerprints.Add(data.Train.Fingerprint + data.Test!.Fingerprint);
        }

        Assert.Single(fingerprints);
        using ImageData other = DataSets.Open(folder.PathOf("set"), request: Request(0.3) with { Seed = 6 });
        Assert.NotEqual(fingerprints.Single(), other.Train.Fingerprint + other.Test!.Fingerprint);
    }

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(0.999, 9)]
    public void BothSplitsKeepOneImageOfAClass(double share, int heldOut)
    {
        Write("");
        using ImageData data = DataSets.Open(folder.PathOf("set"), request: Request(share));
        Assert.Equal(heldOut, Colours(data.Test!, 0).Length);
        Assert.Single(Colours(data.Train, 2));
    }

    [Fact]
    public void ATestSplitThatIsThereAndImagesWithoutLabelsAreRefused()
    {
        Write("train/");
        folder.Write("flat/a.png", TemporaryFolder.Png(2, 2, 1, 2, 3));
        foreach (string name in Classes.Select(entry => entry.Class)) folder.Write($"set/val/{name}/0.png", TemporaryFolder.Png(2, 2, 1, 2, 3));
        Assert.Equal($"`testShare` is 0.3; expected none, for {folder.PathOf("set/val")} is the test split.", Fault(folder.PathOf("set")));
        Assert.Contains("has no labels", Fault(folder.PathOf("flat")), StringComparison.Ordinal);
        Assert.Contains("test_batch.bin is the test split", Fault(Cli.TinyImages.WriteCifar10(folder.PathOf("cifar"), recordsPerFile: 1)), StringComparison.Ordinal);
        Assert.Contains("has a test split of its own", Fault("shapes"), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAShareTheSettingIsNamed()
    {
        Write("");
        using ImageData data = DataSets.Open(folder.PathOf("set"));
        Assert.Contains(data.Warnings, text => text.Contains("`testShare` 0.1 holds out a tenth", StringComparison.Ordinal));
    }

    private static DataRequest Request(double share) => new() { TestShare = share, Seed = 5 };

    private static string Fault(string data) => Assert.Throws<DataRequestException>(() => DataSets.Open(data, request: Request(0.3))).Message;

    private static int[] Colours(IImageSet set, int label)
    {
        byte[] pixels = [];
        return [.. Enumerable.Range(0, set.Count).Where(index => set.Label(index) == label).Select(index =>
        {
            set.Read(index, ref pixels);
            return (int)pixels[0];
        })];
    }

    private void Write(string prefix)
    {
        foreach ((string name, int images, _) in Classes)
            for (int i = images - 1; i >= 0; i--) folder.Write($"set/{prefix}{name}/{i}.png", TemporaryFolder.Png(2, 2, (byte)i, 2, 3));
    }
}
