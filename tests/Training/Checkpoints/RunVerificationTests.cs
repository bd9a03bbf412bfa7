using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Tests.Training.Checkpoints;

public class RunVerificationTests
{
    [Fact]
    public void ASoundRunIsSoundAndItsStepsRepeat()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 4);
        tiny.Train("run");
        Assert.All(RunVerification.Check(tiny.Folder("run")), part => Assert.Null(part.Fault));
        using CpuOps ops = new(2);
        VerifiedPart part = RunVerification.Replay(tiny.Folder("run"), TinyRun.Settings, ops, TinyRun.Images(), _ => { }, default);
        Assert.Null(part.Fault);
        Assert.Equal("steps from step-000000006 to step-000000009, done again", part.What);
    }

    [Theory]
    [InlineData("checkpoints/step-000000009/model.safetensors")]
    [InlineData("checkpoints/step-000000009/state.json")]
    [InlineData("metrics.jsonl")]
    public void WhatWasChangedIsNamed(string file)
    {
        using TinyRun tiny = new();
        tiny.Train("run");
        string path = Path.Combine(tiny.Folder("run"), file);
        byte[] bytes = File.ReadAllBytes(path);
        int at = bytes.Length / 2;
        while (bytes[at] is (byte)'\n' or (byte)' ') at++; // white space between the parts of a JSON text is no change
        bytes[at] = (byte)'\n';
        File.WriteAllBytes(path, bytes);
        VerifiedPart part = Assert.Single(RunVerification.Check(tiny.Folder("run")), part => part.Fault is not null);
        Assert.StartsWith(part.What, file, StringComparison.Ordinal);
    }

    /// <summary>Weights that this run's steps do not lead to are found, though their hashes are right.</summary>
    [Fact]
    public void OtherStepsAreFoundByTheReplay()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 4);
        tiny.Train("run", images: TinyRun.Images(), threads: 2);
        using CpuOps ops = new(1);
        VerifiedPart part = RunVerification.Replay(tiny.Folder("run"), TinyRun.Settings, ops, new OtherPixels(), _ => { }, default);
        Assert.Contains("other bits", part.Fault, StringComparison.Ordinal);
    }

    /// <summary>The run's images by their fingerprint, but not by their pixels.</summary>
    private sealed class OtherPixels() : ImagesOver(TinyRun.Images())
    {
        public override (int Height, int Width) Read(int index, ref byte[] pixels)
        {
            (int Height, int Width) size = base.Read(index, ref pixels);
            pixels[7] ^= 128;
            return size;
        }
    }
}
