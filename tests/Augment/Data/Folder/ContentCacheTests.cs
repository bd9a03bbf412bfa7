using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Folder;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Data.Folder;

public sealed class ContentCacheTests : IDisposable
{
    private const int Images = 6;

    private readonly TemporaryFolder folder = new();

    private string Set => folder.PathOf("set");

    private string Cache => folder.PathOf("cache/negsamples");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnImageThatRestsIsReadOnce(bool zip)
    {
        Write();
        string data = zip ? folder.Zip("set") : Set;
        (string fingerprint, int read) = Open(data);
        Assert.Equal(Images, read);
        Assert.False(Directory.Exists(Cache)); // written just now: the next write might have the same stamp
        LetRest();
        Assert.Equal((fingerprint, Images), Open(data));
        Assert.Equal((fingerprint, 0), Open(data));
        Assert.Equal((fingerprint, 0), Open(folder.Root + "/./" + Path.GetFileName(data)));
        Assert.Single(Directory.GetFiles(Cache));
        Assert.Equal((fingerprint, Images), Open(data, cache: null));
    }

    [Fact]
    public void AnImageThatWasReplacedIsReadAgain()
    {
        Write();
        LetRest();
        (string fingerprint, _) = Open(Set);
        string path = folder.PathOf("set/a/1.png");
        DateTime time = File.GetLastWriteTimeUtc(path);
        byte[] before = File.ReadAllBytes(path), after = TemporaryFolder.Png(4, 4, 200, 2, 3);
        Assert.Equal(before.Length, after.Length);
        folder.Write("set/a/1.png", after);
        File.SetLastWriteTimeUtc(path, time);
        (string other, int read) = Open(Set);
        Assert.NotEqual(fingerprint, other);
        Assert.Equal(1, read);
        folder.Write("set/a/1.png", before[..20]);
        Assert.Contains("is truncated", Assert.Throws<BadDataException>(() => Open(Set)).Message, StringComparison.Ordinal);
        folder.Write("set/a/1.png", before);
        Assert.Equal((fingerprint, 1), Open(Set));
    }

    [Fact]
    public void WhatIsDamagedIsNoCache()
    {
        Write();
        LetRest();
        (string fingerprint, _) = Open(Set);
        string file = Assert.Single(Directory.GetFiles(Cache));
        byte[] sound = File.ReadAllBytes(file);
        List<byte[]> damages = [[], [0xFF, 0xFE], sound[..^1], sound[..(sound.Length / 2)], [.. sound, 1], Signed("negsamples contents 0\n"),
            Signed("negsamples contents 1\n1 2 3\n"), Signed("negsamples contents 1\n1 2 3\ta\tb\tc\n"), Signed("negsamples contents 1\n1 2 x 9\ta\tb\tc\n"),
            Signed($"negsamples contents 1\n{new string('9', 40)} 2 3 4\ta\tb\tc\n")];
        for (int at = 0; at < sound.Length; at += 37)
        {
            byte[] flipped = [.. sound];
            flipped[at] ^= 1;
            damages.Add(flipped);
        }

        foreach (byte[] damage in damages)
        {
            File.WriteAllBytes(file, damage);
            Assert.Equal((fingerprint, Images), Open(Set));
        }

        Assert.Equal((fingerprint, 0), Open(Set));
        Assert.Equal(sound, File.ReadAllBytes(file));
        File.Delete(file);
        Directory.CreateDirectory(file); // cannot be read, nor replaced
        Assert.Equal((fingerprint, Images), Open(Set));
        folder.Write("file", [1]);
        Assert.Equal((fingerprint, Images), Open(Set, folder.PathOf("file")));
    }

    [Fact]
    public void AReadingThatWasStoppedKeepsWhatItHad()
    {
        Write();
        LetRest();
        using CancellationTokenSource stop = new();
        long last = 0, all = 0;
        DataRequest request = new()
        {
            CacheFolder = Cache, Stop = stop.Token, Progress = (done, total) =>
            {
                Interlocked.Exchange(ref last, done);
                Interlocked.Exchange(ref all, total);
                stop.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => DataSets.Open(Set, request: request));
        Assert.InRange(last, 1, all);
        Assert.Equal(Directory.GetFiles(Set, "*.png", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), all);
        Assert.InRange(Open(Set).Read, 0, Images - 1);
        foreach (string data in new[] { folder.Tar("set"), Set })
            Assert.Throws<OperationCanceledException>(() => DataSets.Open(data, request: new() { Stop = new CancellationToken(canceled: true) }));
    }

    /// <summary>Checkpoints of large sets hold a fingerprint of the beginnings of files, which goes on to be computed for them.</summary>
    [Fact]
    public void TheFormerFingerprintOfALargeSetIsThatOfTheBeginnings()
    {
        Write();
        folder.Write("set/b/0.png", [.. TemporaryFolder.Png(4, 4, 9, 2, 3), .. new byte[100_000]]);
        LetRest();
        Open(Set); // remembers no beginnings
        using FolderFiles files = new(Set);
        DataRequest request = new() { CacheFolder = Cache };
        SplitImages train = FolderScan.Check(files, [FolderLayout.Read(files, []).Train], request, [], largestWhole: 100).Splits[0];
        StringBuilder lines = new();
        foreach (string path in Directory.GetFiles(Set, "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(path);
            string head = Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, Math.Min(bytes.Length, 65536))));
            int label = path.Contains("/a/", StringComparison.Ordinal) ? 0 : 1;
            lines.Append(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(Set, path)}\n{label} {bytes.Length} {head}\n");
        }

        string expected = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
        Assert.Contains(
            $"folder train count {Images} names and first 65536 bytes sha256 {expected}", FolderSet.Of(files, new ImageSharpDecoder(), train).FormerFingerprints);
    }

    private static byte[] Signed(string text) => Encoding.UTF8.GetBytes(text + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    private static void LetRest() => Thread.Sleep(2100);

    private void Write()
    {
        for (int i = 0; i < Images; i++) folder.Write($"set/{(i < 3 ? "a" : "b")}/{i % 3}.png", TemporaryFolder.Png(4, 4, (byte)(100 + i), 2, 3));
    }

    private (string Fingerprint, int Read) Open(string data) => Open(data, Cache);

    private static (string Fingerprint, int Read) Open(string data, string? cache)
    {
        CountingDecoder decoder = new();
        using ImageData images = DataSets.Open(data, request: new() { CacheFolder = cache, Decoder = decoder });
        return (images.Train.Fingerprint, decoder.Checked);
    }

    private sealed class CountingDecoder : IImageDecoder
    {
        private readonly ImageSharpDecoder inner = new();
        private int count;

        public int Checked => count;

        public long MaximumBytes => inner.MaximumBytes;

        public (int Height, int Width) Decode(ArraySegment<byte> file, string name, ref byte[] pixels) => inner.Decode(file, name, ref pixels);

        public void Check(ArraySegment<byte> file, string name)
        {
            Interlocked.Increment(ref count);
            inner.Check(file, name);
        }
    }
}
