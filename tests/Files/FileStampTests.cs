using NegSamples.Files;

namespace NegSamples.Tests.Files;

public sealed class FileStampTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AStampIsWhatTheFileSystemTells()
    {
        string path = folder.Write("a", [1, 2, 3]);
        FileStamp first = FileStamp.Of(path)!.Value;
        Assert.Equal(3, first.Length);
        Assert.Equal(File.GetLastWriteTimeUtc(path), DateTime.UnixEpoch.AddTicks(first.Written / 100));
        Assert.False(first.IsAtRest);
        Assert.Null(FileStamp.Of(folder.PathOf("nothing")));
        File.CreateSymbolicLink(folder.PathOf("link"), path);
        Assert.Equal(first, FileStamp.Of(folder.PathOf("link")));
    }

    /// <summary>A program can set the time of writing, not that of the change: what was replaced under its old time has another stamp.</summary>
    [Fact]
    public void AReplacedFileHasAnotherStampWhateverItsTime()
    {
        if (OperatingSystem.IsWindows()) return;
        string path = folder.Write("a", [1, 2, 3]);
        DateTime old = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, old);
        FileStamp first = FileStamp.Of(path)!.Value;
        Assert.False(first.IsAtRest);
        Thread.Sleep(30);
        folder.Write("a", [1, 2, 4]);
        File.SetLastWriteTimeUtc(path, old);
        FileStamp second = FileStamp.Of(path)!.Value;
        Assert.Equal((first.Length, first.Written, first.Number), (second.Length, second.Written, second.Number));
        Assert.NotEqual(first, second);
        Assert.True((second with { Changed = second.Written }).IsAtRest);
    }
}
