using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cached;
using NegSamples.Augment.Decoding;
using NegSamples.Kernels;

namespace NegSamples.Tests.Augment.Data.Cached;

public sealed class ImageCacheTests : IDisposable
{
    private const int Images = 24;

    private readonly TemporaryFolder folder = new();
    private readonly CountingDecoder decoder = new();

    private string CacheFolder => folder.PathOf("cache");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ImageCache.Memory)]
    [InlineData(ImageCache.Disk)]
    [InlineData(ImageCache.Automatic)]
    public void PicturesAreDecodedOnceAndTheSame(string cache)
    {
        byte[][] expected = Expected();
        using (ImageData data = Open(cache))
        {
            Assert.Empty(data.Warnings);
            Assert.Equal(cache != ImageCache.Disk, data.Train.CacheBytes > Images * 3L);
            Read(data.Train); // several threads, each all pictures, so that two meet at one
            long decoded = decoder.Decodes;
            for (int epoch = 0; epoch < 2; epoch++) Assert.Equal(expected, Read(data.Train));
            Assert.Equal(decoded, decoder.Decodes);
            Assert.Equal("a/0.png", data.Train.FileOf(0)?[^7..]);
        }

        using ImageData again = Open(cache);
        long before = decoder.Decodes;
        Assert.Equal(expected, Read(again.Train));
        Assert.Equal(cache == ImageCache.Disk, decoder.Decodes == before);
    }

    [Fact]
    public void WhatIsDamagedOnTheDiskIsDecodedAnew()
    {
        byte[][] expected = Expected();
        Open(ImageCache.Disk).Dispose();
        string file = Directory.GetFiles(CacheFolder, "decoded-*.pictures").MaxBy(path => new FileInfo(path).Length)!; // the training split's
        byte[] sound = File.ReadAllBytes(file), one = [.. sound];
        one[5] ^= 4;
        foreach ((byte[] bytes, bool isWhole) in new[] { (one, false), (sound[..^3], true), (sound[..20], true), ([], true) })
        {
            File.WriteAllBytes(file, bytes);
            using ImageData data = Open(ImageCache.Disk);
            long before = decoder.Decodes;
            Assert.Equal(expected, Read(data.Train));
            Assert.Equal(isWhole, decoder.Decodes == before); // one picture is decoded again at each read, the others are made anew at the opening
        }

        decoder.Name = "another";
        long decodes = decoder.Decodes;
        Open(ImageCache.Disk).Dispose();
        Assert.True(decoder.Decodes >= decodes + Images); // what another decoder has made is not taken
        folder.Write("set/train/a/0.png", TemporaryFolder.Png(4, 4, 77, 0, 0));
        using ImageData changed = Open(ImageCache.Disk);
        byte[] pixels = [];
        changed.Train.Read(0, ref pixels);
        Assert.Equal(77, pixels[0]);
    }

    [Fact]
    public void MemoryIsBoundedByWhatIsAvailable()
    {
        byte[][] expected = Expected();
        AvailableMemory.Instead.Value = [new MemoryLimit("a test", 1500)];
        try
        {
            using (ImageData data = Open(ImageCache.Automatic)) Assert.Equal(0, data.Train.CacheBytes);
            using ImageData some = Open(ImageCache.Memory);
            Assert.Contains("up to 750 of them are kept in memory", Assert.Single(some.Warnings), StringComparison.Ordinal);
            Assert.Equal(750, some.Train.CacheBytes);
            Read(some.Train);
            long before = decoder.Decodes;
            for (int i = 0; i < Images; i++) Assert.Equal(expected[i], Pixels(some.Train, i));
            Assert.InRange(decoder.Decodes - before, 1, Images - 1); // some are kept and some are not
        }
        finally
        {
            AvailableMemory.Instead.Value = null;
        }
    }

    [Fact]
    public void TheDiskNeedsAFolder()
    {
        Expected();
        DataRequest request = new() { Cache = ImageCache.Disk };
        Assert.Contains("`cache` is disk; expected memory or off", Assert.Throws<DataRequestException>(() => DataSets.Open(folder.PathOf("set"), request: request)).Message, StringComparison.Ordinal);
    }

    /// <summary>Writes the set and reads it without a cache.</summary>
    private byte[][] Expected()
    {
        for (int i = 0; i < Images; i++)
            folder.Write($"set/train/{(i < 12 ? "a" : "b")}/{i}.png", TemporaryFolder.Png(3 + (i % 3), 4 + (i % 2), (byte)(i + 1), 5, 6));
        folder.Write("set/test/a/0.png", TemporaryFolder.Png(3, 3, 1, 2, 3));
        folder.Write("set/test/b/0.png", TemporaryFolder.Png(3, 3, 4, 2, 3));
        using ImageData data = DataSets.Open(folder.PathOf("set"));
        return [.. Enumerable.Range(0, data.Train.Count).Select(i => Pixels(data.Train, i))];
    }

    private ImageData Open(string cache) => DataSets.Open(folder.PathOf("set"), request: new() { Cache = cache, CacheFolder = CacheFolder, Decoder = decoder });

    private static byte[][] Read(IImageSet set)
    {
        byte[][] read = new byte[set.Count][];
        Parallel.For(0, 3 * set.Count, i => read[i % set.Count] = Pixels(set, i % set.Count));
        return read;
    }

    private static byte[] Pixels(IImageSet set, int index)
    {
        byte[] pixels = [];
        (int height, int width) = set.Read(index, ref pixels);
        return [(byte)height, (byte)width, .. pixels.AsSpan(0, 3 * height * width)];
    }

    private sealed class CountingDecoder : IImageDecoder
    {
        private readonly ImageSharpDecoder decoder = new();
        private long decodes;

        public long Decodes => Interlocked.Read(ref decodes);

        public string Name { get; set; } = "counting";

        public long MaximumBytes => decoder.MaximumBytes;

        public (int Height, int Width) Decode(ArraySegment<byte> file, string name, ref byte[] pixels)
        {
            Interlocked.Increment(ref decodes);
            return decoder.Decode(file, name, ref pixels);
        }
    }
}
