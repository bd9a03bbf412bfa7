using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Report;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class JsonOptionTests
{
    // A verb that has no JSON, and why.
    private static readonly Dictionary<string, string> Without = new()
    {
        ["init"] = "prints a file of settings", ["completion"] = "prints a script", ["man"] = "prints a page",
    };

    // RUN is a run, DATA its images, OUT a new folder or file.
    private static readonly Dictionary<string, string[]> Arguments = new()
    {
        ["train"] = ["--data", "DATA", "--epochs", "1", "--batch-size", "16", "--device", "cpu", "--output", "OUT"], ["views"] = ["--data", "DATA", "--count", "2", "--views", "2", "--output", "OUT.png"],
        ["eval"] = ["RUN", "--linear-epochs", "1"], ["bound"] = ["RUN", "--negatives", "3", "--augmentations", "2", "--passes", "1"], ["collision"] = ["RUN"], ["features"] = ["RUN"],
        ["neighbours"] = ["RUN", "--count", "2", "--nearest", "2", "--output", "OUT.png"], ["export"] = ["RUN", "--safetensors", "OUT.safetensors"], ["verify"] = ["RUN"], ["report"] = ["RUN"],
        ["sweep"] = ["--data", "DATA", "--epochs", "1", "--batch-sizes", "16", "--linear-epochs", "1", "--output", "OUT"], ["coupon"] = ["--classes", "3", "--draws", "4"],
        ["similarity"] = ["--keys", "32", "--rows", "8", "--repetitions", "1"], ["devices"] = [], ["doctor"] = ["--precision", "fp32"], ["embed"] = ["--onnx", "MODEL", "--data", "DATA", "--output", "OUT"],
        ["replay"] = [], // needs a run that diverged: ReplayCommand has its own tests
    };

    [Fact]
    public void EveryVerbHasJsonOrAReason()
    {
        string[] with = [.. Commands.Root().Subcommands.Where(verb => verb.Options.Any(option => option.Name == JsonOption.Name)).Select(verb => verb.Name)];
        Assert.Equal(Commands.Verbs().Order(), with.Concat(Without.Keys).Order());
        Assert.Equal(with.Order(), Arguments.Keys.Order());
    }

    [Fact]
    public async Task StandardOutputHasTheJsonAlone()
    {
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), run = tiny.Folder("run"), model = tiny.Folder("model.onnx");
        using ImageData data = DataSets.Open(path);
        tiny.Train("run", settings: TinyRun.Settings with { Data = new() { Path = path, ImageSize = 16 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 1 } }, images: data.Train);
        Assert.Equal(ExitCode.Ok, (await Commands.Run("export", run, "--onnx", model)).Code);
        List<(string, string[])> calls = [.. Arguments.Where(call => call.Value.Length > 0 || call.Key == "devices").Select(call => (call.Key, call.Value)),
            ("train", ["--data", "DATA", "--epochs", "1", "--batch-size", "16", "--device", "cpu", "--memory-plan"])];
        foreach ((string verb, string[] arguments) in calls)
        {
            string[] given = [verb, .. arguments.Select(word => word.Replace("RUN", run, StringComparison.Ordinal).Replace("DATA", path, StringComparison.Ordinal).Replace("MODEL", model, StringComparison.Ordinal).Replace("OUT", tiny.Folder("out-" + verb), StringComparison.Ordinal)), "--json"];
            (int code, string output, string error) = await Commands.Run(given);
            Assert.True(code == ExitCode.Ok, $"{verb}: exit {code}: {error}");
            try
            {
                using JsonDocument document = JsonDocument.Parse(output);
                Assert.All(Keys(document.RootElement), key => Assert.True(key.Length > 0 && !char.IsAsciiLetterUpper(key[0]), $"{verb}: {key}"));
            }
            catch (JsonException fault)
            {
                Assert.Fail($"{verb}: {fault.Message}\n{output}");
            }
        }
    }

    [Theory]
    [InlineData("coupon", "--classes", "3", "--draws", "4")]
    [InlineData("similarity", "--keys", "32", "--rows", "8", "--repetitions", "1")]
    public async Task TheFormatOfJsonIsTheSame(params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, (await Commands.Run([.. arguments, "--json", "--format", "csv"])).Code);
        (int code, string output, _) = await Commands.Run([.. arguments, "--json", "--format", "json"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith("{", output, StringComparison.Ordinal);
    }

    // Names of classes and files are values or keys of the user's own.
    private static IEnumerable<string> Keys(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Keys(property.Value).Prepend(property.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Keys),
        _ => [],
    };
}
