using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Tests.Study.Foreign;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

/// <summary>Where verbs write: folders are made, what cannot be written is refused before anything is computed and by the name that was given, and a refusal leaves nothing.</summary>
public class OutputPlaceTests
{
    // PLACE is a folder; RUN a run, SET its images, F, L features and labels.
    private static readonly string[] Lines =
    [
        "views --data SET --count 1 --views 1 --output PLACE/out.png", "neighbours RUN --count 1 --nearest 1 --output PLACE/out.png",
        "eval --features F --labels L --test-features F --test-labels L --linear-epochs 1 --output PLACE/out.json",
        "bound --features F,F --labels L --test-features F,F --test-labels L --negatives 3 --temperature 0.5 --output PLACE/out.json",
        "collision --features F,F --labels L --temperature 0.5 --output PLACE/out.json", "export RUN --safetensors PLACE/out.safetensors", "export RUN --onnx PLACE/out.onnx",
        "report RUN --output PLACE/out.html", "report RUN --format csv --output PLACE/out.csv", "init PLACE/out.json", "coupon --classes 3 --draws 4 --plot PLACE/out.svg",
        "similarity --keys 16 --rows 8 --repetitions 1 --plot PLACE/out.svg",
        "report RUN --format tensorboard --output PLACE/out", "features RUN --output PLACE/out", "similarity --queries F --keys F --output PLACE/out",
        "train --data SET --batch-size 8 --dim 8 --steps 1 --output PLACE/out", "sweep --data SET --batch-sizes 8 --dim 8 --steps 1 --linear-epochs 1 --output PLACE/out",
    ];

    public static TheoryData<string> Verbs => [.. Lines];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task TheFoldersAboveAreMadeAndARefusalLeavesNone(string line)
    {
        using Material material = new();
        string place = Path.Combine(material.Folder("new"), "deep");
        Func<DiskCall, string, bool> refuses = (call, path) => path.Contains("deep", StringComparison.Ordinal) && path.Contains("out", StringComparison.Ordinal);
        (int code, _, string error) = await Run(material, line, place, refuses);
        Assert.True(code == ExitCode.Usage, $"exit {code}: {error}");
        Assert.Contains($"is {place}", error, StringComparison.Ordinal);
        Assert.Contains("which cannot be written", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(material.Folder("new")), "a folder is left");

        (code, _, error) = await Run(material, line, place);
        Assert.True(code == ExitCode.Ok, $"exit {code}: {error}");
        Assert.Single(Directory.GetFileSystemEntries(place));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task AFileIsNoFolder(string line)
    {
        using Material material = new();
        string place = material.Folder("file");
        File.WriteAllText(place, "");
        (int code, _, string error) = await Run(material, line, place);
        Assert.True(code == ExitCode.Usage, $"exit {code}: {error}");
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eval RUN --linear-epochs 1")]
    [InlineData("bound RUN --negatives 3")]
    [InlineData("collision RUN")]
    [InlineData("features RUN")]
    [InlineData("neighbours RUN")]
    [InlineData("report RUN")]
    public async Task ARunFolderThatCannotBeWrittenIsNamedBeforeAnythingIsMeasured(string line)
    {
        using Material material = new();
        (int code, string output, string error) = await Run(material, line, "", (_, path) => path.StartsWith(material.Run, StringComparison.Ordinal));
        Assert.True(code == ExitCode.Usage, $"exit {code}: {error}");
        Assert.Contains($"is {material.Run}", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", error, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact]
    public async Task ARefusedStartLeavesNoneOfTheFoldersAbove()
    {
        using Material material = new();
        string place = Path.Combine(material.Folder("new"), "deep");
        (int code, _, _) = await Run(material, "train --data SET --batch-size 4096 --dim 8 --steps 1 --output PLACE/out", place);
        Assert.Equal(ExitCode.Usage, code);
        (code, _, _) = await Run(material, "views --data nowhere --output PLACE/out.png", place);
        Assert.Equal(ExitCode.BadData, code);
        Assert.False(Directory.Exists(material.Folder("new")));
    }

    [Fact]
    public void AFolderThatAnotherHasFilledStays()
    {
        using TemporaryFolder folder = new();
        string outer = folder.PathOf("outer"), inner = Path.Combine(outer, "inner");
        using (MadeFolder made = new(inner)) File.WriteAllText(Path.Combine(outer, "theirs"), "");
        Assert.True(Directory.Exists(outer));
        Assert.False(Directory.Exists(inner));
    }

    private static async Task<(int Code, string Output, string Error)> Run(Material material, string line, string place, Func<DiskCall, string, bool>? refuses = null)
    {
        string[] words = [.. line.Split(' ').Select(word => word.Replace("PLACE", place, StringComparison.Ordinal) switch
        {
            "RUN" => material.Run, "SET" => material.Set, "F" => material.Features, "F,F" => $"{material.Features},{material.Features}", "L" => material.Labels, var other => other,
        })];
        if (refuses is not null)
            Disk.Fault.Value = (call, path) =>
            {
                if (call is DiskCall.CreateFolder or DiskCall.Open && refuses(call, path)) throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
            };
        try
        {
            return await Commands.Run(words);
        }
        finally
        {
            Disk.Fault.Value = null;
        }
    }

    /// <summary>A run, its images, and features.</summary>
    private sealed class Material : IDisposable
    {
        private readonly TinyRun tiny = new();
        private readonly GivenFiles files = new();

        public Material()
        {
            Set = tiny.Folder("set");
            foreach (string name in new[] { "train/a", "train/b", "test/a", "test/b" })
            {
                Directory.CreateDirectory(Path.Combine(Set, name));
                for (int i = 0; i < 8; i++) File.WriteAllBytes(Path.Combine(Set, name, $"{i}.png"), TemporaryFolder.Png(8, 8, (byte)(i * 20), (byte)(name[^1] * 2), (byte)i));
            }

            (Features, Labels) = files.Split("features", 24, 4, views: 1, seed: 1);
            int code = Commands.Run("train", "--data", Set, "--batch-size", "8", "--dim", "8", "--steps", "1", "--image-size", "16", "--threads", "1", "--device", "cpu", "--output", Run).Result.Code;
            Assert.Equal(ExitCode.Ok, code);
        }

        public string Run => tiny.Folder("run");

        public string Set { get; }

        public string Features { get; }

        public string Labels { get; }

        public string Folder(string name) => tiny.Folder(name);

        public void Dispose()
        {
            files.Dispose();
            tiny.Dispose();
        }
    }
}
