using System.CommandLine;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples export</c>. ONNX Runtime is loaded where a model is checked with it, and no earlier.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("export", $"""
            Writes a run's encoder as ONNX or for torchvision.

            Writes a run's newest checkpoint for other programs: the encoder, with its head if wanted, as an ONNX model (opset 17, any number of images at a
            time), or the encoder's weights as torchvision's state dictionary in a .safetensors file. An ONNX model is run by ONNX Runtime on images of the
            run before it has its name; it is refused, and nothing is left, where a number differs from this program's by more than 1e-4.

            The model takes pixels of 0 to 1, red first, [n, 3, side, side]; a mean and a deviation that the run was trained with are in its graph. Its weights
            are named as in the state dictionary, and its metadata have "preprocessing" and "classes".

            Examples:
              negsamples export runs/cifar --onnx encoder.onnx
              negsamples export runs/cifar --onnx encoder.onnx --head --fold-batch-norm
              negsamples export runs/cifar --safetensors resnet18.safetensors
            """);
        Argument<string> run = new("RUN") { Description = "The run folder." };
        Option<string?> onnx = new("--onnx") { Description = "The ONNX model that is written.", HelpName = "FILE" };
        Option<string?> safetensors = new("--safetensors") { Description = "The state dictionary that is written.", HelpName = "FILE" };
        Option<bool> head = new("--head") { Description = "With --onnx: also what stands behind the encoder, the projection head with unit rows, or a supervised run's classifier." };
        Option<bool> folds = new("--fold-batch-norm") { Description = "With --onnx: make batch norms parts of the layers before them, which then have other weights, and a bias." };
        Option<string?> data = new("--data") { Description = "Images that an ONNX model is checked on [default: those of the run].", HelpName = "PATH" };
        Option<int?> skipBad = PlaceOptions.SkipBad("With --data: ");
        Option<int?> threads = new("--threads") { Description = "CPU threads; they never change the numbers [default: one per core]." };
        command.Arguments.Add(run);
        foreach (Option option in new Option[] { onnx, safetensors, head, folds, data, skipBad, threads, JsonOption.Create() }) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            string path = parsed.GetValue(run)!;
            (string? model, string? weights) = (parsed.GetValue(onnx), parsed.GetValue(safetensors));
            PlaceOptions.CheckPath("RUN", path);
            PlaceOptions.CheckPath("--data", parsed.GetValue(data));
            if (model is null && weights is null) throw new SettingsException("Nothing is asked for; expected --onnx FILE, --safetensors FILE, or both.");
            if (model is not null) OutputPlace.CheckFile("--onnx", model);
            if (weights is not null) OutputPlace.CheckFile("--safetensors", weights);
            foreach (Option option in new Option[] { head, folds, data })
                if (model is null && parsed.GetResult(option) is { Implicit: false }) throw new SettingsException($"{option.Name} has no meaning without --onnx.");
            if (parsed.GetValue(data) is null && parsed.GetValue(skipBad) is not null) throw new SettingsException("--skip-bad needs --data; of the images of a run its own are left out.");
            DataSettings? others = parsed.GetValue(data) is { } given ? new() { Path = given, SkipBad = parsed.GetValue(skipBad) ?? 0 } : null;
            others?.Validate();
            PlaceOptions.CheckThreads(parsed.GetValue(threads));
            TrainingSettings settings = RunFolder.ReadSettings(path);
            if (settings.Encoder.Kind == EncoderKind.EmbeddingBag)
                throw new BadDataException($"{path} is a run of texts; its encoder looks up words and sees no pictures, and neither ONNX nor torchvision has a form of it here. Its vectors are in the checkpoint's model.safetensors.");
            settings = PlaceOptions.Capped(terminal, settings with { Place = settings.Place with { Threads = parsed.GetValue(threads) ?? 0, Device = "cpu" } });
            using CpuOps ops = new(settings.Place.Threads) { Stop = terminal.Stop };
            using LoadedCheckpoint loaded = LoadedCheckpoint.OpenWithoutImages(path, settings, ops);
            CheckedModel? written = model is null ? null
                : WriteModel(terminal, path, loaded, settings, model, parsed.GetValue(head), parsed.GetValue(folds), others);
            if (model is not null && written is null) return ExitCode.Failure;
            if (weights is not null) WriteWeights(terminal, loaded, weights);
            terminal.Give(new WrittenExport(loaded.Name, written, weights), CommandJson.Default.WrittenExport, _ => { }); // what was written is said as it is
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>Writes the model under another name, checks it, and gives it its own; null where it differs.</summary>
    private static CheckedModel? WriteModel(
        Terminal terminal, string run, LoadedCheckpoint loaded, TrainingSettings settings, string path, bool head, bool folds, DataSettings? data)
    {
        Model model = loaded.Model;
        using ImageData images = data is null ? DataOpening.OpenAgain(terminal, run, settings)
            : TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, settings with { Data = data }));
        if (images.Train.Vocabulary is not null) throw new BadDataException($"--data is {data!.Path}, texts; expected images.");
        if (data is null) loaded.State.CheckImages(run, images.Train);
        Dictionary<string, string> about = About(loaded);
        if (loaded.State.IsOf(images.Train) && images.Train.ClassNames.Count > 0) about[OnnxAbout.Classes] = OnnxAbout.Text(images.Train.ClassNames);
        IImageSet checkedOn = images.Test ?? images.Train;
        string unnamed = path + ".unchecked";
        using MadeFolder made = MadeFolder.Of(path);
        try
        {
            OnnxExport.Write(unnamed, model, head, folds, about);
            ExportCheck check = ExportCheck.Of(unnamed, model, head, checkedOn, ((CpuOps)model.Ops).Threads, terminal.Stop);
            string compared = string.Create(CultureInfo.InvariantCulture,
                $"largest difference {check.Difference:0.0e+0} on {Counted.Of(check.Images, "image")} of {checkedOn.Name}, of numbers up to {check.Largest:G3}; the bar is {ExportCheck.Tolerance * Math.Max(1, check.Largest):0.0e+0}");
            if (!check.IsSame)
            {
                terminal.Fail($"{path} is not written: ONNX Runtime {OnnxLibrary.Version} makes other numbers of {loaded.Name}: {compared}.");
                return null;
            }

            Disk.ReplaceFile(unnamed, Path.GetFullPath(path));
            made.Keep();
            int columns = head ? model.EmbeddingDimension : model.FeatureDimension;
            terminal.Say($"{path}: {settings.Encoder.Kind} of {loaded.Name}, input [batch, 3, {model.Settings.ImageHeight}, {model.Settings.ImageWidth}], {OnnxExport.OutputOf(model, head)} [batch, {columns}], opset 17, batch norms {(folds ? "folded" : "as they are")}, {new FileInfo(path).Length / 1e6:N1} MB");
            terminal.Say($"ONNX Runtime {OnnxLibrary.Version}: {compared}");
            terminal.Say($"images a second, 32 at a time on {Counted.Of(check.Threads, "thread")}: ONNX Runtime {check.Theirs:N0}, NegSamples {check.Ours:N0}");
            return new(path, check.Difference, check.Largest, check.Images, checkedOn.Name, OnnxLibrary.Version, check.Theirs, check.Ours);
        }
        catch (IOException fault)
        {
            throw Disk.Named(fault, unnamed, path);
        }
        finally
        {
            Disk.DeleteFile(unnamed);
        }
    }

    private static void WriteWeights(Terminal terminal, LoadedCheckpoint loaded, string path)
    {
        Model model = loaded.Model;
        OutputPlace.Write(path, () => TorchState.WritePlain(path, model, loaded.State.Step, About(loaded)));
        terminal.Say($"{path}: the encoder{(model.Settings.IsClassifier ? " and its classifier" : "")} of {loaded.Name}, {new FileInfo(path).Length / 1e6:N1} MB");
        if (model.Settings.Encoder == EncoderKind.ConvNet)
        {
            terminal.Say($"torchvision has no network of these layers: load_file gives the tensors by name.");
            return;
        }

        foreach (string line in TorchState.Python(model, path)) terminal.Say($"  {line}");
    }

    private static Dictionary<string, string> About(LoadedCheckpoint loaded) => new()
    {
        ["encoder"] = loaded.Model.Settings.Encoder.ToString(), ["stem"] = loaded.Model.Settings.Stem.ToString(), ["checkpoint"] = loaded.Name,
        ["weights_sha256"] = loaded.Fingerprint,
    };
}
