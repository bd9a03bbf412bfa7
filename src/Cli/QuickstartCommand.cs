using NegSamples.Augment;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Cli;

/// <summary>What happens without a command: train on the built-in pictures, evaluate, and say what was found.</summary>
internal static class QuickstartCommand
{
    // Two cores do this in about a minute, evaluation included. Crops below 0.3 of the area rarely show a shape; the short run wants a high rate.
    private static readonly TrainingSettings Asked = new()
    {
        Data = "shapes", BatchSize = 128, Epochs = 25, LearningRate = 8, WarmupEpochs = 1, Temperature = 0.2, MinimumCrop = 0.3,
    };

    public static int Run(Terminal terminal)
    {
        terminal.Say($"Quickstart: an encoder learns from pictures of shapes without being told what they show. About a minute on two cores; negsamples --help lists the commands.");
        string path = Path.Combine("runs", FormattableString.Invariant($"{DateTime.UtcNow:yyyyMMdd-HHmmss}-quickstart"));
        using ImageData images = DataSets.Open(Asked.Data);
        TrainingSettings settings = Asked.Resolve(images.Kind);
        using Ops ops = Devices.Open(settings);
        int code = TrainCommand.StartIn(terminal, path, settings, ops, images);
        if (code != ExitCode.Ok) return code;

        EvaluationReport report = EvalCommand.Evaluate(terminal, path, ops, images, new LinearSettings(), quiet: false);
        EvaluationTable.Print(terminal, report);
        EvaluationRow knn = report.Row("knn", head: false), linear = report.Row("linear", head: false);
        terminal.Say($"""

            What it found: without a single label, the encoder learned to place pictures of the same shape together.
            Of {report.TestImages:N0} test pictures in {report.Classes} classes, the nearest neighbours name {EvaluationTable.Percent(knn.Top1)} % right (untrained encoder {EvaluationTable.Percent(knn.UntrainedTop1)} %, chance {100.0 / report.Classes:F0} %);
            a linear classifier {EvaluationTable.Percent(linear.Top1)} % (untrained {EvaluationTable.Percent(linear.UntrainedTop1)} %).

            What to try next:
              fewer negatives              negsamples train --config {Path.Combine(path, "config.json")} --negatives 8
              CIFAR-10                     negsamples train --data cifar-10-binary.tar.gz --epochs 30
              your own pictures            negsamples train --data FOLDER
              the numbers of this run      {Path.Combine(path, "metrics.jsonl")}
            """);
        return ExitCode.Ok;
    }
}
