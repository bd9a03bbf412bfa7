using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples embed</c>. ONNX Runtime is loaded when it runs, and no earlier.</summary>
internal static class EmbedCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("embed", $"""
            Writes the features of a network of an ONNX file.

            Writes the features that a network of an ONNX file makes of images, as .npy files that eval, bound and collision take with --features: under the names
            of negsamples features, with the key "encoder", and what the network was given in features.json beside them. All appear, or none.

            A network knows nothing of pixels that it was not trained on: --size, --channels, --pixel-scale, --pixel-mean, --pixel-deviation are those of its
            training. A file of negsamples export says them itself. The central square of each image is resized, bilinear, as torchvision does it.

            Examples:
              negsamples embed --onnx encoder.onnx --data cifar-10-binary.tar.gz --output features/cifar
              negsamples embed --onnx resnet.onnx --data photos --size 224 --pixel-mean 0.485,0.456,0.406 --pixel-deviation 0.229,0.224,0.225 --output features/photos
              negsamples embed --onnx encoder.onnx --data photos --limit 5000 --test-limit 2000 --views 2 --output features/photos
              negsamples eval --features features/photos
              mpirun -n 4 negsamples embed --onnx encoder.onnx --data /shared/photos --output /shared/features
            """);
        Option<string> onnx = new("--onnx") { Description = "The network: one input of pictures, float32 [n, 3, side, side] or [n, side, side, 3], and rows [n, D].", HelpName = "MODEL", Required = true };
        Option<string> output = new("--output", "-o") { Description = "The folder.", HelpName = "FOLDER", Required = true };
        EmbedOptions options = new(command);
        command.Options.Add(onnx);
        command.Options.Add(output);
        command.Options.Add(JsonOption.Create());
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            PlaceOptions.CheckPath("--onnx", parsed.GetValue(onnx));
            if (ranks.Collective.Rank == 0) OutputPlace.CheckReplaced("--output", parsed.GetValue(output)!);
            EmbedSettings settings = options.Settings(parsed) with { Output = parsed.GetValue(output)! };
            settings.Validate();
            TrainingSettings place = ranks.Placed(terminal, PlaceOptions.Capped(terminal, options.Place(parsed)));
            place.Validate();
            return Run(terminal, ranks, parsed.GetValue(onnx)!, options, parsed, settings, place);
        });
        return command;
    }

    private static int Run(Terminal terminal, Ranks ranks, string path, EmbedOptions options, ParseResult parsed, EmbedSettings settings, TrainingSettings place)
    {
        using CpuOps ops = new(place.Place.Threads) { Collective = ranks.Collective, Stop = terminal.Stop };
        using OnnxEncoder encoder = OnnxEncoder.Open(path, options.Request(parsed) with { Threads = ops.Threads, Stop = terminal.Stop });
        foreach (string note in encoder.Notes) terminal.Note("note: " + note);
        using ImageData images = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, place));
        ForeignNetwork network = new(path, encoder.Producer, encoder.Output, encoder.Pixels, encoder.Batch, settings.Views, "");
        EmbeddedFeatures features = new(ops, encoder, encoder.Fingerprint, network, images, settings);
        if (ranks.Collective.Rank > 0)
        {
            features.Assist(terminal.Stop);
            return ExitCode.Ok;
        }

        terminal.Tell($"{path}, output {encoder.Output} ({encoder.FeatureDimension}): {encoder.Pixels}; batches of {encoder.Batch} on {Counted.Of(ops.Threads, "thread")}, ONNX Runtime {OnnxLibrary.Version}");
        FeatureReport report = EvaluationDisplay.Show(terminal, status => features.Write(status, terminal.Stop));
        terminal.Give(new WrittenFeatures(settings.Output, report), CommandJson.Default.WrittenFeatures, _ =>
            terminal.Say($"{settings.Output} holds {report.TrainImages:N0} training and {Counted.Of(report.TestImages, "test image", "N0")}, {Counted.Of(encoder.FeatureDimension, "feature")} each, {FeatureFiles.Bytes(report) / 1e6:N1} MB"));
        if (report.ClassNames.Count == 0) terminal.Note($"note: {images.Train.Name} has no labels, and so the folder has none.");
        return ExitCode.Ok;
    }
}
