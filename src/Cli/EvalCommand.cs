using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples eval</c>.</summary>
internal static class EvalCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("eval", $"""
            Measures what a run has learned, by its classifiers.

            Of a run's newest checkpoint, on the test split: mean, linear and nearest-neighbour classifiers,
            before and after the head, each beside the same encoder at initialisation. Writes eval/CHECKPOINT.json in the run folder.

            With --protocol paper as Nozawa and Sato 2021 do it: class means of one augmented view of each training sample, and linear classifiers that
            train on new views in each epoch, so that the training samples are embedded once an epoch. Their accuracy is given three times: of the last
            epoch, of the best by a held-out tenth of the training samples (or the run's --validation-share), and of the best test epoch, which is what
            the paper reports, and optimistic. Writes eval/CHECKPOINT-paper.json.

            With --features the same classifiers and measures of features that any model computed, as files of arrays; no data set and no run is opened
            (docs/bring-your-own.md). Rows are scaled to unit length where the classifier needs it, and for all with --normalised.

            With --encoder a file of weights that any program has written, without a run: the same classifiers, after the head too where the file has one
            that this program knows (docs/bring-your-own.md). What was taken of it, left and missing is said first.

            Examples:
              negsamples eval runs/cifar
              negsamples eval runs/cifar --linear-epochs 30 --json
              negsamples eval runs/cifar --protocol paper
              mpirun -n 4 negsamples eval /shared/runs/cifar
              negsamples eval --features train.npy --labels train-labels.npy --test-features test.npy --test-labels test-labels.npy
              negsamples eval --features features/clip
              negsamples eval --features f.npz:train --labels f.npz:y --test-features f.npz:test --test-labels f.npz:z --output clip.json
              negsamples eval --encoder resnet18.pth --encoder-name resnet18 --stem imagenet --data photos --image-size 96
                --pixel-mean 0.485,0.456,0.406 --pixel-deviation 0.229,0.224,0.225
            """);
        RunOptions run = new(terminal, command, orFeatures: true);
        WeightsOptions weights = new(terminal, command, run);
        ForeignOptions foreign = new(terminal, command, run, "(N, D)", hasTest: true, views: false);
        Option<bool> normalised = new("--normalised") { Description = "With --features: scale all rows to unit length first; this copies them." };
        Option<int> epochs = new("--linear-epochs")
        {
            Description = "Epochs of the linear classifier.",
            DefaultValueFactory = _ => new LinearSettings().Epochs,
        };
        Option<string?> protocol = PlaceOptions.Choice(
            "--protocol", "plain: classifiers from plain samples; paper: from augmented views, as in the paper, for a pass over the samples in each epoch [default: plain].",
            ["plain", "paper"]);
        Option<ulong> seed = new("--seed")
        {
            Description = "Key of the linear classifier's order of samples; with --protocol paper also of the views and of the held-out tenth.",
            DefaultValueFactory = _ => new LinearSettings().Seed,
        };
        foreach (Option option in new Option[] { normalised, protocol, epochs, seed, JsonOption.Create() }) command.Options.Add(option);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            int linearEpochs = parsed.GetValue(epochs);
            if (linearEpochs < 1) throw new SettingsException(FormattableString.Invariant($"--linear-epochs is {linearEpochs}; expected at least 1."));
            LinearSettings linear = new() { Epochs = linearEpochs, Seed = parsed.GetValue(seed) };
            if (weights.IsAsked(parsed, [.. foreign.All, normalised, protocol])) return weights.Evaluate(parsed, ranks, linear);
            if (foreign.IsAsked(parsed, ofRun: [protocol], ofFeatures: [normalised]))
            {
                return foreign.Measure(parsed, ranks, (ops, status, notes) =>
                {
                    using ForeignPair pair = ForeignPair.Open(foreign.Train(parsed), foreign.Test(parsed), terminal.Stop);
                    ForeignEvaluationReport report = ForeignEvaluation.Evaluate(pair, ops, linear, parsed.GetValue(normalised), status, terminal.Stop);
                    notes.AddRange(report.Notes);
                    return report;
                }, report => [("evaluation", report)], report => ForeignPrint.Print(terminal, report));
            }

            return run.Use(parsed, open =>
            {
                bool isPaper = parsed.GetValue(protocol) == "paper";
                if (!open.Leads) return Assist(open, linear, isPaper, terminal.Stop);
                EvaluationReport report = isPaper ? EvaluateAsPaper(terminal, open, linear)
                    : Evaluate(terminal, open.Path, open.Ops, open.Images, linear, dataPath: open.Settings.Data.Path);
                terminal.Give(report, SettingsJson.Default.EvaluationReport, given => EvaluationTable.Print(terminal, given));
                return ExitCode.Ok;
            }, ranks);
        });
        return command;
    }

    /// <summary>What is said of data without a test split; those without labels can have none.</summary>
    /// <param name="train">The training images.</param>
    /// <param name="what">What needs the split.</param>
    public static BadDataException NoTest(IImageSet train, string what) => new(train.ClassNames.Count == 0
        ? $"{train.Name} has no labels and so no test split; {what} needs one. Look at what a run learned of it with: negsamples neighbours RUN"
        : $"{train.Name} has no test split; {what} needs one. A new run can hold one out: `testShare`.");

    /// <summary>Evaluates with a status line.</summary>
    public static EvaluationReport Evaluate(
        Terminal terminal, string run, Ops ops, ImageData images, LinearSettings linear, EvaluationReport? sameInitialisation = null,
        string? dataPath = null)
    {
        IImageSet test = images.Test ?? throw NoTest(images.Train, "an evaluation");
        terminal.Tell($"plan: {images.Train.Count:N0} training and {Counted.Of(test.Count, "test " + SampleNoun.Of(test), "N0")} by the encoder and by the same untrained; linear classifiers of {Counted.Of(linear.Epochs, "epoch")}");
        return EvaluationDisplay.Show(terminal,
            status => Evaluator.Evaluate(run, ops, images.Train, test, linear, status, sameInitialisation, dataPath, terminal.Stop));
    }

    private static int Assist(OpenRun open, LinearSettings linear, bool isPaper, CancellationToken stop)
    {
        IImageSet train = open.Images.Train, test = open.Test("an evaluation");
        if (isPaper) PaperEvaluator.Assist(open.Path, open.Ops, train, test, linear, stop);
        else Evaluator.Assist(open.Path, open.Ops, train, test, stop);
        return ExitCode.Ok;
    }

    /// <summary>Says how much there is to do, and does it with a status line.</summary>
    private static EvaluationReport EvaluateAsPaper(Terminal terminal, OpenRun open, LinearSettings linear)
    {
        IImageSet train = open.Images.Train, test = open.Test("an evaluation");
        long embedded = PaperEvaluator.ImagesToEmbed(open.Settings, train, test, linear);
        terminal.Tell($"The paper's protocol embeds {Counted.Of(embedded, "sample", "N0")}, {(double)embedded / train.Count:F1} times as many as there are to train on: each once for the class means and anew in each of {Counted.Of(linear.Epochs, "epoch", "N0")} of the linear classifiers.");
        return EvaluationDisplay.Show(terminal,
            status => PaperEvaluator.Evaluate(open.Path, open.Ops, train, test, linear, status, open.Settings.Data.Path, terminal.Stop));
    }
}
