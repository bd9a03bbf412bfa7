using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>Kept kernels: whole or not there, never more than the folder may take.</summary>
public class KernelTextFolderTests
{
    [Fact]
    public void WhatIsDamagedIsNotThereAndIsKeptAnew()
    {
        using TemporaryFolder folder = new();
        KernelTextFolder texts = new(folder.PathOf("kernels"));
        Assert.Null(texts.Find("one"));
        texts.Keep("one", "a text\nof lines\n");
        Assert.Equal("a text\nof lines\n", new KernelTextFolder(folder.PathOf("kernels")).Find("one"));
        Assert.Null(texts.Find("two"));
        string file = Assert.Single(Directory.GetFiles(folder.PathOf("kernels")));
        byte[] sound = File.ReadAllBytes(file);
        for (int at = 0; at < sound.Length; at++)
        {
            byte[] damaged = [.. sound];
            damaged[at] ^= 1;
            File.WriteAllBytes(file, damaged);
            Assert.Null(texts.Find("one"));
            File.WriteAllBytes(file, sound[..at]);
            Assert.Null(texts.Find("one"));
        }

        texts.Keep("one", "again");
        Assert.Equal("again", texts.Find("one"));
    }

    [Fact]
    public void TheOldestMakeRoom()
    {
        using TemporaryFolder folder = new();
        string text = new('x', 1000);
        for (int i = 0; i < 4; i++)
        {
            KernelTextFolder texts = new(folder.Root, mostBytes: 2500);
            texts.Keep($"{i}", text);
            foreach (string file in Directory.GetFiles(folder.Root)) File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(-1));
        }

        KernelTextFolder last = new(folder.Root);
        Assert.Equal([null, text, text, text], Enumerable.Range(0, 4).Select(i => last.Find($"{i}")));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenKeepsNothing()
    {
        using TemporaryFolder folder = new();
        folder.Write("kernels", [1]);
        KernelTextFolder texts = new(folder.PathOf("kernels"));
        texts.Keep("one", "text");
        Assert.Null(texts.Find("one"));
    }
}
