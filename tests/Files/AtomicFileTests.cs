using System.Text;
using NegSamples.Files;

namespace NegSamples.Tests.Files;

public class AtomicFileTests
{
    [Fact]
    public void ReplacesTheFileAndLeavesNothingBehind()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("results.json");
        File.WriteAllText(path, "a much longer text of a run before");
        File.WriteAllText(path + ".tmp", "what a killed process has left, longer than the new text");
        AtomicFile.WriteText(path, "{\"υ\": 0.69}");
        Assert.Equal(Encoding.UTF8.GetBytes("{\"υ\": 0.69}"), File.ReadAllBytes(path));
        Assert.Equal(["results.json"], folder.Names());
    }

    [Fact]
    public void WhatIsNotCommittedLeavesTheOldFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("results.json");
        AtomicFile.WriteBytes(path, [1, 2, 3]);
        using (AtomicFile file = new(path))
        {
            file.Stream.Write([9]);
            Assert.Equal(["results.json", "results.json.tmp"], folder.Names());
        }

        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["results.json"], folder.Names());
    }

    /// <summary>A full disk is told of the file that was asked for, also where the fault is seen only when the buffer is written.</summary>
    [Theory]
    [InlineData(DiskCall.Write, 10_000)]
    [InlineData(DiskCall.Sync, 3)]
    public void AFaultNamesTheFileThatIsMeant(object call, int bytes)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("results.npy");
        Disk.Fault.Value = (now, at) =>
        {
            if (now == (DiskCall)call) throw new IOException($"No space left on device : '{at}'");
        };
        try
        {
            IOException fault = Assert.Throws<IOException>(() =>
            {
                using AtomicFile file = new(path);
                file.Stream.Write(new byte[bytes]);
                file.Commit();
            });
            Assert.Equal($"No space left on device : '{path}'", fault.Message);
            Assert.Empty(folder.Names());
        }
        finally
        {
            Disk.Fault.Value = null;
        }
    }

    [Fact]
    public void APlaceThatCannotBeWrittenLeavesNoTemporaryFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("taken");
        Directory.CreateDirectory(path);
        Assert.ThrowsAny<SystemException>(() => AtomicFile.WriteBytes(path, [1]));
        Assert.Empty(folder.Names());
    }
}
