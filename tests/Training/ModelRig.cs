using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;

namespace NegSamples.Tests.Training;

/// <summary>A model on the CPU, ready to train, with random images and a random gradient of its embeddings.</summary>
internal sealed class ModelRig : IDisposable
{
    private readonly Arena arena;

    public ModelRig(ModelSettings settings, int images, int threads = 2, ulong seed = 5)
        : this(settings, images, threads, seed, blueprint => settings.Encoder.Declare(blueprint, settings))
    {
    }

    public ModelRig(ModelSettings settings, int images, int threads, ulong seed, Func<Blueprint, Encoder> declare)
    {
        Ops = new CpuOps(threads);
        Model = Model.Create(Ops, settings, seed, declare);
        Model.Prepare(images, training: true);
        int pixels = images * settings.ImageHeight * settings.ImageWidth * 3;
        arena = Ops.CreateArena("test", (4L * (pixels + (images * settings.EmbeddingDimension) + Model.Parameters.Count)) + 4096);
        Views = arena.Take(images, settings.ImageHeight, settings.ImageWidth, 3);
        Dz = arena.Take(images, settings.EmbeddingDimension);
        Velocity = arena.Take((int)Model.Parameters.Count);
        Random random = new((int)seed);
        foreach (ref float value in Views.Floats) value = (float)random.NextDouble();
        foreach (ref float value in Dz.Floats) value = (float)((random.NextDouble() * 2) - 1);
    }

    public CpuOps Ops { get; }

    public Model Model { get; }

    public Tensor Views { get; }

    public Tensor Dz { get; }

    public Tensor Velocity { get; }

    public Tensor Forward(bool training) => Model.Project(Model.Encode(Views, training), training);

    public void Step()
    {
        Ops.Zero(Model.Gradients);
        Forward(training: true);
        Model.Backward(Dz);
        Ops.LarcStep(Model.Parameters, Model.Gradients, Velocity, Model.Segments, learningRate: 0.1f, momentum: 0.9f, weightDecay: 1e-4f);
    }

    /// <summary>The gradient of a parameter: the same place in the other flat tensor.</summary>
    public ReadOnlySpan<float> Gradient(NamedTensor parameter) =>
        Model.Gradients.Floats.Slice((int)(parameter.Value.ByteOffset / sizeof(float)), (int)parameter.Value.Count);

    public void Dispose()
    {
        arena.Dispose();
        Model.Dispose();
        Ops.Dispose();
    }
}
