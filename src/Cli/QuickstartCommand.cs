using NegSamples.Study.Sweep;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>What happens without a command: a small sweep over K on the built-in pictures, and its report.</summary>
internal static class QuickstartCommand
{
    // Two cores do this in about two minutes, measurements included. Crops below 0.3 of the area rarely show a shape; the short runs want a high rate.
    private static readonly TrainingSettings Shared = new()
    {
        Data = new() { Path = "shapes" }, Batch = new() { Size = 128 }, Optimizer = new() { Epochs = 12, LearningRate = 8, WarmupEpochs = 1 },
        Loss = new() { Temperature = 0.2 }, Views = new() { MinimumCrop = 0.3 },
    };

    private static readonly SweepManifest Asked = new(SweepManifest.CurrentFormat, SweepAxis.Negatives, [1, 15, 127], [7], Shared, LinearEpochs: 20);

    public static int Run(Terminal terminal)
    {
        terminal.Tell($"""
            Quickstart: do more negatives help? Three encoders learn from the same pictures of shapes, without being told what they show,
            with K = {string.Join(", ", Asked.Values)} negatives. About two minutes on two cores; negsamples --help lists the commands.
            """);
        string sweep = FreshFolder.Of("sweeps", "quickstart", DateTime.UtcNow);
        using Ranks alone = Ranks.Open(terminal);
        int code = SweepCommand.Start(terminal, alone, Asked, sweep);
        if (code != ExitCode.Ok) return code;
        terminal.Tell($"""

            A network that saw no label sorts the pictures by what they show. Open the report in a browser for the plots and what they say.

            What to try next:
              the numbers as text          negsamples report {sweep} --format md
              more K, three seeds          negsamples sweep --negatives 1,4,16,64,254 --batch-size 128 --seeds 7,11,13
              CIFAR-10                     negsamples sweep --data cifar-10-binary.tar.gz --batch-sizes 32,64,128,256,512 --epochs 10
              your own pictures            negsamples train --data FOLDER
            """);
        return ExitCode.Ok;
    }
}
