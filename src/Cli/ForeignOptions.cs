using System.CommandLine;
using System.Text.Json;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags of a command that measures a run, or in its place features that another program computed.</summary>
internal sealed class ForeignOptions
{
    private const string Files = ".npy, .npz:NAME, .safetensors:NAME or .csv";

    private readonly Terminal terminal;
    private readonly RunOptions run;
    private readonly Option<string?>[] inputs;
    private readonly bool views;
    private readonly Option<string?> output = new("--output", "-o") 
    {
        Description = "With --features: write the report there too [default: beside the features where a folder is given].", HelpName = "FILE.json",
    };

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="command">The command.</param>
    /// <param name="run">Its flags of a run.</param>
    /// <param name="shape">The shape of the features.</param>
    /// <param name="hasTest">Whether it needs a test split.</param>
    /// <param name="views">Whether it takes the files of views of a folder, where there are any.</param>
    public ForeignOptions(Terminal terminal, Command command, RunOptions run, string shape, bool hasTest, bool views = true)
    {
        (this.terminal, this.run, this.views) = (terminal, run, views);
        Option<string?> Of(string flag, string text) => new(flag) { Description = text, HelpName = "PATH[:NAME]" };
        inputs =
        [
            Of("--features", $"Instead of RUN: features of the training split that any program computed, {shape}: {Files}; or a folder that features or embed wrote, which has all (FOLDER:KEY where it has several)."),
            Of("--labels", "Their labels, (N): whole numbers from 0."),
            .. hasTest ? new[] { Of("--test-features", "Features of the test split."), Of("--test-labels", "Their labels.") } : [],
        ];
        foreach (Option option in inputs) command.Options.Add(option);
        command.Options.Add(output);
    }

    /// <summary>The flag of T, which features have not with them, for the commands whose numbers depend on it.</summary>
    public static Option<double?> Temperature() =>
        new("--temperature") { Description = "With --features: T of the loss that the encoder was trained with.", HelpName = "T" };

    /// <summary>T as it is given.</summary>
    /// <exception cref="SettingsException">It is not.</exception>
    public static double Given(ParseResult parsed, Option<double?> temperature) => parsed.GetValue(temperature)
        ?? throw new SettingsException("--temperature is missing; a run has a T of its own, features have none. Give that of the encoder's loss.");

    /// <summary>Whether features are to be measured, not a run.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="ofRun">Flags that have a meaning with a run only.</param>
    /// <param name="ofFeatures">Flags that have a meaning with features only.</param>
    /// <exception cref="SettingsException">Both are asked for, or a flag of the other is given.</exception>
    public bool IsAsked(ParseResult parsed, Option[] ofRun, Option[] ofFeatures)
    {
        bool isAsked = inputs.Any(option => parsed.GetValue(option) is not null);
        if (isAsked && run.IsGiven(parsed)) throw new SettingsException("RUN and --features are both given; expected one of them.");
        foreach (Option option in isAsked ? [run.Data, .. ofRun] : new[] { output }.Concat(ofFeatures))
        {
            if (parsed.GetResult(option) is not { Implicit: false }) continue;
            throw new SettingsException(isAsked ? $"{option.Name} has no meaning with --features, where nothing is embedded; it needs a run."
                : $"{option.Name} needs --features; what is measured on a run has the run's own, and is written into its folder.");
        }

        return isAsked;
    }

    /// <summary>All flags, for a command that measures something else.</summary>
    public IEnumerable<Option> All => [.. inputs, output];

    /// <summary>Where the training split is.</summary>
    public ForeignPaths Train(ParseResult parsed) => Folder(parsed) is { } given ? views ? given.TrainViews : given.Train : Paths(parsed, 0);

    /// <summary>Where the test split is.</summary>
    public ForeignPaths Test(ParseResult parsed) => Folder(parsed) is { } given ? views ? given.TestViews : given.Test : Paths(parsed, 2);

    /// <summary>Measures, writes the report where it is asked for or beside the features of a folder, and prints it.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="ranks">The ranks, of which there must be one.</param>
    /// <param name="measure">The measurement; what should be known of the files, it adds to the list.</param>
    /// <param name="files">The reports with their names in a folder of features.</param>
    /// <param name="print">Prints a table.</param>
    public int Measure<T>(
        ParseResult parsed, Ranks ranks, Func<Ops, Action<EvaluationProgress>, List<string>, T> measure,
        Func<T, IEnumerable<(string Name, object Report)>> files, Action<T> print)
        where T : notnull
    {
        if (ranks.Collective.Size > 1) throw new SettingsException("--features are measured by one process; start it without the launcher.");
        GivenFolder? folder = Folder(parsed);
        foreach (Option<string?> option in inputs.Skip(1).Where(option => folder is not null && parsed.GetValue(option) is not null))
            throw new SettingsException($"{option.Name} has no meaning where --features is {folder!.Text}, a folder that has all of them.");
        string[] missing = folder is not null ? [] : [.. inputs.Where(option => parsed.GetValue(option) is null).Select(option => option.Name)];
        if (missing.Length > 0)
            throw new SettingsException(
                $"{string.Join(", ", missing)} {(missing.Length == 1 ? "is" : "are")} missing; expected {string.Join(", ", inputs.Select(option => option.Name))}.");
        string? path = parsed.GetValue(output);
        if (path is not null) OutputPlace.CheckFile("--output", path);
        else if (folder is not null) OutputPlace.CheckFolder(inputs[0].Name, folder.Folder);
        List<string> notes = [];
        T report = run.WithDevice(parsed, ranks, ops => EvaluationDisplay.Show(terminal, status => measure(ops, status, notes)));
        foreach (string note in notes) terminal.Note("note: " + note);
        string json = JsonSerializer.Serialize(report, typeof(T), StudyJson.Default);
        if (path is not null) OutputPlace.WriteText(path, json);
        else if (folder is not null)
            foreach ((string name, object part) in files(report)) AtomicFile.WriteText(folder.ReportPath(name), JsonSerializer.Serialize(part, part.GetType(), StudyJson.Default));
        if (terminal.IsJson) terminal.Output.WriteLine(json);
        else print(report);
        return ExitCode.Ok;
    }

    private GivenFolder? Folder(ParseResult parsed)
    {
        string text = parsed.GetValue(inputs[0])!;
        PlaceOptions.CheckPath(inputs[0].Name, text);
        return text is null ? null : GivenFolder.Find(text);
    }

    private ForeignPaths Paths(ParseResult parsed, int first)
    {
        foreach (Option<string?> option in inputs) PlaceOptions.CheckPath(option.Name, parsed.GetValue(option));
        return new ForeignPaths(parsed.GetValue(inputs[first])!, parsed.GetValue(inputs[first + 1])!);
    }
}
