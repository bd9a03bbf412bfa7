using NegSamples.Files;

namespace NegSamples.Training.Checkpoints;

/// <summary>A model's state in the host's memory under torchvision's names and in PyTorch's layout, for other programs.</summary>
internal static class TorchState
{
    private const string Variance = ".running_var", Counter = ".num_batches_tracked", HeadPrefix = "projection_head.", LogitScale = "logit_scale";

    /// <summary>Every parameter and running statistic, in the order of <see cref="Model.Tensors"/>.</summary>
    /// <param name="model">The model.</param>
    public static IEnumerable<(string Name, int[] Shape, float[] Values)> Of(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (NamedTensor tensor in model.Tensors)
        {
            float[] values = Checkpoint.Download(model.Ops, tensor.Value);
            if (tensor.Layout == TensorLayout.ConvolutionWeight)
                values = ConvolutionLayout.ToOihw(values, tensor.Value[0], tensor.Value[1], tensor.Value[2], tensor.Value[3]);
            yield return (tensor.Name, Checkpoint.FileShape(tensor), values);
        }
    }

    /// <summary>Writes what <c>torchvision.models.resnet18().load_state_dict</c> takes: the encoder, the linear classifier of a supervised run as "fc", and the
    /// counter of each batch norm; no projection head.</summary>
    /// <param name="path">The file; it appears whole or not at all.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">The steps that it has trained.</param>
    /// <param name="about">What else is written into the file's header.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void WritePlain(string path, Model model, long step, IReadOnlyDictionary<string, string> about)
    {
        List<SafetensorsEntry> entries = [];
        foreach ((string name, int[] shape, float[] values) in Of(model))
        {
            if (name.StartsWith(HeadPrefix, StringComparison.Ordinal) || name == LogitScale) continue;
            entries.Add(SafetensorsEntry.Of(name, values, shape));
            if (name.EndsWith(Variance, StringComparison.Ordinal))
                entries.Add(SafetensorsEntry.Of(name[..^Variance.Length] + Counter, new long[] { step }, []));
        }

        Safetensors.Write(path, entries, new Dictionary<string, string>(about) { ["format"] = "pt" });
    }

    /// <summary>The lines of Python that load what <see cref="WritePlain"/> wrote of a residual network.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    public static IReadOnlyList<string> Python(Model model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ModelSettings settings = model.Settings;
        string name = settings.Encoder.ToString().ToLowerInvariant();
        string stem = settings.Stem == StemKind.ImageNet ? ""
            : FormattableString.Invariant($"; model.conv1, model.maxpool = torch.nn.Conv2d(3, 64, 3, 1, {(settings.Stem == StemKind.Paper ? 3 : 1)}, bias=False), torch.nn.Identity()");
        return
        [
            "import torch; from torchvision.models import " + name + "; from safetensors.torch import load_file",
            settings.IsClassifier ? FormattableString.Invariant($"model = {name}(num_classes={model.EmbeddingDimension}){stem}") : $"model = {name}(); model.fc = torch.nn.Identity(){stem}",
            $"model.load_state_dict(load_file(\"{path}\")); model.eval()",
        ];
    }
}
