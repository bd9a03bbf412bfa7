using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Tests.Kernels;

namespace NegSamples.Tests;

/// <summary>
/// The commands of the pages, each run to its end in a folder that has small files and runs under the names that the pages use. Of a command only sizes are
/// changed, and where it gives none they are added: it is the page that is tested, not how long the machine can compute. Of the commands of ranks the first of each
/// verb is given to a launcher, the others are run alone.
/// </summary>
public class PageCommandTests
{
    private static readonly Dictionary<string, Func<string, string>> Sizes = new()
    {
        ["--epochs"] = _ => "1", ["--warmup-epochs"] = _ => "0", ["--steps"] = _ => "2", ["--linear-epochs"] = _ => "2", ["--limit"] = _ => "60", ["--test-limit"] = _ => "20",
        ["--batch-size"] = _ => "16", ["--batch-sizes"] = _ => "8,16", ["--negatives"] = list => AtMost(15, list), ["--rows"] = size => AtMost(2048, size), ["--keys"] = size => AtMost(2048, size),
        ["--image-size"] = _ => "32", ["--count"] = _ => "3", ["--seeds"] = FirstNumber, ["--temperatures"] = FirstTwo, ["--learning-rates"] = FirstTwo,
    };

    [Fact]
    public void EveryCommandOfThePagesRuns()
    {
        using TemporaryFolder folder = new();
        using Process program = Start(folder.Root);
        PageStandIns.WriteFiles(folder);
        PageStandIns.WriteRuns(folder, (expected, arguments) =>
        {
            (int code, string said) = Run(program, arguments);
            Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code}\n{said}");
        });
        HashSet<string> done = [], launched = [];
        List<string> faults = [];
        foreach (PageCommand command in PagesTests.Pages.SelectMany(PageCommand.Of))
        {
            string[] arguments = Small(command.Arguments);
            if (!done.Add(command.IsOfRanks + string.Join(' ', arguments))) continue;
            bool needsGpu = arguments.Contains("cuda") && !arguments.Contains("--memory-plan");
            string? output = Output(arguments);
            bool replaces = !needsGpu && output is not null && arguments[0] is "train" or "sweep" or "features" or "embed" && Directory.Exists(folder.PathOf(output));
            if (replaces) Directory.Delete(folder.PathOf(output!), recursive: true);
            bool launches = command.IsOfRanks && File.Exists("/usr/bin/" + Mpirun.OpenMpi.Program) && launched.Add(arguments[0]);
            (int code, string said) = launches ? RunRanks(folder.Root, arguments) : Run(program, arguments);
            int expected = needsGpu ? ExitCode.Device : arguments[0] == "replay" ? ExitCode.NonFiniteLoss : ExitCode.Ok;
            if (code != expected) faults.Add($"{command.Page}: negsamples {command.Text}\n  as {string.Join(' ', arguments)}: {code}\n{said}");
            else if (!needsGpu && output is not null && !Path.Exists(folder.PathOf(output))) faults.Add($"{command.Page}: negsamples {command.Text}: {output} is not there");

            // Reports take runs that were evaluated, as those were that it replaces.
            if (replaces && arguments[0] == "train") Run(program, ["eval", output!, "--linear-epochs", "2"]);
        }

        Assert.True(done.Count > 100, $"{done.Count} commands were run.");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string[] Small(string[] arguments)
    {
        List<string> small = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i] == "..." ? "shapes" : arguments[i].Replace("/shared/", "shared/", StringComparison.Ordinal);
            small.Add(i > 0 && Sizes.TryGetValue(arguments[i - 1], out Func<string, string>? size) ? size(argument) : argument);
        }

        // More epochs for a run that has had its own.
        if (small.Contains("--resume") && small.IndexOf("--epochs") is > 0 and int at) small[at + 1] = "3";
        if (arguments[0] is "train" or "sweep" && !small.Contains("--resume"))
        {
            if (!small.Contains("--epochs") && !small.Contains("--steps")) small.AddRange(small.Contains("--config") ? ["--epochs", "1"] : ["--steps", "2"]);
            if (!small.Contains("--batch-size") && !small.Contains("--batch-sizes")) small.AddRange("--batch-size", "16");

            if (arguments[0] == "sweep" && !small.Contains("--linear-epochs")) small.AddRange("--linear-epochs", "2");

            // The built-in pictures are thousands: an epoch of them is long, and so is whatever is measured of a run or on the way.
            int data = small.IndexOf("--data");
            if ((arguments[0] == "sweep" || small.Any(word => word is "--config" or "--monitor-every" or "--output")) && (data < 0 || small[data + 1] == "shapes"))
            {
                if (data >= 0) small.RemoveRange(data, 2);
                small.AddRange("--data", "cifar-10-binary.tar.gz");
            }
        }

        if (arguments[0] == "eval" && !small.Contains("--linear-epochs")) small.AddRange("--linear-epochs", "2");

        // What is replayed is a step that ended with a number that is not finite.
        if (arguments[0] == "replay") small[1] = "diverged";
        if (arguments[0] is "similarity" && !small.Contains("--queries"))
        {
            if (!small.Contains("--rows") && !small.Contains("nt-xent")) small.AddRange("--rows", "64");
            if (!small.Contains("--repetitions")) small.AddRange("--repetitions", "1");
        }

        return [.. small];
    }

    /// <summary>A number at most this, or of a list its first two numbers; of a range, a quarter of this and this; the name of a file stays.</summary>
    private static string AtMost(int limit, string size)
    {
        if (size.Contains("..", StringComparison.Ordinal)) return FormattableString.Invariant($"{limit / 4}..{limit}");
        return string.Join(',', FirstTwo(size).Split(',').Select(part => long.TryParse(part, CultureInfo.InvariantCulture, out long count)
            ? Math.Min(limit, count).ToString(CultureInfo.InvariantCulture) : part).Distinct());
    }

    /// <summary>Of a list of numbers the first; what is no number is found wherever it stands.</summary>
    private static string FirstNumber(string list) => list.Split(',').Select(number => ulong.Parse(number, CultureInfo.InvariantCulture)).ToArray()[0].ToString(CultureInfo.InvariantCulture);

    private static string FirstTwo(string list) => string.Join(',', list.Split(',').Take(2));

    /// <summary>What a command says it writes, in the folder in which it runs.</summary>
    private static string? Output(string[] arguments)
    {
        int at = Array.FindIndex(arguments, argument => argument is "--output" or "--plot" || (arguments[0] == "export" && argument is "--onnx" or "--safetensors"));
        return at < 0 ? null : arguments[at + 1];
    }

    private static Process Start(string folder)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "NegSamples.CommandLines.dll");
        ProcessStartInfo start = new("dotnet", [program]) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        ChildCompilation.LeaveToTheProgram(start);
        return Process.Start(start)!;
    }

    private static (int Code, string Said) Run(Process program, string[] arguments)
    {
        program.StandardInput.WriteLine(JsonSerializer.Serialize(arguments));
        program.StandardInput.Flush();
        string? answer = program.StandardOutput.ReadLine();
        Assert.True(answer is not null, $"The program ended at {string.Join(' ', arguments)}.");
        JsonElement[] said = JsonSerializer.Deserialize<JsonElement[]>(answer)!;
        return (said[0].GetInt32(), said[1].GetString() + said[2].GetString());
    }

    private static (int Code, string Said) RunRanks(string folder, string[] arguments)
    {
        (int code, string output, string error) = Mpirun.OpenMpi.RunIn([folder, folder], typeof(CommandLine).Assembly.Location, arguments);
        return (code, output + error);
    }
}
