using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Onnx;

/// <summary>The network of samples/OnnxStudy/shapes.onnx: small enough for a file of 50 kB beside the source.</summary>
internal sealed class SampleEncoder : Encoder
{
    private const int Side = 32, Dimension = 32;

    private readonly Slots slots;
    private readonly NormalizedConvolution first, second, last;
    private readonly MaxPool pool;

    private SampleEncoder(Blueprint blueprint, MapShape image)
    {
        slots = blueprint.Slots;
        first = new(blueprint, "first", "first_norm", image, 16, kernel: 2, stride: 2, padding: 0, relu: true);
        second = new(blueprint, "second", "second_norm", first.Output, 24, kernel: 3, stride: 1, padding: 1, relu: true);
        pool = new(blueprint, second.Output, kernel: 2, stride: 2, padding: 0);
        last = new(blueprint, "last", "last_norm", pool.Output, 24, kernel: 3, stride: 1, padding: 1, relu: true);
    }

    private static EncoderKind Kind { get; } = EncoderKind.Register("sample-encoder", (blueprint, settings) => new SampleEncoder(blueprint, settings.Image));

    public override MapShape Output => last.Output;

    /// <summary>Trains it on the pictures of shapes, and writes it with its head.</summary>
    public static void Write(string path, string folder, int epochs)
    {
        TrainingSettings settings = new()
        {
            Encoder = new() { Kind = Kind, EmbeddingDimension = Dimension }, Data = new() { ImageSize = Side }, Batch = new() { Size = 128 },
            Optimizer = new() { Epochs = epochs, LearningRate = 8, WarmupEpochs = 1 }, Loss = new() { Temperature = 0.2 }, Views = new() { MinimumCrop = 0.3 },
        };
        using CpuOps ops = new();
        TrainingRun.Train(folder, settings, ops, new ShapesSet(new ShapesSettings(), train: true));
        using LoadedCheckpoint run = LoadedCheckpoint.OpenWithoutImages(folder, settings, ops);
        OnnxExport.Write(path, run.Model, head: true, folds: true, new Dictionary<string, string>());
    }

    public override Tensor Forward(Tensor images, bool training)
    {
        Tensor a = first.Forward(images, residual: default, training), b = second.Forward(a, residual: default, training);
        slots.Return(a);
        Tensor c = pool.Forward(b, training), y = last.Forward(c, residual: default, training);
        slots.Return(c);
        return y;
    }

    public override void Backward(Tensor dy) => first.BackwardParameters(second.Backward(pool.Backward(last.Backward(dy))));

    public override string Trace(INetworkTrace trace, string images) =>
        last.Trace(trace, pool.Trace(trace, second.Trace(trace, first.Trace(trace, images, residual: null), residual: null)), residual: null);
}
