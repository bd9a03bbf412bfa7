using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Onnx;

/// <summary>Writes a model as ONNX: opset 17, float32, any number of images at a time.</summary>
/// <remarks>
/// One input, "input" [batch, 3, H, W], red first, 0 to 1; one output: "features" [batch, F] before the head, or behind it "embedding", unit rows, or of a
/// classifier "logits". A mean and a deviation of the pixels are in the graph. Weights have the names and the layout of the state dictionary.
/// </remarks>
internal static class OnnxExport
{
    private const long IrVersion = 8, Opset = 17;

    /// <summary>The name of the input.</summary>
    public const string Input = "input";

    /// <summary>The name of the output.</summary>
    /// <param name="model">The model.</param>
    /// <param name="head">Whether the head is in it.</param>
    public static string OutputOf(Model model, bool head)
    {
        ArgumentNullException.ThrowIfNull(model);
        return !head ? "features" : model.Settings.IsClassifier ? "logits" : "embedding";
    }

    /// <summary>How an exported model wants its pixels.</summary>
    /// <param name="model">The model.</param>
    public static PixelInput PixelsOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model.Settings.ImageHeight, PixelInput.Rgb, 1, [0, 0, 0], [1, 1, 1], PixelInput.ChannelsFirst);
    }

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">An encoder of images.</param>
    /// <param name="head">Whether the head is in it.</param>
    /// <param name="folds">Whether batch norms become parts of the layers before them.</param>
    /// <param name="about">What else is written into the metadata.</param>
    /// <exception cref="NotSupportedException">The encoder is one of texts.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Model model, bool head, bool folds, IReadOnlyDictionary<string, string> about)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(about);
        OnnxGraph graph = new(model, folds);
        string result = model.Trace(graph, graph.Pixels(Input, model.Settings.Pixels), head);
        ProtobufMessage file = new ProtobufMessage().With(1, IrVersion).With(2, "NegSamples").With(3, RunEnvironment.ProgramVersion)
            .With(7, graph.ToMessage(Input, model.Settings.ImageHeight, result, OutputOf(model, head), head ? model.EmbeddingDimension : model.FeatureDimension))
            .With(8, new ProtobufMessage().With(1, "").With(2, Opset));
        Dictionary<string, string> metadata = new(about) { [OnnxAbout.Preprocessing] = OnnxAbout.Text(PixelsOf(model)) };
        foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            file.With(14, new ProtobufMessage().With(1, key).With(2, value));
        AtomicFile.WriteBytes(path, file.Written.Span);
    }
}
