using System.CommandLine;
using System.CommandLine.Parsing;
using NegSamples.Similarity;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Keeps every verb from writing over what it reads, and from writing two things into one file.</summary>
internal static class OutputGuard
{
    private static readonly string[] OfAllVerbs = ["--output", "--plot"], OfExport = ["--onnx", "--safetensors"];

    // What a run, a sweep and a folder of features consist of; other files in them are results, which are made anew.
    private static readonly string[] Numbers = [".safetensors", ".npy", ".npz"], Records = [".json", ".jsonl"];
    private static readonly string[] Own =
    [
        RunFolder.ConfigName, RunFolder.MetricsOf(""), RunFolder.EnvironmentOf(""), LeftOutFile.PathIn(""), SweepFolder.ValidationPath(""), SweepFolder.ManifestPath(""),
        FeatureFolder.ReportName,
    ];

    /// <summary>Refuses a command line that names a file which it reads as one to write.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="SettingsException">It does, or names one file twice, or names - for standard output.</exception>
    public static void Check(ParseResult parsed)
    {
        string[] flags = parsed.CommandResult.Command.Name == "export" ? [.. OfAllVerbs, .. OfExport] : OfAllVerbs;
        List<(string Flag, string Path)> outputs = [];
        List<(string? Flag, string Path)> inputs = [];
        foreach (SymbolResult result in parsed.CommandResult.Children)
        {
            if (result is OptionResult { Implicit: false } option)
            {
                foreach (Token token in option.Tokens)
                {
                    if (flags.Contains(option.Option.Name)) outputs.Add((option.Option.Name, token.Value));
                    else inputs.AddRange(Paths(token.Value).Select(path => ((string?)option.Option.Name, path)));
                }
            }
            else if (result is ArgumentResult argument)
            {
                foreach (Token token in argument.Tokens) inputs.AddRange(Paths(token.Value).Select(path => ((string?)null, path)));
            }
        }

        // What its folder receives.
        if (parsed.CommandResult.Command.Name == "similarity" && outputs.Find(output => output.Flag == "--output") is { Path.Length: > 0 } folder)
            outputs.AddRange(TowerStudy.GradientNames.Select(name => (folder.Flag, Path.Combine(folder.Path, name))));
        foreach ((string flag, string path) in outputs)
        {
            if (path.Length == 0 || path.Contains('\0')) continue; // which the verb refuses
            if (path == "-") throw new SettingsException($"{flag} is -; expected a path. A file of that name is ./-");
            if (outputs.FirstOrDefault(other => other.Flag != flag && other.Path.Length > 0 && IsSame(other.Path, path)) is { Flag: { } second })
                throw new SettingsException($"{flag} and {second} are both {path}; expected two files.");
            foreach ((string? ofFlag, string input) in inputs)
            {
                if (IsRead(path, ofFlag, input))
                    throw new SettingsException($"{flag} is {path}, which {ofFlag ?? "the command"} reads; expected another file.");
            }
        }
    }

    private static bool IsRead(string output, string? flag, string input)
    {
        if (File.Exists(input)) return IsSame(output, input);
        if (!File.Exists(output) || !Directory.Exists(input)) return false;
        string folder = Path.TrimEndingDirectorySeparator(Real(input)) + Path.DirectorySeparatorChar, real = Real(output);
        if (!real.StartsWith(folder, StringComparison.Ordinal)) return false;
        if (flag == "--data") return true;
        string kind = Path.GetExtension(real).ToLowerInvariant(), within = real[folder.Length..];
        bool isDirect = !within.Contains(Path.DirectorySeparatorChar);
        if (isDirect && Records.Contains(kind)) return Own.Contains(within);

        // Weights that were exported into a run before.
        if (isDirect && kind == ".safetensors" && RunFolder.IsOne(folder)) return false;
        return Numbers.Contains(kind) || (flag is null && Records.Contains(kind));
    }

    private static bool IsSame(string a, string b) => Real(a) == Real(b);

    /// <summary>The full path of what a path leads to, links followed.</summary>
    private static string Real(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            FileSystemInfo info = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
            return info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return full;
        }
    }

    /// <summary>The files that a word may name: itself, the parts of a list, and an archive without the name of its member.</summary>
    private static IEnumerable<string> Paths(string word)
    {
        foreach (string part in word.Split(',', ';').Prepend(word).Distinct())
        {
            if (part.Length == 0 || part.Contains('\0')) continue;
            yield return part;
            if (part.LastIndexOf(':') is > 0 and int colon) yield return part[..colon];
        }
    }
}
